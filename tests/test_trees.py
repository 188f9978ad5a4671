"""Adjoints of nested arguments: zero trees, finished gradients, copies."""

import dataclasses
import math
import threading
from collections import OrderedDict, defaultdict, namedtuple
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse

from dpc.runtime.trees import Fields, copy_tree, gradient, zeros

Pair = namedtuple("Pair", "first second")


class Point(NamedTuple):
    x: float
    y: np.ndarray
    label: str = ""


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    rate: float = 0.5
    name: str = "layer"
    up: object = None

    def __post_init__(self):
        raise AssertionError("an initialiser was run")


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: float
    n: int


class Slotted:
    __slots__ = ("rate", "unset")


class Plain:
    def __init__(self, rate):
        self.rate = rate


def layer(**fields):
    made = object.__new__(Layer)
    made.__dict__.update({"w": np.ones(2), "rate": 0.5, "name": "a", "up": None})
    made.__dict__.update(fields)
    return made


@pytest.mark.parametrize(
    "x", [1.0, 2, True, 1j, np.float32(1), np.float64(1), np.int8(1), math.inf]
)
def test_zero_of_a_number(x):
    assert type(zeros(x)) is float and zeros(x) == 0.0


@pytest.mark.parametrize(
    ("dtype", "expected"), [("f4", "f4"), ("f8", "f8"), ("c8", "c8"), ("i4", "f8")]
)
def test_zero_of_an_array(dtype, expected):
    x = np.ones((2, 3), dtype)
    bar = zeros(x)
    assert (bar.dtype, bar.shape) == (expected, (2, 3))
    assert not bar.any()
    bar[0] = 1.0


@pytest.mark.parametrize("x", [None, "word", len, math, Plain, test_zero_of_a_number])
def test_what_carries_no_derivative(x):
    assert zeros(x) is None
    assert gradient(None, x) is None


