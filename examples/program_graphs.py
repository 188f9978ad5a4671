"""Programs as graphs: how far a word is from the answer, and what that means.

A recurrent network, attention and a convolution read the same sequence of words, each
in a few lines. The graph of one run has a node for each value; the number of functions
between a word and the answer grows with the word's distance in the recurrent network,
and not in attention. The derivative is a product along these ways, so it fades with
them. What the answer does not depend on can be seen in the program too: attention and
the convolution use one function for every word, so that no order of the words
(attention) and no shift of them (convolution) changes their answer.

    python examples/program_graphs.py
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import dpc
from command import parser, report
from style import panels, save

WIDTH = 8  # of a word; the weights are three matrices of this size


def recurrent(weights, words):
    """The state after the last word."""
    read, keep, _ = weights
    h = np.zeros(WIDTH)
    for word in words:
        h = np.tanh(word @ read + h @ keep)
    return h


def attention(weights, words):
    """What the last word finds among all."""
    query, key, value = weights
    asked = words[-1] @ query
    scores = [(word @ key) @ asked / np.sqrt(WIDTH) for word in words]
    values = [word @ value for word in words]
    return dpc.softmax(np.array(scores)) @ np.stack(values)


def convolution(weights, words):
    """The mean over all places of a word with its two neighbours, round a circle."""
    before, here, after = weights
    seen = []
    for t, word in enumerate(words):
        ahead = words[(t + 1) % len(words)]
        seen.append(np.tanh(words[t - 1] @ before + word @ here + ahead @ after))
    return np.mean(np.stack(seen), axis=0)


PROGRAMS: dict[str, Callable] = {
    "recurrent": recurrent,
    "attention": attention,
    "convolution": convolution,
}


def compiled(program):
    """The derivative of how large the answer is, in the words."""

    @dpc.value_and_grad(wrt=("weights", "words"), branches="hard")
    def size(weights, words):
        """Half the sum of squares of the answer."""
        answer = program(weights, words)
        return 0.5 * np.sum(answer**2)

    return size


SIZES = {name: compiled(program) for name, program in PROGRAMS.items()}


def ways(program: Callable, weights, words) -> np.ndarray:
    """Functions on the longest way from each word to the answer: (count,)."""
    graph = dpc.graph(program)(weights, words)
    lengths = [graph.path_lengths(f"words[{t}]") for t in range(len(words))]
    return np.array([length.longest for length in lengths])


def change(program: Callable, weights, words, other) -> float:
    """How far the answer moves when it reads other words, relative to its size."""
    answer = program(weights, words)
    moved = program(weights, other)
    return float(np.linalg.norm(moved - answer) / np.linalg.norm(answer))


def draw(lengths: dict, slopes: dict, changes: dict, out: Path) -> None:
    """Path lengths, derivatives, and what permuting and shifting change."""
    figure, ((one, two, three),) = panels(3, width=3.9, height=3.4)
    for place, (name, program) in enumerate(PROGRAMS.items()):
        lag = np.arange(len(lengths[name]))[::-1]
        line = "o--" if program is convolution else "o-"  # it lies on attention's
        one.plot(lag, lengths[name], line, ms=3, label=name)
        two.semilogy(lag, slopes[name], "o-", ms=3, label=name)
        heights = np.maximum(changes[name], 1e-17)
        three.bar(np.arange(2) + 0.25 * (place - 1), heights, 0.25, label=name)
    one.set(xlabel="words before the last", ylabel="functions up to the answer")
    one.set_title("longest way through the graph")
    two.set(xlabel="words before the last", ylabel="|d size / d word|")
    two.set_title("derivative")
    three.set(yscale="log", ylabel="relative change of the answer")
    three.set_xticks((0, 1), ("earlier words\npermuted", "all words\nshifted"))
    three.set_title("invariance")
    one.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "program_graphs").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    count = 8 if options.quick else 24
    weights = list(rng.normal(size=(3, WIDTH, WIDTH)) / np.sqrt(2 * WIDTH))
    words = list(rng.normal(size=(count, WIDTH)))
    if options.source:
        print(SIZES["recurrent"].specialize(weights, words).source)
        return {}
    permuted = [*(words[i] for i in rng.permutation(count - 1)), words[-1]]
    shifted = words[3:] + words[:3]
    figures, lengths, slopes, changes = {}, {}, {}, {}
    for name, program in PROGRAMS.items():
        lengths[name] = ways(program, weights, words)
        _, (_, slope) = SIZES[name](weights, words)
        slopes[name] = np.linalg.norm(slope, axis=1)
        changes[name] = [
            change(program, weights, words, w) for w in (permuted, shifted)
        ]
        growth = (lengths[name][0] - lengths[name][-2]) / (count - 2)
        target = "3, one step's" if program is recurrent else "0"
        report(f"functions more a word farther, {name}", f"{growth:g}", target)
        figures |= {f"{name} growth": growth}
        figures |= {f"{name} permuted": changes[name][0]}
        figures |= {f"{name} shifted": changes[name][1]}
        picture = options.out.with_name(f"{options.out.stem}_{name}.svg")
        picture.parent.mkdir(parents=True, exist_ok=True)
        graph = dpc.graph(program)(weights, words[:4]).named()
        picture.write_text(graph.svg(), encoding="utf-8")
    moved, turned = figures["attention permuted"], figures["convolution shifted"]
    report("attention moved by a permutation", f"{moved:.0e}", "<= 1e-12")
    report("convolution moved by a shift", f"{turned:.0e}", "<= 1e-12")
    draw(lengths, slopes, changes, options.out)
    return figures


if __name__ == "__main__":
    main()
