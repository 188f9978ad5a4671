"""Nested arguments: structure, constants among the leaves, rebuilding by type."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest

import dpc

ONES = np.ones(2)


def slope(function, *args, wrt=0):
    return dpc.grad(function, wrt=wrt, branches="hard")(*args)


def of_dict(params):
    return np.sum(params["w"] * params["layer"]["b"]) * params["scale"]


def test_nested_dict():
    params = {"w": ONES * 2, "layer": {"b": ONES * 3, "name": "b"}, "scale": 0.5}
    found = slope(of_dict, params)
    assert list(found) == ["w", "layer", "scale"]
    assert found["w"].tolist() == [1.5, 1.5]
    assert found["layer"]["b"].tolist() == [1.0, 1.0]
    assert found["layer"]["name"] is None
    assert found["scale"] == 12.0


def of_list(layers):
    total = 1.0
    for w, b in layers:
        total = total * np.sum(w * b)
    return total


def test_list_of_tuples():
    found = slope(of_list, [(ONES, ONES), (ONES, ONES * 2)])
    assert type(found) is list
    assert type(found[0]) is tuple
    assert found[0][0].tolist() == [4.0, 4.0]
    assert found[1][1].tolist() == [2.0, 2.0]


def of_leaves(p):
    y = p["x"] * p["n"] * len(p["word"])
    return np.sum(y[p["index"]]) if p["flag"] and p["none"] is None else 0.0


def test_leaves_that_are_not_floating_are_constants():
    params = {
        "x": ONES,
        "n": 3,
        "word": "ab",
        "index": np.array([0, 0, 1]),
        "flag": True,
        "none": None,
        "empty": [],
    }
    found = slope(of_leaves, params)
    assert found["x"].tolist() == [12.0, 6.0]
    for name in ("n", "word", "index", "flag", "none"):
        assert found[name] is None
    assert found["empty"] == []


class Point(NamedTuple):
    x: float
    y: np.ndarray
    label: str = ""


def of_point(p):
    return p.x**2 * np.sum(p.y)


def test_named_tuple():
    found = slope(of_point, Point(3.0, ONES, "a"))
    assert type(found) is Point
    assert found.x == 12.0
    assert found.y.tolist() == [9.0, 9.0]
    assert found.label is None


Pair = namedtuple("Pair", "first second")


def of_pair(p):
    return p.first * p[1].first


def test_nested_named_tuples_of_the_collections_module():
    found = slope(of_pair, Pair(2.0, Pair(3.0, None)))
    assert found == Pair(3.0, Pair(2.0, None))
    assert type(found.second) is Pair


MADE = []


@dataclass
class Layer:
    w: np.ndarray
    rate: float
    name: str = "layer"
    total: float = field(init=False, default=0.0)

    def __post_init__(self):
        MADE.append(self)


@dataclass(frozen=True)
class Frozen:
    x: float
    inner: Layer


@dataclass(slots=True)
class Slotted:
    x: float
    n: int


def of_layer(layer):
    return np.sum(layer.w) * layer.rate + layer.total * 5


def of_frozen(f):
    return f.x * f.inner.rate


def of_slotted(s):
    return s.x**s.n


def test_dataclass_is_rebuilt_without_its_initialiser():
    layer = Layer(ONES, 2.0)
    made = len(MADE)
    found = slope(of_layer, layer)
    assert len(MADE) == made
    assert type(found) is Layer
    assert found.w.tolist() == [2.0, 2.0]
    assert (found.rate, found.name, found.total) == (2.0, None, 5.0)
    assert layer.name == "layer"


def test_frozen_dataclass():
    found = slope(of_frozen, Frozen(3.0, Layer(ONES, 2.0)))
    assert type(found) is Frozen
    assert (found.x, found.inner.rate) == (2.0, 3.0)
    assert found.inner.w.tolist() == [0.0, 0.0]


def test_dataclass_with_slots():
    found = slope(of_slotted, Slotted(3.0, 2))
    assert (type(found), found.x, found.n) == (Slotted, 6.0, None)


class Strict(dict):
    """A dict whose initialiser takes nothing."""

    def __init__(self):
        super().__init__()


def of_strict(d):
    return d["x"] * 2


def test_other_kinds_of_dict():
    ordered = slope(of_strict, OrderedDict(x=1.0))
    assert type(ordered) is OrderedDict
    strict = Strict()
    strict["x"] = 1.0
    found = slope(of_strict, strict)
    assert type(found) is Strict
    assert found["x"] == 2.0


def of_unused(params, x: float):
    return params["used"] * x


def test_unused_leaves_have_gradient_zero():
    found = slope(of_unused, {"used": 1.5, "unused": ONES, "more": [0.5]}, 2.0)
    assert found["used"] == 2.0
    assert found["unused"].tolist() == [0.0, 0.0]
    assert found["more"] == [0.0]


def test_no_floating_leaf_at_all():
    with pytest.raises(dpc.ArgumentError):
        slope(of_strict, {"x": 1, "y": "a"})


def of_single(params):
    return np.sum(params["a"] * params["b"]) * params["c"]


def test_leaves_keep_their_dtypes():
    params = {"a": ONES.astype(np.float32), "b": ONES, "c": np.float32(2.0)}
    found = slope(of_single, params)
    assert found["a"].dtype == np.float32
    assert found["b"].dtype == np.float64
    assert type(found["c"]) is np.float32


def test_structure_may_change_from_call_to_call():
    derivative = dpc.grad(of_list, branches="hard")
    for count in (1, 3, 2):
        layers = [(ONES, ONES)] * count
        found = derivative(layers)
        assert len(found) == count
        assert found[0][0].tolist() == [2.0 ** (count - 1)] * 2


def of_deep(tree):
    total = 0.0
    for branch in tree["branches"]:
        for name, leaf in branch.items():
            total += leaf[0] * len(name) * leaf[1].x
    return total


def test_all_kinds_inside_one_another():
    leaf = (2.0, Point(3.0, ONES))
    found = slope(of_deep, {"branches": ({"a": leaf}, {"bc": leaf})})
    assert type(found["branches"]) is tuple
    assert found["branches"][1]["bc"][0] == 6.0
    assert found["branches"][0]["a"][1].x == 2.0
