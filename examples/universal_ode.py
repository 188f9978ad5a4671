"""A universal differential equation: one term of hare and lynx is a neural network.

The births of hares and the deaths of lynxes are as Lotka and Volterra wrote them. How
many hares the lynxes eat is taken as unknown: a network of eight units learns it from
21 years of pelts, through the Runge-Kutta solution (Rackauckas et al., 2020). It need
not be the product β u v; with that term, the same data leave an error of 2.0187.

    python examples/universal_ode.py --data DIRECTORY     # of lynx_hare.csv
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, report
from lynx_hare import TARGET, Ecology, observed
from optimisers import lbfgs
from style import panels, save

STEPS = 8  # a year


class Model(NamedTuple):
    """Rates and start as logarithms, and the weights of the unknown term."""

    known: np.ndarray  # (5,): α, γ, δ, hares and lynxes in 1900
    w1: np.ndarray  # (8, 2)
    b1: np.ndarray  # (8,)
    w2: np.ndarray  # (8,)
    b2: np.ndarray  # ()


def eaten(model, hares, lynxes):
    """Thousands of hares a year, a positive number, by the network."""
    inputs = np.array([np.log(hares), np.log(lynxes)]) - 3.0
    hidden = np.tanh(model.w1 @ inputs + model.b1)
    return np.exp(model.w2 @ hidden + model.b2)


def slope(model, alpha, gamma, delta, hares, lynxes):
    """Change of both populations a year; a hare eaten is worth delta of a lynx."""
    loss_of_hares = eaten(model, hares, lynxes)
    return alpha * hares - loss_of_hares, delta * loss_of_hares - gamma * lynxes


def next_year(model, alpha, gamma, delta, u, v):
    """Runge and Kutta's fourth-order method over one year."""
    h = 1.0 / STEPS
    for _ in range(STEPS):
        u1, v1 = slope(model, alpha, gamma, delta, u, v)
        u2, v2 = slope(model, alpha, gamma, delta, u + h / 2 * u1, v + h / 2 * v1)
        u3, v3 = slope(model, alpha, gamma, delta, u + h / 2 * u2, v + h / 2 * v2)
        u4, v4 = slope(model, alpha, gamma, delta, u + h * u3, v + h * v3)
        u = u + h / 6 * (u1 + 2 * u2 + 2 * u3 + u4)
        v = v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return u, v


def course(model, years):
    """Hares and lynxes, a list of pairs, a pair a year."""
    alpha, gamma, delta, u, v = np.exp(model.known)
    populations = [(u, v)]
    for _ in range(years - 1):
        u, v = next_year(model, alpha, gamma, delta, u, v)
        populations.append((u, v))
    return populations


@dpc.value_and_grad(branches="hard")
def loss(model, seen, decay):
    """Squared differences of logarithms, and a small price on large weights."""
    total = decay * (np.sum(model.w1**2) + np.sum(model.w2**2))
    for year, (u, v) in enumerate(course(model, len(seen))):
        total += (np.log(u) - np.log(seen[year, 0])) ** 2
        total += (np.log(v) - np.log(seen[year, 1])) ** 2
    return total


def initial(rng: np.random.Generator) -> Model:
    """About β u v, so that the first populations stay in range, and then noise."""
    known = np.log([0.55, 0.8, 0.85, 30.0, 4.0])
    w1 = 0.5 * rng.normal(size=(8, 2))
    # tanh is nearly linear here: log u + log v is in reach of the last layer.
    w2 = np.linalg.lstsq(w1.T, np.ones(2), rcond=None)[0]
    return Model(known, w1, np.zeros(8), w2, np.array(np.log(0.027) + 6.0))


def draw(seen: np.ndarray, model: Model, out) -> None:
    """The populations, and the learned term against Lotka and Volterra's."""
    figure, ((left, right),) = panels(2)
    years, fitted = 1900 + np.arange(len(seen)), np.array(course(model, len(seen)))
    for column, name, colour in ((0, "hare", "tab:blue"), (1, "lynx", "tab:red")):
        left.plot(years, fitted[:, column], color=colour, label=f"{name}, learned")
        left.plot(years, seen[:, column], "o", color=colour, label=f"{name}, pelts")
    left.set(xlabel="year", ylabel="pelts, thousands", title="hare and lynx")
    left.set_xticks(years[::5])
    left.set_ylim(0, 100)
    left.legend(fontsize=7, ncols=2)
    product = Ecology(*TARGET).beta * fitted[:, 0] * fitted[:, 1]
    learned = [float(eaten(model, u, v)) for u, v in fitted]
    right.plot(product, learned, "o", label="a year of the fit")
    line = np.array([min(product), max(product)])
    right.plot(line, line, color="tab:gray", label="Lotka and Volterra")
    right.set(xlabel="β u v, thousand a year", ylabel="learned, thousand a year")
    right.set_title("hares eaten, the term learned")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "universal_ode").parse_args(arguments)
    seen = observed(options.data, options.seed)
    model = initial(np.random.default_rng(options.seed))
    if options.source:
        print(loss.specialize(model, seen, 0.01).source)
        return {}
    steps = 12 if options.quick else 300
    start = loss.primal(model, seen, 0.0)
    model, _ = lbfgs(lambda p: loss(p, seen, 0.01), model, steps)
    error = float(loss.primal(model, seen, 0.0))
    report("squared error before training", f"{start:.3f}", "-")
    report("squared error, the term learned", f"{error:.3f}", "< 2.0187")
    draw(seen, model, options.out)
    return {"start": float(start), "error": error}


if __name__ == "__main__":
    main()
