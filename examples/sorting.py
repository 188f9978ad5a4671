"""Bubble sort that teaches a model what to sort by, from the right order alone.

Every item has six features and a hidden worth; of a list of five the model is told the
order, nothing else. A small network scores the items and bubble sort sorts the scores.
The exact derivative stops at `if a[j] > a[j + 1]`: the order is a matter of tests only.
With the test relaxed, two neighbours are swapped in part, and the network learns.

    python examples/sorting.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, norm
from style import panels, save, smooth

ITEMS, FEATURES, UNITS = 5, 6, 12


class Net(NamedTuple):
    w1: np.ndarray  # (FEATURES, UNITS)
    b1: np.ndarray  # (UNITS,)
    w2: np.ndarray  # (UNITS,)


def scores(net, items):
    """What the items are sorted by: (ITEMS, FEATURES) to (ITEMS,)."""
    return np.tanh(items @ net.w1 + net.b1) @ net.w2


def bubble_sort(a):
    """Sorts a in place; row i of the result marks the item that came to place i."""
    order = np.eye(len(a))
    for last in range(len(a) - 1, 0, -1):
        for j in range(last):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                order[[j, j + 1]] = order[[j + 1, j]]
    return order


def loss(net, lists, rights):
    """Mean cross entropy of the items that came to every place: rights (lists, 5)."""
    total = 0.0
    for items, right in zip(lists, rights, strict=True):
        order = bubble_sort(scores(net, items))
        total -= np.mean(np.log(order[np.arange(ITEMS), right] + 1e-3))
    return total / len(lists)


soft = dpc.value_and_grad(loss, branches="soft", temperature=0.2)
exact = dpc.grad(loss, branches="hard")


def examples(rng: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Items (number, ITEMS, FEATURES) and their order by a worth that stays hidden."""
    items = rng.normal(size=(number, ITEMS, FEATURES))
    worth = items[..., 0] - 0.7 * items[..., 1] + np.tanh(2 * items[..., 2])
    return items, np.argsort(worth, axis=1)


def initial(rng: np.random.Generator) -> Net:
    w1 = rng.normal(size=(FEATURES, UNITS)) / np.sqrt(FEATURES)
    return Net(w1, np.zeros(UNITS), rng.normal(size=UNITS) / np.sqrt(UNITS))


def sorted_right(net: Net, lists: np.ndarray, rights: np.ndarray) -> float:
    """The share of lists in exactly the right order, by the sort as it is written."""
    orders = [np.argmax(bubble_sort(scores(net, items)), axis=1) for items in lists]
    return float(np.mean(np.all(orders == rights, axis=1)))


def train(net: Net, rng: np.random.Generator, steps: int, test: tuple) -> tuple:
    """Adam on eight lists a step: the network, its losses, tests on the way."""
    optimiser, losses, tests = Adam(), [], []
    for step in progress(steps, "training"):
        if step % (steps // 10) == 0:
            tests.append((step, sorted_right(net, *test)))
        value, gradient = soft(net, *examples(rng, 8))
        optimiser.rate = 0.04 * (1 + np.cos(np.pi * step / steps)) / 2
        net = optimiser.step(net, gradient)
        losses.append(float(value))
    return net, losses, [*tests, (steps, sorted_right(net, *test))]


def draw(losses: list, tests: list, out) -> None:
    figure, ((one, two),) = panels(2)
    one.plot(smooth(losses, 10), lw=0.8)
    one.set(xlabel="step of 8 lists", ylabel="cross entropy", title="training, soft")
    two.plot(*np.transpose(tests), "o-")
    two.axhline(0.9, ls=":", color="black")
    two.set(xlabel="step", ylim=(0, 1), title="test lists in the right order, hard")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "sorting").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    net, test = initial(rng), examples(rng, 100 if options.quick else 500)
    if options.source:
        print(soft.specialize(net, *test).source)
        return {}
    slope, before = norm(exact(net, *test)), sorted_right(net, *test)
    net, losses, tests = train(net, rng, 40 if options.quick else 1200, test)
    report("largest exact derivative", f"{slope:g}", "0: it learns nothing")
    report("right order before, hard", f"{before:.1%}", "under 4 %")
    report("right order after, hard", f"{tests[-1][1]:.1%}", "over 90 %")
    value, hard = float(soft(net, *test)[0]), loss(net, *test)
    report("cross entropy, soft and hard", f"{value:.3f} {hard:.3f}", "0")
    draw(losses, tests, options.out)
    return {"before": before, "after": tests[-1][1], "exact": slope, "soft": value}


if __name__ == "__main__":
    main()