def test_zero_of_a_sparse_matrix():
    """Its data alone have an adjoint, which is no gradient of the matrix."""
    x = scipy.sparse.csr_array(np.diag([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(zeros(x), np.zeros(3))
    assert gradient(None, x) is None


def test_zero_of_containers():
    x = {"a": [1.0, (2.0, "b")], 3: np.ones(2)}
    bar = zeros(x)
    assert bar["a"] == [0.0, [0.0, None]]
    bar["a"][1][0] += 2.0
    bar[3] += 1.0
    found = gradient(bar, x)
    assert found["a"] == [0.0, (2.0, None)]
    assert found[3].tolist() == [1.0, 1.0]


def test_zero_of_a_named_tuple_is_read_by_name_and_place():
    bar = zeros(Point(1.0, np.ones(2)))
    assert type(bar) is Fields
    bar.x += 1.0
    bar[0] += 1.0
    bar.y[0] = 3.0
    assert (bar[0], bar.x, bar[1].tolist(), bar.label) == (2.0, 2.0, [3.0, 0.0], None)
    with pytest.raises(AttributeError):
        bar.z


@pytest.mark.parametrize("make", [layer, lambda: Plain(1.0), lambda: Frozen(1.0, 2)])
def test_zero_of_an_object(make):
    x = make()
    bar = zeros(x)
    assert type(bar) is SimpleNamespace
    assert list(vars(bar)) == [
        name for name in ("w", "rate", "x", "n", "name", "up") if hasattr(x, name)
    ]


def test_slots_that_are_not_set_have_no_adjoint():
    x = Slotted()
    x.rate = 2.0
    assert zeros(x) == SimpleNamespace(rate=0.0)


def test_what_occurs_twice_has_two_adjoints_unless_tied():
    w, items = np.ones(2), [1.0]
    x = {"a": [w, items], "b": [w, items]}
    bar = zeros(x)
    assert bar["a"][0] is not bar["b"][0] and bar["a"][1] is not bar["b"][1]
    known = {}
    bar = zeros(x, known)
    assert bar["a"][0] is bar["b"][0] and bar["a"][1] is bar["b"][1]
    assert zeros(w, known) is bar["a"][0]


def test_what_holds_itself():
    loop = [1.0]
    loop.append(loop)
    for bar in (zeros(loop), zeros(loop, {})):
        assert bar[0] == 0.0 and bar[1] is bar
    found = gradient([2.0, None], loop)
    assert found[0] == 2.0 and found[1] is found
    copied = copy_tree(loop)
    assert copied is not loop and copied[1] is copied


@pytest.mark.parametrize(
    ("x", "bar", "expected"),
    [
        (1.0, 2, 2.0),
        (1.0, None, 0.0),
        (1.0, np.float64(2.0), 2.0),
        (1.0, np.array(2.0), 2.0),
        (1.0, 2 + 1j, 2.0),
        (np.float32(1), 2.0, np.float32(2)),
        (np.float64(1), np.float32(2), np.float64(2)),
    ],
)
def test_gradient_of_a_float_has_its_type(x, bar, expected):
    found = gradient(bar, x)
    assert type(found) is type(expected) and found == expected


@pytest.mark.parametrize("x", [1, True, "a", None, np.int32(1), np.arange(3)])
def test_leaves_that_are_not_floating_have_none(x):
    assert gradient(0.0, x) is None


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
@pytest.mark.parametrize(
    "bar", [1.0, np.ones(3), np.ones((2, 1)), np.ones((2, 3)), 1 + 2j * np.ones((2, 3))]
)
def test_gradient_of_an_array_is_whole(dtype, bar):
    x = np.zeros((2, 3), dtype)
    found = gradient(bar, x)
    assert (found.shape, found.dtype) == (x.shape, dtype)
    assert found.flags.writeable and 0 not in found.strides
    assert not np.shares_memory(found, bar) and (found == 1).all()


@pytest.mark.parametrize("shape", [(), (0,), (0, 3)])
def test_gradient_of_small_arrays(shape):
    found = gradient(None, np.ones(shape))
    assert isinstance(found, np.ndarray) and found.shape == shape


def test_fresh_arrays_are_not_copied_where_they_fit():
    x = np.zeros((2, 3))
    whole = np.ones((2, 3))
    assert gradient(whole, x, fresh=True) is whole
    for bar in (
        np.ones(3),
        np.broadcast_to(np.ones(3), (2, 3)),
        whole.astype("f4"),
        whole + 0j,
    ):
        found = gradient(bar, x, fresh=True)
        assert found.dtype == x.dtype and found.flags.writeable
        assert not np.shares_memory(found, bar)


def test_containers_are_rebuilt_by_type():
    ordered = OrderedDict(b=1.0, a=2)
    default = defaultdict(list, a=1.0)
    x = [ordered, default, Pair(1.0, (2.0,)), Point(1.0, np.ones(1), "p"), layer()]
    bar = zeros(x)
    bar[2].second[0] = bar[4].rate = 3.0
    found = gradient(bar, x)
    assert [type(a) for a in found] == [type(a) for a in x]
    assert list(found[0].items()) == [("b", 0.0), ("a", None)]
    assert found[1].default_factory is list and found[1] is not default
    assert found[2] == Pair(0.0, (3.0,))
    assert found[3].label is None
    assert vars(found[4]).keys() == vars(x[4]).keys()
    assert (found[4].rate, found[4].name) == (3.0, None)
    assert default["a"] == 1.0 and x[4].name == "a"


def test_frozen_and_slotted_dataclasses():
    found = gradient(SimpleNamespace(x=2.0), Frozen(1.0, 2))
    assert type(found) is Frozen and (found.x, found.n) == (2.0, None)


@pytest.mark.parametrize(
    "bar",
    [
        {"p": (1.0, 2.0), "q": 0.0},
        {"p": Pair(1.0, 2.0), "q": None},
        {"p": Fields(("first", "second"), [1.0, 2.0])},
        {"p": SimpleNamespace(first=1.0, second=np.full(2, 2.0)), "q": np.float64(0)},
    ],
)
def test_adjoints_of_any_make(bar):
    found = gradient(bar, {"p": Pair(1.0, np.ones(2)), "q": [1.0, [1.0]]})
    assert found["p"].first == 1.0 and found["p"].second.tolist() == [2.0, 2.0]
    assert found["q"] == [0.0, [0.0]]


def test_a_plain_object_is_a_leaf():
    assert gradient(SimpleNamespace(rate=1.0), Plain(1.0)) is None


def test_copies_are_fresh_and_keep_what_is_one_object():
    w = np.ones(2)
    shared = [w]
    x = {"a": (w, shared), "b": shared, "c": layer(w=w), "p": Point(1.0, w)}
    y = copy_tree(x)
    assert [type(a) for a in y.values()] == [type(a) for a in x.values()]
    assert y["a"][1] is y["b"] and y["b"] is not shared
    arrays = [y["a"][0], y["b"][0], y["c"].w, y["p"].y]
    assert all(a is arrays[0] for a in arrays)
    assert not np.shares_memory(arrays[0], w)


def test_copies_of_what_is_no_tree():
    rng = np.random.default_rng(0)
    copied = copy_tree(rng)
    assert copied is not rng and copied.random() == rng.random()
    lock = threading.Lock()
    for x in (math, len, Plain, lock, None, 1.0, "a", test_copies_of_what_is_no_tree):
        assert copy_tree(x) is x
    model = Plain([1.0])
    copied = copy_tree(model)
    assert copied.rate == [1.0] and copied.rate is not model.rate
