"""Sunspots, a year ahead: a network of twelve lags on the series of Weigend et al.

Yearly numbers since 1700. A 12-8-1 network with a small price on its weights is trained
on 1712 to 1920 and predicts 1921 to 1955, and the unusually active 1956 to 1979. A
linear predictor of the same lags certifies the series: 0.132, 0.130 and 0.368.

    python examples/sunspots.py --data DIRECTORY     # of sunspots_yearly.csv
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import data_file, parser, report
from mackey_glass import Net, initial, predict
from optimisers import lbfgs
from style import panels, save

LAGS = 12
VARIANCE = 1495.6  # of 1700 to 1979
PARTS = {"train": (1712, 1920), "test 1": (1921, 1955), "test 2": (1956, 1979)}


@dpc.value_and_grad(branches="hard")
def loss(net, lags, target, decay):
    """Mean squared error, and the weights' squares times the decay."""
    error = np.mean((predict(net, lags) - target) ** 2)
    return error + decay * (np.sum(net.w1**2) + np.sum(net.w2**2))


def observed(directory: str | None, seed: int) -> np.ndarray:
    """Numbers from 1700 on; without data, an oscillation of eleven years with noise."""
    paths = data_file(directory, "sunspots_yearly.csv")
    if paths is None:
        rng, years = np.random.default_rng(seed), np.arange(309)
        cycle = 1 + np.sin(2 * np.pi * years / 11.1) + 0.3 * rng.normal(size=309)
        return 45 * np.maximum(cycle, 0) * (1 + 0.4 * np.sin(years / 14))
    return np.genfromtxt(paths[0], delimiter=",", names=True)["sunspots"]


def rows(numbers: np.ndarray, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """The lags of the years first to last, (years, LAGS), and their numbers."""
    years = np.arange(first, last + 1) - 1700
    return numbers[years[:, None] - np.arange(1, LAGS + 1)], numbers[years]


def fit_linear(numbers: np.ndarray) -> np.ndarray:
    lags, target = rows(numbers, *PARTS["train"])
    inputs = np.column_stack([lags, np.ones(len(lags))])
    return np.linalg.lstsq(inputs, target, rcond=None)[0]


def error(prediction: np.ndarray, target: np.ndarray) -> float:
    """The mean squared error over the variance of the series."""
    return float(np.mean((prediction - target) ** 2) / VARIANCE)


def fit(numbers: np.ndarray, rng: np.random.Generator, starts: int) -> Net:
    """The network of the lowest training loss of several starts; numbers / 100."""
    lags, target = rows(numbers / 100, *PARTS["train"])
    found = []
    for _ in range(starts):
        start = initial(rng, LAGS, 8)
        found.append(lbfgs(lambda net: loss(net, lags, target, 1e-3), start, 1000))
    return min(found, key=lambda pair: pair[1])[0]


def draw(numbers: np.ndarray, net: Net, out) -> None:
    """The series from 1860 on and its predictions, the test parts shaded."""
    figure, ((axes,),) = panels(1, width=9.0)
    years = np.arange(1860, 1980)
    lags, target = rows(numbers / 100, 1860, 1979)
    axes.plot(years, 100 * target, color="black", alpha=0.5, label="sunspots")
    axes.plot(years, 100 * predict(net, lags), color="tab:blue", label="network")
    axes.axvspan(1920.5, 1955.5, color="tab:green", alpha=0.12, label="test 1")
    axes.axvspan(1955.5, 1979.5, color="tab:orange", alpha=0.12, label="test 2")
    axes.set(xlabel="year", ylabel="sunspot number, mean of the year")
    axes.set_title("a year ahead, by a 12-8-1 network")
    axes.legend(loc="upper left", ncols=4)
    axes.set_ylim(-10, 250)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "sunspots").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    numbers = observed(options.data, options.seed)
    if options.source:
        lags, target = rows(numbers, *PARTS["train"])
        print(loss.specialize(initial(rng, LAGS, 8), lags, target, 1e-3).source)
        return {}
    line = fit_linear(numbers)
    net = fit(numbers, rng, starts=1 if options.quick else 5)
    figures = {}
    targets = {"train": "0.132", "test 1": "0.130", "test 2": "0.368"}
    goals = {"train": "about 0.09", "test 1": "<= 0.11", "test 2": "about 0.4"}
    for part, years in PARTS.items():
        lags, target = rows(numbers, *years)
        straight = error(lags @ line[:-1] + line[-1], target)
        curved = error(100 * predict(net, lags / 100), target)
        report(f"{part}, linear", f"{straight:.3f}", targets[part])
        report(f"{part}, network", f"{curved:.3f}", goals[part])
        figures |= {f"linear {part}": straight, f"network {part}": curved}
    draw(numbers, net, options.out)
    return figures


if __name__ == "__main__":
    main()
