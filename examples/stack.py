"""A recurrent network with a stack learns to count: a^n b^n, at twice the length.

At every step the network softly pushes a symbol, pops one, or does nothing; the stack
is shifted by these weights, so that all of it has a derivative (Joulin and Mikolov,
2015). It reads a^n b^n for random n and predicts the next letter. After the first b the
rest is decided, but only who counted knows when the word ends. It is trained on n up to
10 and tested on n up to 20.

    python examples/stack.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, clipped
from stack_model import DEPTH, EMPTY, A, B, Net, initial, loss, scores, sequences, step
from style import panels, save


def follow(net: Net, word: list[int], sharp: float = 3.0) -> tuple:
    """The chance that a comes next, and the stack, after every letter.

    Sharper than in training, or small doubts would add up over a long word.
    """
    stack = np.full((1, DEPTH), EMPTY)
    chances, stacks = [], []
    for letter in word:
        h, stack = step(net, np.array([letter]), stack, sharp)
        chances.append(dpc.softmax(scores(net, h, stack), axis=1)[0, A])
        stacks.append(stack[0])
    return np.array(chances), np.array(stacks)


def counted(net: Net, n: int) -> bool:
    """Whether after a^n b the network goes on with b until n, and then with a."""
    warm = [A, B, A, A, B, B]
    chances, _ = follow(net, warm + [A] * n + [B] * n)
    after_b = chances[len(warm) + n :]
    return bool(np.all(after_b[:-1] < 0.5) and after_b[-1] > 0.5)


def train(rng: np.random.Generator, steps: int) -> tuple[Net, list]:
    """Adam, clipped; the words grow longer while it learns, up to n = 10."""
    net, optimiser, losses = initial(rng), Adam(), []
    bar = progress(steps, "training")
    for number in bar:
        longest = min(10, 3 + 14 * number // steps)
        value, gradient = loss(net, sequences(rng, 16, 50, longest))
        optimiser.rate = 1e-2 * (1 + np.cos(np.pi * number / steps)) / 2
        net = optimiser.step(net, clipped(gradient, 1.0))
        losses.append(value)
        bar.set_postfix_str(f"loss {value:.3f}")
    return net, losses


def draw(net: Net, losses: list, right: dict, out) -> None:
    """Training, what was counted, and the stack while it reads one word."""
    figure, ((one, two, three),) = panels(3, width=3.9, height=3.3)
    one.plot(losses, lw=0.7)
    one.set(xlabel="step", ylabel="cross entropy", title="training, n up to 10")
    colours = ["tab:blue" if n <= 10 else "tab:orange" for n in right]
    two.bar(list(right), list(right.values()), color=colours)
    two.set(xlabel="n", ylabel="counted rightly", yticks=[0, 1])
    two.set_title("seen n blue, longer orange")
    _, stacks = follow(net, [A] * 12 + [B] * 12)
    three.imshow(stacks.T[:15], cmap="Greys", aspect="auto")
    three.set_xticks(range(24), "a" * 12 + "b" * 12)
    three.set(xlabel="letters read", ylabel="place in the stack", title="the stack")
    three.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "stack").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), sequences(rng, 4, 10, 3)).source)
        return {}
    # One start in several finds the stack; the training loss says which.
    starts, steps = (1, 60) if options.quick else (4, 2500)
    found = [train(rng, steps) for _ in range(starts)]
    net, losses = min(found, key=lambda pair: np.mean(pair[1][-50:]))
    right = {n: counted(net, n) for n in range(1, 21)}
    seen, longer = (
        float(np.mean([right[n + k] for n in range(1, 11)])) for k in (0, 10)
    )
    report("n from 1 to 10 counted", f"{seen:.0%}", "100 %")
    report("n from 11 to 20 counted", f"{longer:.0%}", "100 %")
    draw(net, losses, right, options.out)
    first, last = float(np.mean(losses[:20])), float(np.mean(losses[-20:]))
    return {"seen": seen, "longer": longer, "first": first, "last": last}


if __name__ == "__main__":
    main()
