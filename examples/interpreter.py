"""An interpreter that is run backwards: programs found from inputs and outputs.

The interpreter is a chain of elif. Every step of a program holds five switches; the
first above zero says what is done to all numbers. The exact derivative in the switches
is zero. With relaxed tests a switch is on in part, and a program is found by descent
from random switches: once it reproduces all outputs as it is written. Many starts end
in a wrong program, so restarts are counted. So few programs could all
be tried; but here a plain interpreter is descended.

    python examples/interpreter.py
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, clipped, norm
from style import panels, save

NAMES = ("+ 1", "* 2", "squared", "negated", "- 3", "kept")
INPUTS = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])


def execute(program, x):
    """The numbers x after every step of a program, (steps, 5)."""
    for switch in program:
        if switch[0] > 0:
            x = x + 1
        elif switch[1] > 0:
            x = 2 * x
        elif switch[2] > 0:
            x = x * x
        elif switch[3] > 0:
            x = -x
        elif switch[4] > 0:
            x = x - 3
    return x


def loss(program, x, y, t: float):
    """Mean of log(1 + error^2), which no far output dominates; gates of t."""
    return np.mean(np.log(1 + (execute(program, x) - y) ** 2))


soft = dpc.value_and_grad(loss, branches="soft", temperature="t")
exact = dpc.grad(loss, branches="hard")


def switches(code: Sequence[int]) -> np.ndarray:
    return np.array([np.where(np.arange(5) == name, 1.0, -1.0) for name in code])


def listing(program: np.ndarray) -> str:
    on = np.pad(program, ((0, 0), (0, 1)), constant_values=1.0) > 0
    return ", ".join(NAMES[name] for name in np.argmax(on, axis=1))


def search(y, rng: np.random.Generator, size: int, limit: int, steps: int) -> tuple:
    """A program for the outputs or None, starts needed, and the last start's losses."""
    for start in range(1, limit + 1):
        program, optimiser, losses = rng.normal(size=(size, 5)), Adam(rate=0.1), []
        for t in dpc.anneal(1.0, 0.1, steps):
            value, gradient = soft(program, INPUTS, y, t)
            losses.append((float(value), float(loss(program, INPUTS, y, t))))
            if losses[-1][1] == 0:
                return program, start, losses
            program = optimiser.step(program, clipped(gradient, 1.0))
    return None, limit, losses


def draw(needed: dict[int, list[int]], losses: list, out) -> None:
    """The starts that every problem needed, and a descent that found its program."""
    figure, ((left, right),) = panels(2)
    for size, starts in needed.items():
        left.plot(sorted(starts), "o-", ms=4, label=f"{size} steps")
    left.set(xlabel="problem, in order", ylabel="starts needed", title="restarts")
    left.set(yscale="log", xticks=range(0, 20, 5))
    left.legend()
    right.plot(losses, label=("relaxed", "as written"))
    right.set(xlabel="step of descent", ylabel="loss", title="one that was found")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "interpreter").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(soft.specialize(switches([0, 1]), INPUTS, INPUTS, 1.0).source)
        return {}
    number, limit = (2, 20) if options.quick else (20, 100)
    figures, needed, kept = {}, {}, [(np.inf, np.inf)]
    for size in (2, 3):
        codes = rng.permutation(list(product(range(5), repeat=size)))[:number]
        tasks, needed[size], found, shown = list(map(switches, codes)), [], 0, "none"
        for place in progress(len(tasks), f"{size} steps"):
            y = execute(tasks[place], INPUTS)
            program, starts, losses = search(y, rng, size, limit, 150)
            needed[size].append(starts)
            if program is not None:
                found, kept = found + 1, max(losses, kept, key=len)
                shown = f"{listing(tasks[place])}: {listing(program)}"
        median, most = np.median(needed[size]), max(needed[size])
        report(f"programs of {size} steps found", f"{found} of {number}", "most")
        report("starts, median and most", f"{median:g} {most}", f"<= {limit}")
        print(f"    the last, and what was found: {shown}")
        figures |= {f"{size} steps": found / number, f"{size} starts": float(median)}
    slope = norm(exact(rng.normal(size=(3, 5)), INPUTS, INPUTS, 1.0))
    report("loss at the end, soft and hard", "{:.3f} {:g}".format(*kept[-1]), "hard 0")
    report("exact derivative", f"{slope:g}", "0: it learns nothing")
    draw(needed, kept, options.out)
    return {**figures, "exact": slope}


if __name__ == "__main__":
    main()
