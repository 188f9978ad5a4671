"""Message passing with features on the edges: as a loop over edges, and vectorised.

Every edge sends phi(receiver, sender, edge) to its receiver, which adds up what it gets
and becomes f(itself, the sum); phi and f are small networks, learned from what every
node should become. Charged particles in the plane, joined to their neighbours: the
network finds the force on each from charges and displacements. Both ways of writing it
have one gradient; the loop stores into an array in place, as one would.

    python examples/message_passing.py
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, leaves
from particles import Graph, particles
from style import panels, save

HIDDEN, MESSAGE = 32, 8


class Layers(NamedTuple):
    """A network with one hidden layer."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


class Model(NamedTuple):
    phi: Layers  # of receiver, sender and edge: 1 + 1 + 2 to MESSAGE
    f: Layers  # of the node and its messages: 1 + MESSAGE to 2


def apply(layers, x):
    """The network for inputs (..., inputs)."""
    return np.tanh(x @ layers.w1 + layers.b1) @ layers.w2 + layers.b2


def by_edge(model, graph):
    """What every node becomes, (nodes, 2), edge after edge."""
    sums = np.zeros((len(graph.charge), MESSAGE))
    for k in range(len(graph.source)):
        i, j = graph.target[k], graph.source[k]
        edge = np.concatenate([graph.charge[i], graph.charge[j], graph.offset[k]])
        sums[i] += apply(model.phi, edge)
    return apply(model.f, np.concatenate([graph.charge, sums], axis=1))


def vectorised(model, graph):
    """The same for all edges at once."""
    i, j = graph.target, graph.source
    edges = np.concatenate([graph.charge[i], graph.charge[j], graph.offset], axis=1)
    sums = np.zeros((len(graph.charge), MESSAGE))
    np.add.at(sums, i, apply(model.phi, edges))
    return apply(model.f, np.concatenate([graph.charge, sums], axis=1))


@dpc.value_and_grad(branches="hard")
def edge_loss(model, graph, force):
    """Mean squared error of the forces, by the loop."""
    return np.mean((by_edge(model, graph) - force) ** 2)


@dpc.value_and_grad(branches="hard")
def loss(model, graph, force):
    """Mean squared error of the forces."""
    return np.mean((vectorised(model, graph) - force) ** 2)


def initial(rng: np.random.Generator) -> Model:
    def layers(inputs: int, outputs: int) -> Layers:
        return Layers(
            rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs),
            np.zeros(HIDDEN),
            rng.normal(size=(HIDDEN, outputs)) / np.sqrt(HIDDEN),
            np.zeros(outputs),
        )

    return Model(layers(4, MESSAGE), layers(1 + MESSAGE, 2))


def train(rng: np.random.Generator, steps: int) -> tuple[Model, list]:
    """Adam with a falling rate, a new graph of 100 particles every step."""
    model, optimiser, losses = initial(rng), Adam(), []
    for step in progress(steps, "training"):
        value, gradient = loss(model, *particles(rng, 100))
        optimiser.rate = 1e-2 * (1 + np.cos(np.pi * step / steps)) / 2
        model = optimiser.step(model, gradient)
        losses.append(value)
    return model, losses


def compare(model: Model, rng: np.random.Generator) -> tuple[float, float]:
    """Largest relative difference of both gradients, and the ratio of times."""
    graph, force = particles(rng, 60)
    slopes, seconds = [], []
    for derivative in (edge_loss, loss):
        derivative(model, graph, force)
        start = time.perf_counter()
        _, slope = derivative(model, graph, force)
        seconds.append(time.perf_counter() - start)
        slopes.append(leaves(slope))
    pairs = zip(*slopes, strict=True)
    error = max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in pairs)
    return float(error), seconds[0] / seconds[1]


def draw(model: Model, losses: list, graph: Graph, force, out) -> None:
    """The error while learning, and true and learned forces on one graph."""
    figure, ((left, right),) = panels(2, width=4.6, height=3.8)
    left.semilogy(losses, lw=0.7)
    left.set(xlabel="step", ylabel="mean squared error", title="training")
    for i, j in zip(graph.source, graph.target, strict=True):
        right.plot(*graph.place[[i, j]].T, color="tab:gray", lw=0.3, zorder=0)
    options = {"angles": "xy", "scale_units": "xy", "scale": 1.0}
    right.quiver(*graph.place.T, *force.T, color="black", width=0.012, **options)
    found = vectorised(model, graph)
    right.quiver(*graph.place.T, *found.T, color="tab:orange", width=0.005, **options)
    right.scatter(*graph.place.T, c=graph.charge[:, 0], cmap="coolwarm", s=18)
    right.set(aspect="equal", xticks=[], yticks=[], xlabel="colours: charges")
    right.set_title("forces: black true, orange learned")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "message_passing").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(edge_loss.specialize(initial(rng), *particles(rng, 10)).source)
        return {}
    error, ratio = compare(initial(rng), rng)
    report("loop and vectorised gradient differ by", f"{error:.0e}", "<= 1e-12")
    report("time of the loop over vectorised", f"{ratio:.0f}", "-")
    model, losses = train(rng, 100 if options.quick else 3000)
    graph, force = particles(rng, 40)
    explained = 1 - loss.primal(model, *particles(rng, 2000)) / np.var(force)
    report("variance of the forces explained", f"{explained:.4f}", ">= 0.98")
    draw(model, losses, graph, force, options.out)
    return {"difference": error, "explained": float(explained)}


if __name__ == "__main__":
    main()
