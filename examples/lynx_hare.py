"""Hare and lynx: Lotka and Volterra's equations fitted to 21 years of pelts.

The Hudson's Bay Company's records of 1900 to 1920, in thousands. Four rates and the two
initial populations are fitted through the Runge-Kutta solution, in least squares of
logarithms, as the multiplicative noise of pelt counts asks for.

    python examples/lynx_hare.py --data DIRECTORY     # of lynx_hare.csv
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import data_file, parser, report
from optimisers import lbfgs, tree_map
from style import panels, save

STEPS = 20  # a year
NAMES = ("α", "β", "γ", "δ", "hares in 1900", "lynxes in 1900")
TARGET = (0.5402, 0.02717, 0.7964, 0.02369, 34.60, 5.84)


class Ecology(NamedTuple):
    alpha: float  # birth of hares, a year
    beta: float  # hares lost a lynx
    gamma: float  # death of lynxes, a year
    delta: float  # lynxes gained a hare
    hares: float  # in thousands, in the first year
    lynxes: float


def slope(w, hares, lynxes):
    """Change of both populations a year."""
    return (w.alpha - w.beta * lynxes) * hares, (w.delta * hares - w.gamma) * lynxes


def next_year(w, u, v):
    """Runge and Kutta's fourth-order method over one year."""
    h = 1.0 / STEPS
    for _ in range(STEPS):
        u1, v1 = slope(w, u, v)
        u2, v2 = slope(w, u + h / 2 * u1, v + h / 2 * v1)
        u3, v3 = slope(w, u + h / 2 * u2, v + h / 2 * v2)
        u4, v4 = slope(w, u + h * u3, v + h * v3)
        u = u + h / 6 * (u1 + 2 * u2 + 2 * u3 + u4)
        v = v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return u, v


@dpc.value_and_grad(branches="hard")
def loss(w, hares_seen, lynxes_seen):
    """Sum of squared differences of the logarithms, the first year included."""
    u, v = w.hares, w.lynxes
    total = 0.0
    for year in range(len(hares_seen)):
        if year > 0:
            u, v = next_year(w, u, v)
        total += (np.log(u) - np.log(hares_seen[year])) ** 2
        total += (np.log(v) - np.log(lynxes_seen[year])) ** 2
    return total


def course(w: Ecology, years: int) -> np.ndarray:
    """Hares and lynxes every year: (years, 2)."""
    populations = [(w.hares, w.lynxes)]
    for _ in range(years - 1):
        populations.append(next_year(w, *populations[-1]))
    return np.array(populations)


def observed(directory: str | None, seed: int) -> np.ndarray:
    """Hares and lynxes, (years, 2); without data of the fitted model, with noise."""
    paths = data_file(directory, "lynx_hare.csv")
    if paths is None:
        noise = np.random.default_rng(seed).normal(0.0, 0.22, (21, 2))
        return course(Ecology(*TARGET), 21) * np.exp(noise)
    table = np.genfromtxt(paths[0], delimiter=",", names=True)
    return np.column_stack([table["hare"], table["lynx"]])


def fit(seen: np.ndarray, start: Ecology, steps: int) -> tuple[Ecology, float]:
    """L-BFGS on the logarithms, which makes six parameters of one size of them."""

    def objective(logs: Ecology) -> tuple[float, Ecology]:
        w = tree_map(lambda log: float(np.exp(log)), logs)
        value, gradient = loss(w, seen[:, 0], seen[:, 1])
        return value, tree_map(lambda g, p: g * p, gradient, w)

    logs, value = lbfgs(objective, tree_map(np.log, start), steps)
    return tree_map(lambda log: float(np.exp(log)), logs), value


def draw(seen: np.ndarray, w: Ecology, out) -> None:
    """Both populations in time, and against each other."""
    figure, ((left, right),) = panels(2)
    years, fitted = 1900 + np.arange(len(seen)), course(w, len(seen))
    for column, name, colour in ((0, "hare", "tab:blue"), (1, "lynx", "tab:red")):
        left.plot(years, fitted[:, column], color=colour, label=f"{name}, fitted")
        left.plot(years, seen[:, column], "o", color=colour, label=f"{name}, pelts")
    left.set(xlabel="year", ylabel="pelts, thousands", title="hare and lynx")
    left.set_xticks(years[::5])
    left.set_ylim(0, 100)
    left.legend(fontsize=7, ncols=2)
    right.plot(fitted[:, 0], fitted[:, 1], color="tab:gray", label="fitted")
    right.plot(seen[:, 0], seen[:, 1], "o:", lw=0.7, color="black", label="pelts")
    right.set(xlabel="hares, thousands", ylabel="lynxes, thousands", title="the cycle")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "lynx_hare").parse_args(arguments)
    seen = observed(options.data, options.seed)
    start = Ecology(0.5, 0.02, 1.0, 0.02, 30.0, 4.0)
    if options.source:
        print(loss.specialize(start, seen[:, 0], seen[:, 1]).source)
        return {}
    w, value = fit(seen, start, steps=20 if options.quick else 500)
    for name, found, target in zip(NAMES, w, TARGET, strict=True):
        report(name, f"{found:.4g}", f"{target:.4g}")
    report("sum of squared errors of logarithms", f"{value:.4f}", "2.0187")
    draw(seen, w, options.out)
    return {**w._asdict(), "error": value}


if __name__ == "__main__":
    main()
