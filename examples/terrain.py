"""What terrain costs, learned from shortest paths over it.

A traveller crosses grids of 6 by 6 cells on the cheapest way. The maps show what kind
every cell is and where the traveller went; what each kind costs is to be found. Bellman
and Ford relax an edge by a test, `if d + c < best`, and the path is what the tests
decide: its exact derivative in the costs is zero. With the test relaxed, ways of nearly
one cost are each taken in part, and the costs follow from the paths.

    python examples/terrain.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, norm
from style import panels, save

SIZE = 6
COSTS = np.array([0.5, 0.9, 1.4, 2.1, 2.9, 4.2])  # road, ..., rock


def beside(a: int, b: int) -> bool:
    """Whether two cells share a side."""
    return abs(a // SIZE - b // SIZE) + abs(a % SIZE - b % SIZE) == 1


CELLS = range(SIZE * SIZE)
EDGES = [(cell, other) for cell in CELLS for other in CELLS if beside(cell, other)]
# Up and down the map in turn, so that few sweeps settle every way.
ORDER = EDGES + EDGES[::-1] + EDGES


def shortest_path(costs):
    """Marks the cells on the cheapest way from the first to the last: (cells,)."""
    here = np.eye(len(costs))
    best, path = [costs[0]] + [np.inf] * len(costs[1:]), [here[0] for _ in costs]
    for cell, other in ORDER:
        d, c = best[other], costs[cell]
        if d + c < best[cell]:
            best[cell] = d + c
            path[cell] = path[other] + here[cell]
    return path[-1]


def loss(logs, walks):
    """Mean squared difference from the paths walked; logs of the costs of a kind."""
    total = 0.0
    for kinds, walked in walks:
        total += np.mean((shortest_path(np.exp(logs)[kinds]) - walked) ** 2)
    return total / len(walks)


soft = dpc.value_and_grad(loss, branches="soft", temperature=0.3)
exact = dpc.grad(loss, branches="hard")


def maps(rng: np.random.Generator, number: int) -> list[tuple]:
    """Kinds of all cells, (cells,), and the cheapest way over them."""
    kinds = rng.integers(0, len(COSTS), (number, SIZE * SIZE))
    return [(kind, shortest_path(COSTS[kind])) for kind in kinds]


def right_paths(logs: np.ndarray, walks: list[tuple]) -> float:
    """The share of maps where the way is exactly the traveller's, hard."""
    return float(np.mean([loss(logs, [walk]) == 0 for walk in walks]))


def train(walks: list[tuple], test: list[tuple], steps: int) -> tuple:
    """Adam on ten maps a step, from equal costs: the costs' logs, and the history."""
    logs, optimiser, history = np.zeros(len(COSTS)), Adam(), []
    for step in progress(steps, "training"):
        first = 10 * step % len(walks)
        _, gradient = soft(logs, walks[first : first + 10])
        history.append((right_paths(logs, test), *logs))
        optimiser.rate = 0.1 * (1 + np.cos(np.pi * step / steps)) / 2
        logs = optimiser.step(logs, gradient)
    return logs, np.array(history)


def draw(logs: np.ndarray, history: np.ndarray, walk: tuple, out) -> None:
    """One map with both ways, the training, and the costs found."""
    figure, ((one, two, three),) = panels(3, width=3.9)
    one.imshow(walk[0].reshape(SIZE, SIZE), cmap="Pastel1", vmin=0, vmax=8)
    for way, mark in ((walk[1], "s"), (shortest_path(np.exp(logs)[walk[0]]), ".")):
        rows, columns = np.divmod(np.flatnonzero(way), SIZE)
        one.plot(columns, rows, mark, color="black", mfc="none", ms=14)
    one.set(title="a map: walked, square, and found", xticks=[], yticks=[])
    two.plot(history[:, 0])
    two.set(xlabel="step of ten maps", ylim=(0, 1), title="exact paths in the test")
    three.plot(np.exp(history[:, 1:]) / np.exp(history[:, 1:]).mean(1, keepdims=True))
    three.hlines(COSTS / COSTS.mean(), 0, len(history), color="gray", ls=":")
    three.set(xlabel="step", ylabel="cost / mean cost", title="costs, dotted the true")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "terrain").parse_args(arguments)
    rng, start = np.random.default_rng(options.seed), np.zeros(len(COSTS))
    walks, test = maps(rng, 60), maps(rng, 200)
    if options.source:
        print(soft.specialize(start, walks).source)
        return {}
    slope = norm(exact(start, walks))
    logs, history = train(walks, test, 8 if options.quick else 60)
    before, after = right_paths(start, test), right_paths(logs, test)
    report("largest exact derivative", f"{slope:g}", "0: it learns nothing")
    report("exact paths before, hard", f"{before:.1%}", "under 6 %")
    report("exact paths after, hard", f"{after:.1%}", "over 93 %")
    both = soft(logs, walks)[0], loss(logs, walks)
    report("loss, soft and hard", "{:.4f} {:.4f}".format(*both), "0")
    draw(logs, history, test[0], options.out)
    return {"before": before, "after": after, "exact": slope}


if __name__ == "__main__":
    main()
