"""What a call's arguments prove: facts, keys, and which sizes a variant serves."""

import dataclasses
import functools
import math
import timeit
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import scipy.sparse

from dpc.guard import Guard
from dpc.ir import facts as F
from dpc.ir.facts import Fact, array
from dpc.ir.symbols import Symbols
from dpc.signature import LONG, fact_of, signature, signature_key

Pair = namedtuple("Pair", "first second")


@dataclasses.dataclass
class Layer:
    w: object
    rate: float = 0.5


class Slotted:
    __slots__ = ("rate", "unset")

    def __init__(self):
        self.rate = 1.0

    def method(self):
        return self.rate


def shaped(*shape, dtype=float):
    return np.ones(shape, dtype)


def fact(value):
    return fact_of(value, Symbols())


RNG = np.random.default_rng(0)
SLOTTED = Slotted()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, F.FLOAT),
        (2, F.INT),
        (True, F.BOOL),
        (1j, F.COMPLEX),
        ("relu", F.STR),
        (np.str_("relu"), F.STR),
        (None, F.NONE),
        (range(3), Fact("range")),
        (slice(3), Fact("slice")),
        (np.float64(1), Fact("scalar", "f8", ())),
        (np.float32(1), Fact("scalar", "f4", ())),
        (np.bool_(1), Fact("scalar", "b1", ())),
        (np.complex64(1), Fact("scalar", "c8", ())),
        (np.array(1.0), array("f8", ())),
        (shaped(2, 3, dtype="i4"), array("i4", ("n0", "n1"))),
        (shaped(3, 1, 3), array("f8", ("n0", 1, "n0"))),
        (shaped(0), array("f8", ("n0",))),
        (np.array([None]), array("O8", (1,))),
        (np.array(["a"]), Fact("object", value=np.ndarray)),
        (np.ma.array([1.0]), Fact("object", value=np.ma.MaskedArray)),
        ((1.0, 2), Fact("tuple", items=(F.FLOAT, F.INT))),
        ([], Fact("list", items=())),
        ([1.0, [2]], Fact("list", items=(F.FLOAT, Fact("list", items=(F.INT,))))),
        ({"a": 1.0}, Fact("dict", fields=(("a", F.FLOAT),))),
        ({}, Fact("dict", fields=())),
        ({1: 1.0, 2: 2.0}, Fact("dict", element=F.FLOAT)),
        ([1.0] * (LONG + 1), Fact("list", element=F.FLOAT)),
        ([shaped(2)] * (LONG + 1), Fact("list", element=array("f8", (None,)))),
        (
            Pair(1.0, "b"),
            Fact("object", fields=(("first", F.FLOAT), ("second", F.STR)), value=Pair),
        ),
        (
            Layer(shaped(2)),
            Fact(
                "object",
                fields=(("w", array("f8", ("n0",))), ("rate", F.FLOAT)),
                value=Layer,
            ),
        ),
        (SLOTTED, Fact("object", fields=(("rate", F.FLOAT),), value=Slotted)),
        (SLOTTED.method, Fact("function", value=SLOTTED.method)),
        (fact, Fact("function", value=fact)),
        (math.sin, Fact("function", value=math.sin)),
        (Layer, Fact("function", value=Layer)),
        (math, Fact("module", value=math)),
        (RNG, Fact("object", value=np.random.Generator)),
        (scipy.sparse.csr_matrix((2, 3)), Fact("sparse", "f8", ("n0", "n1"))),
        (scipy.sparse.eye_array(2), Fact("sparse", "f8", ("n0", "n0"))),
    ],
)
def test_facts(value, expected):
    assert fact(value) == expected


def test_equal_sizes_of_a_call_share_a_symbol():
    symbols = Symbols()
    facts = [fact_of(a, symbols) for a in (shaped(3, 4), [shaped(4), shaped(5)])]
    assert facts[0].shape == ("n0", "n1")
    assert [item.shape for item in facts[1].items] == [("n1",), ("n2",)]


def test_a_prefix_keeps_symbols_of_different_origin_apart():
    assert fact_of(shaped(3, 1), Symbols("m")).shape == ("m0", 1)
    assert fact_of(shaped(3, 1), Symbols(sized=False)).shape == (None, None)


class Stranger:
    """An array of a module that nobody has heard of."""

    dtype = np.dtype("f4")
    shape = property(lambda self: self.lengths)

    def __init__(self, *shape):
        self.lengths = shape
        self.ndim = len(shape)


def test_arrays_of_other_modules():
    assert fact(Stranger(3, 1)) == array("f4", ("n0", 1))
    key, shapes = signature((Stranger(3, 1),))
    assert shapes == ((3, 1),)
    assert key != signature_key((shaped(3, 1, dtype="f4"),))
    assert key == signature_key((Stranger(2, 2),))


