"""Learned branching: a plain `if` whose test is found by descent.

Data fall on 2x + 1 where x > 0.3 and on 4 - x elsewhere. The program says `if x > c`,
with six free numbers: two lines, c, and how sharp the test is. Differentiated hard, its
derivative in c is zero: the branch is taken or it is not. Relaxed, the `if` is the
blend a y(x) + (1 - a) z(x) with a = sigmoid(k (x - c)), and descent moves c to its
place.

    python examples/branching.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

POINTS, NOISE = 400, 0.02


class Program(NamedTuple):
    slope_above: float
    start_above: float
    slope_below: float
    start_below: float
    c: float
    k: float


def answer(p, x):
    """What the program says for one number."""
    if p.k * (x - p.c) > 0:
        value = p.slope_above * x + p.start_above
    else:
        value = p.slope_below * x + p.start_below
    return value


@dpc.value_and_grad(branches="soft")
def soft_loss(p, xs, ys):
    """Mean squared error, the `if` relaxed to a blend."""
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total += (answer(p, x) - y) ** 2
    return total / len(xs)


@dpc.value_and_grad(branches="hard")
def hard_loss(p, xs, ys):
    """Mean squared error, the branch taken differentiated."""
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total += (answer(p, x) - y) ** 2
    return total / len(xs)


def points(rng: np.random.Generator) -> tuple[list[float], list[float]]:
    """Numbers from -1 to 1, and the step at 0.3 with noise."""
    x = rng.uniform(-1, 1, POINTS)
    y = np.where(x > 0.3, 2 * x + 1, 4 - x) + NOISE * rng.normal(size=POINTS)
    return x.tolist(), y.tolist()


def fit(loss, xs, ys, k: float, steps: int) -> tuple[list[Program], list[float]]:
    """Adam from two flat lines and c = 0: the programs and the losses on the way."""
    p, optimiser = Program(0.0, 0.0, 0.0, 0.0, 0.0, k), Adam(rate=0.05)
    path, losses = [p], []
    for _ in progress(steps, f"from k = {k:.0f}"):
        value, gradient = loss(p, xs, ys)
        p = optimiser.step(p, gradient)
        path.append(p)
        losses.append(value)
    return path, losses


def draw(paths: dict, xs, ys, out) -> None:
    """The data, the blend that was learned, and how c came to its place."""
    figure, ((left, right),) = panels(2)
    left.plot(xs, ys, ".", ms=3, color="tab:gray", label="data")
    grid = np.linspace(-1, 1, 400)
    for name, path in paths.items():
        p = path[-1]
        a = dpc.sigmoid(p.k * (grid - p.c))
        above = p.slope_above * grid + p.start_above
        below = p.slope_below * grid + p.start_below
        shown = (
            np.where(p.k * (grid - p.c) > 0, above, below)
            if name == "hard"
            else (a * above + (1 - a) * below)
        )
        left.plot(grid, shown, label=name)
        right.plot([p.c for p in path], label=name)
    right.axhline(0.3, color="black", ls=":", label="where the data branch")
    left.set(xlabel="x", ylabel="y", title="what was learned")
    right.set(xlabel="step", ylabel="c", title="the place of the test")
    left.legend(fontsize=7)
    right.legend(fontsize=7)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "branching").parse_args(arguments)
    xs, ys = points(np.random.default_rng(options.seed))
    if options.source:
        print(soft_loss.specialize(Program(*np.ones(6).tolist()), xs, ys).source)
        return {}
    steps = 150 if options.quick else 3000
    paths = {}
    runs = {
        "soft, from k = 20": (soft_loss, 20.0),
        "soft, from k = 5": (soft_loss, 5.0),
    }
    for name, (loss, k) in runs.items():
        paths[name], losses = fit(loss, xs, ys, k, steps)
        p = paths[name][-1]
        report(f"{name}: c", f"{p.c:.4f}", "0.3 within 0.01")
        slopes = f"{p.slope_above:.3f} {p.slope_below:.3f}"
        report("   slopes above and below", slopes, "2 and -1, within 0.1 from k = 20")
        report("   mean squared error", f"{losses[-1]:.4f}", "0.010, 0.016 from k = 5")
    paths["hard"], _ = fit(hard_loss, xs, ys, 20.0, min(steps, 300))
    _, gradient = hard_loss(Program(2.0, 1.0, -1.0, 4.0, 0.0, 20.0), xs, ys)
    report(
        "derivative of the hard `if` in c", f"{gradient.c:.1f}", "0: it cannot learn"
    )
    draw(paths, xs, ys, options.out)
    first, second, hard = (path[-1] for path in paths.values())
    figures = {"c 20": first.c, "c 5": second.c, "hard": hard.c}
    return figures | {"above": first.slope_above, "below": first.slope_below}


if __name__ == "__main__":
    main()
