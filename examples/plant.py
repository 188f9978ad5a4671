"""Identifying a plant: the nonlinear part of a difference equation, by a network.

y(k+1) = 0.3 y(k) + 0.6 y(k-1) + f(u(k)) with f(u) = 0.6 sin πu + 0.3 sin 3πu + 0.1 sin
5πu (Narendra and Parthasarathy, 1990). The linear part is known; a 1-20-10-1 network
learns f from 2000 steps under random inputs. Then it runs freely for 500 steps under a
slow sine, which it has never seen, and where every error of f counts tenfold.

    python examples/plant.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save


class Net(NamedTuple):
    w1: np.ndarray  # (20,)
    b1: np.ndarray  # (20,)
    w2: np.ndarray  # (20, 10)
    b2: np.ndarray  # (10,)
    w3: np.ndarray  # (10,)
    b3: np.ndarray  # ()


def learned(net, u):
    """The network's f, for inputs (batch,)."""
    first = np.tanh(u[:, None] * net.w1 + net.b1)
    return np.tanh(first @ net.w2 + net.b2) @ net.w3 + net.b3


@dpc.value_and_grad(branches="hard")
def loss(net, u, now, before, after):
    """Mean squared error of one step of the plant, for batches of each."""
    return np.mean((0.3 * now + 0.6 * before + learned(net, u) - after) ** 2)


def true(u):
    """The plant's own f."""
    return (
        0.6 * np.sin(np.pi * u)
        + 0.3 * np.sin(3 * np.pi * u)
        + 0.1 * np.sin(5 * np.pi * u)
    )


def run(f: np.ndarray) -> np.ndarray:
    """y(0), y(1), ... for f(u(1)), f(u(2)), ...: two longer than f, from zero."""
    y = np.zeros(f.size + 2)
    for k, push in enumerate(f):
        y[k + 2] = 0.3 * y[k + 1] + 0.6 * y[k] + push
    return y


def initial(rng: np.random.Generator) -> Net:
    return Net(
        7 * rng.normal(size=20),  # steep enough for sin 5πu, at places of its own
        3.5 * rng.normal(size=20),
        rng.normal(size=(20, 10)) / np.sqrt(20),
        np.zeros(10),
        rng.normal(size=10) / np.sqrt(10),
        np.zeros(()),
    )


def train(rng: np.random.Generator, steps: int) -> tuple[Net, list[float]]:
    """Adam on batches of 256, its rate falling from 0.01 to nothing."""
    u = rng.uniform(-1, 1, 2000)
    y = run(true(u))
    net, optimiser, losses = initial(rng), Adam(rate=0.01), []
    for step in progress(steps, "training"):
        k = rng.integers(0, u.size, 256)
        value, gradient = loss(net, u[k], y[k + 1], y[k], y[k + 2])
        optimiser.rate = 0.01 * (1 + np.cos(np.pi * step / steps)) / 2
        net = optimiser.step(net, gradient)
        losses.append(value)
    return net, losses


def draw(net: Net, losses: list, y: np.ndarray, found: np.ndarray, out) -> None:
    """The function learned, the free run, and the training."""
    figure, ((one, two, three),) = panels(3, width=3.8, height=3.2)
    u = np.linspace(-1, 1, 200)
    one.plot(u, true(u), color="black", lw=3, alpha=0.4, label="plant")
    one.plot(u, learned(net, u), color="tab:blue", ls="--", label="network")
    one.set(xlabel="u", ylabel="f(u)", title="what was learned")
    one.legend()
    two.plot(y, color="black", lw=3, alpha=0.4, label="plant")
    two.plot(found, color="tab:blue", ls="--", label="network")
    two.set(xlabel="k", ylabel="y", title="free run under a sine")
    three.semilogy(losses, lw=0.7)
    three.set(xlabel="step", ylabel="mean squared error", title="training")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "plant").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *rng.normal(size=(4, 256))).source)
        return {}
    sine = np.sin(2 * np.pi * np.arange(1, 500) / 250)
    y = run(true(sine))
    report(
        "y(100), y(300) of the plant", f"{y[100]:.6f} {y[300]:.6f}", "4.383534 4.568933"
    )
    net, losses = train(rng, 600 if options.quick else 3000)
    found = run(learned(net, sine))
    error = float(np.sqrt(np.mean((found - y)[1:] ** 2)) / np.std(y[1:]))
    report("error of the free run / its spread", f"{error:.3f}", "<= 0.05")
    draw(net, losses, y, found, options.out)
    return {"y100": float(y[100]), "y300": float(y[300]), "error": error}


if __name__ == "__main__":
    main()