DIFFERENT = [
    1.0,
    1,
    True,
    None,
    "a",
    np.float64(1),
    np.float32(1),
    np.array(1.0),
    shaped(2),
    shaped(2, dtype="f4"),
    shaped(2, dtype="i8"),
    shaped(2, 3),
    [],
    (),
    [1.0],
    (1.0,),
    [1],
    [1.0, 1.0],
    [[1.0], 1.0],
    [[1.0, 1.0]],
    [shaped(2)],
    Pair(1.0, 1.0),
    {"a": 1.0},
    {"b": 1.0},
    {"a": 1},
    {1: 1.0},
    OrderedDict(a=1.0),
    Layer(1.0),
    Layer(1),
    Layer(shaped(2)),
    SLOTTED,
    math,
    math.sin,
    math.cos,
    fact,
    signature,
    scipy.sparse.csr_matrix((2, 3)),
    scipy.sparse.csr_matrix((2, 3), dtype="f4"),
    [1.0] * (LONG + 1),
    [1] * (LONG + 1),
    RNG,
]


def test_keys_tell_what_facts_tell():
    keys = [signature_key((value,)) for value in DIFFERENT]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 2.0),
        ("a", "b"),
        (shaped(2, 3), shaped(1, 1)),
        (shaped(3, 3).T, shaped(3, 3)[::-1]),
        ([shaped(2)], [shaped(3)]),
        ({"a": shaped(2)}, {"a": shaped(3)}),
        ({1: 1.0}, {1: 1.0, 2: 2.0}),
        (Layer(shaped(2)), Layer(shaped(3), 0.1)),
        ([1.0] * (LONG + 1), [2.0] * (LONG + 9)),
        ([shaped(2), 1.0] * LONG, [1.0, shaped(3)] * (LONG + 1)),
        (np.random.default_rng(1), np.random.default_rng(2)),
    ],
)
def test_keys_do_not_tell_numbers_and_sizes(one, other):
    assert signature_key((one,)) == signature_key((other,))


def test_functions_are_told_apart_by_identity():
    first, second = functools.partial(math.pow, 2), functools.partial(math.pow, 2)
    assert signature_key((first,)) == signature_key((first,))
    assert signature_key((first,)) != signature_key((second,))
    assert signature_key((SLOTTED.method,)) != signature_key((Slotted().method,))


def test_objects_within_others_of_their_type_are_told_apart_or_not():
    """A function that calls itself meets trees of any shape under few keys."""
    inner = Layer(Layer(shaped(2), Layer(1)), shaped(3))
    other = Layer(Layer("x", 2.0), shaped(5))
    assert signature_key((inner,)) != signature_key((other,))
    assert signature((inner,), once=True)[0] == signature((other,), once=True)[0]
    assert signature((inner,), once=True)[1] == ((3,),)
    found = fact_of(inner, Symbols(once=True))
    assert found.fields == (("w", F.ANY), ("rate", array("f8", ("n0",))))
    leaf = signature((Layer(1.0, shaped(3)),), once=True)
    assert leaf[0] != signature((inner,), once=True)[0]


def test_containers_that_hold_themselves():
    loop, table, layer = [1.0], {}, Layer(None)
    loop.append(loop)
    table["a"] = table
    layer.w = [layer]
    for value, inside in ((loop, "list"), (table, "dict"), (layer, "object")):
        assert fact(value).kind == inside
        assert signature_key((value,)) == signature_key((value,))
    assert fact(loop).items == (F.FLOAT, F.ANY)
    long = [1.0] * LONG
    long.append(long)
    assert fact(long) == Fact("list", element=F.ANY)
    assert signature_key((long,)) == signature_key((long,))


@pytest.mark.parametrize(
    "args",
    [(1.0,), (shaped(2),), (shaped(2), 1.0, shaped(3, 4)), ([shaped(2)] * 8,)],
    ids=["float", "array", "three", "list"],
)
def test_lookup_takes_microseconds(args):
    """The bound is 20 times the 0.5 µs and 0.5 µs a leaf that are measured."""
    guard = Guard(signature(args)[1])
    table = {signature_key(args): guard}

    def look_up():
        key, shapes = signature(args)
        return table[key].admits(shapes)

    leaves = len(args[0]) if isinstance(args[0], list) else len(args)
    seconds = min(timeit.repeat(look_up, number=200, repeat=10)) / 200
    print(f"{leaves} leaves: {seconds * 1e6:.2f} µs")
    assert seconds < 20 * (0.5e-6 + 0.5e-6 * leaves)
