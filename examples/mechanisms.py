"""Recurrent independent mechanisms: modules that compete for the input.

Four symbols are shown, then distractors for a long while, then the symbols are asked
for. Six small recurrent networks look at every input; the two that want it most are
updated and may look at the others, the rest keep what they hold (Goyal et al., 2021).
Trained on 20 distractors, it is tested on up to 100, beside the same network without
competition. That one fits its training length better and then forgets at once; where
modules compete, what they hold lasts longer. Neither solves the task in this time.

    python examples/mechanisms.py
"""

from collections.abc import Sequence

import numpy as np

from command import parser, progress, report
from mechanisms_model import (
    MODULES,
    SHOWN,
    SYMBOLS,
    initial,
    loss,
    rim,
    sequences,
)
from optimisers import Adam, clipped
from style import panels, save, smooth


def right(net, rng: np.random.Generator, distractors: int, count: int) -> float:
    """Share of the symbols that are answered rightly."""
    x, symbols = sequences(rng, 300, distractors)
    found, _ = rim(net, x, count)
    return float(np.mean(symbols == np.argmax(np.array(found), axis=2).T))


def train(rng: np.random.Generator, steps: int, distractors: int, count: int):
    """Adam, clipped: the network and its losses; distractors grow to their number."""
    net, optimiser, losses = initial(rng), Adam(), []
    bar = progress(steps, f"{count} active")
    for number in bar:
        now = max(1, min(distractors, 2 * distractors * number // steps))
        value, gradient = loss(net, *sequences(rng, 40, now), count)
        optimiser.rate = 3e-3 * (1 + np.cos(np.pi * number / steps)) / 2
        net = optimiser.step(net, clipped(gradient, 1.0))
        losses.append(value)
        bar.set_postfix_str(f"loss {value:.3f}")
    return net, losses


def draw(losses: dict, scores: dict, took_part: np.ndarray, out) -> None:
    """Training, answers after longer distraction, and which modules were active."""
    figure, ((one, two, three),) = panels(3, width=4.0, height=3.2)
    for name, curve in losses.items():
        one.plot(smooth(curve, 20), label=name)
        two.plot(*zip(*scores[name].items(), strict=True), "o-", label=name)
    one.set(xlabel="step", ylabel="cross entropy", title="training")
    one.legend()
    two.axhline(1 / SYMBOLS, color="black", ls=":", label="guessing")
    two.set(xlabel="distractors", ylabel="right answers", ylim=(0, 1.03))
    two.set_title("trained on 20")
    two.legend()
    three.imshow(took_part.T, cmap="Blues", aspect="auto", interpolation="nearest")
    three.axvline(SHOWN - 0.5, color="tab:red")
    three.axvline(len(took_part) - SHOWN - 0.5, color="tab:red")
    three.set(xlabel="step, distractors between the lines", ylabel="module")
    three.set_title("active in one sequence")
    three.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "mechanisms").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *sequences(rng, 5, 3), 2).source)
        return {}
    steps, distractors = (40, 2) if options.quick else (1500, 20)
    losses, scores, nets = {}, {}, {}
    for name, count in (("two of six compete", 2), ("all are active", MODULES)):
        nets[name], losses[name] = train(rng, steps, distractors, count)
        lengths = (2, 4) if options.quick else (20, 40, 60, 100)
        scores[name] = {n: right(nets[name], rng, n, count) for n in lengths}
        for length, share in scores[name].items():
            target = "above the other from 40 on" if count == 2 else "-"
            report(f"{name}, {length} distractors", f"{share:.1%}", target)
    x, _ = sequences(rng, 1, distractors)
    took_part = np.array(rim(nets["two of six compete"], x, 2)[1])[:, 0]
    draw(losses, scores, took_part, options.out)
    two, six = scores.values()
    first, last = losses["two of six compete"][0], losses["two of six compete"][-1]
    near, farther, *_ = two
    figures = {"near": two[near], "farther": two[farther], "first": float(first)}
    return figures | {"all farther": six[farther], "last": float(last)}


if __name__ == "__main__":
    main()
