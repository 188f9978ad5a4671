"""Results and stores of which only a part differs: all parts have the axis."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from tests import trees
from tests.batching import rows


class Pair(NamedTuple):
    b: float
    c: float


@dataclass
class Box:
    b: object
    c: float


class Net(NamedTuple):
    w: np.ndarray
    unused: np.ndarray
    scale: float
    name: str = "net"


def pair(x, y):
    return Pair(y, x)


def box(x, y):
    return Box(y, x)


def nested(x, y):
    return {"u": x, "v": y, "w": {"x": x * 2, "y": y}}


def beside(x, y):
    return Pair(x, y), y, 3.0


def pairs(x, y):
    found = [Pair(y, x), Pair(x, y)]
    found.append(found[0]._replace(b=x))
    return found[-1].b * found[0].c, found


def pair_in_a_dict(x, y):
    d = {"p": Pair(y, x), "q": 1.0}
    d["p"] = Pair(x, y)
    return d["p"].b * 2, d["p"].c, d["p"].b * y + d["q"]


def pair_in_a_box(x, y):
    d = Box(Pair(y, x), 2.0)
    d.b = Pair(x, y)
    return d.b.b * 2, d.b.c, d.b.b * y


def tuple_in_a_dict(x, y):
    d = {"p": (y, x), "q": 1.0}
    d["p"] = (x, y)
    return d["p"][0] * 2, d["p"][1], d["p"][0] * y + d["q"]


def pair_in_a_list(x, y):
    d = [Pair(y, x), Pair(y, y)]
    d[0] = Pair(x, y)
    return d[0].b * d[1].b, d[0].c * d[1].b, d


def the_same_for_all(x, y):
    d = {"k": Pair(x, x)}
    for i in range(3):
        d["k"] = Pair(d["k"].c, x * i)
    return d["k"].b, d["k"].c


def with_notes(x, y):
    return x * y, {"x": x, "note": "scaled", "in": (y, None)}, Box({"x": x}, y)


RETURNED = [pair, box, nested, beside, pairs, with_notes]
STORED = [pair_in_a_dict, pair_in_a_box, tuple_in_a_dict, pair_in_a_list]


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("f", [*RETURNED, *STORED, the_same_for_all])
def test_as_row_by_row(f, shape, axes) -> None:
    parts = np.linspace(0.5, 2.0, 2 * max(1, *shape, 1)).reshape((2, *shape))
    shared = parts[0] + 1
    args = tuple(shared if axis is None else parts * 1.5 for axis in axes)
    expected = [
        f(*(a if axis is None else a[i] for a, axis in zip(args, axes, strict=True)))
        for i in range(2)
    ]
    found = dpc.batch(f, in_axes=axes)(*args)
    trees.assert_same(found, rows.stacked(expected), ulps=4)


def of_a_dict(d, x):
    return (d["w"] * d["scale"] * x).sum()


def of_a_net(net, x):
    return (net.w * net.scale * x).sum()


W, X = np.array([0.1, 0.2]), np.arange(8.0).reshape(4, 2)


@pytest.mark.parametrize(
    ("f", "shared"),
    [
        (of_a_dict, {"w": W, "unused": np.ones(3), "scale": 2.0}),
        (of_a_dict, {"w": W, "name": "net", "steps": 3, "scale": 2.0}),
        (of_a_net, Net(W, np.ones(3), 2.0)),
    ],
)
@pytest.mark.parametrize("compiler", [dpc.grad, dpc.value_and_grad])
def test_gradients_of_what_is_not_used_have_the_axis(f, shared, compiler) -> None:
    gradient = compiler(f)
    each = [gradient(shared, x) for x in X]
    found = dpc.batch(gradient, in_axes=(None, 0))(shared, X)
    trees.assert_same(found, rows.stacked(each), ulps=4)
