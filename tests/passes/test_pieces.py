"""Adjoints put together from parts, where the cases in the texts do not reach."""

import numpy as np
import pytest

import dpc
from dpc.analysis.extents import Extents, cover, disjoint
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.nodes import Comment, Const, Function, Param, Slot, Store, Update
from dpc.ir.show import show
from dpc.passes.fill import fill
from dpc.passes.pieces import pieces
from dpc.rules.all import LIBRARY
from tests.oracle import assert_right

N, U, K = "n", "u", "n-2*u"


def regions(*bounds, shape=(N,)):
    """Those of slices with such bounds: numbers, or names of integers and sizes."""
    build = Builder(LIBRARY)
    values = {U: U, "2*u": "2*u", K: K, "n//2-u": "(n-2*u//2)", "k": None, "none": ""}
    atoms = {None: Const(None)}
    for name, value in values.items():
        kind = F.ANY if value == "" else F.Fact("int", "i8", (), value=value)
        atoms[name] = build.slot(name, kind)
    indices = []
    for pair in bounds:
        parts = [atoms[b] if b in atoms else Const(b) for b in (*pair, None)]
        indices.append(build.apply("slice", *parts))
    extents = Extents(build.facts, tuple(build.block))
    return [extents.region(index, shape) for index in indices]


@pytest.mark.parametrize(
    ("bounds", "order"),
    [
        ([(None, U), (U, None)], [0, 1]),
        ([(U, None), (0, U)], [1, 0]),
        ([(None, "k"), ("k", None)], [0, 1]),
        ([(None, -3), (-3, None)], [0, 1]),
        ([(None, K), (K, None)], [0, 1]),
        ([("2*u", None), (U, "2*u"), (None, U)], [2, 1, 0]),
        ([(None, -3), (-1, None), (-3, -1)], [0, 2, 1]),
    ],
)
def test_parts_that_are_the_whole(bounds, order):
    assert cover(regions(*bounds)) == (0, order)


def test_the_size_of_the_axis_is_its_end():
    found = regions((None, U), (U, "2*u"), shape=("2*u",))
    assert cover(found) == (0, [0, 1])
    assert cover(regions((None, U), (U, "2*u"))) is None


@pytest.mark.parametrize(
    "bounds",
    [
        [(None, U)],
        [(None, U), ("2*u", None)],
        [(None, "2*u"), (U, None)],
        [(None, "2*u"), ("2*u", U), (U, None)],
        [(None, U), (U, "k"), ("k", None)],
        [(None, K), (K, "2*u"), ("2*u", None)],
        [(None, 3), (3, -1), (-1, None)],
        [(None, -1), (-1, -3), (-3, None)],
        [(None, U), (U, "n//2-u"), ("n//2-u", None)],
        [(None, U), (U, None), (None, U)],
    ],
)
def test_parts_that_may_not_be_the_whole(bounds):
    assert cover(regions(*bounds)) is None


def test_a_bound_that_may_be_none_is_not_known():
    assert regions((None, "none"), ("none", None)) == [None, None]


def test_what_is_disjoint_is_so_for_every_size():
    first, second, third = regions((None, U), ("2*u", None), (-3, None))
    assert disjoint(first, second)
    assert not disjoint(first, third)
    assert not disjoint(second, third)


def joined(between):
    """Two parts of zeros, with something done before the second is added."""
    facts = {}
    build = Builder(LIBRARY, facts)
    x, u, v = (build.slot(name, F.array("f8", (N,))) for name in "xuv")
    low, high = Const(slice(None, 4)), Const(slice(4, None))
    build.emit(Comment("return y"))
    u_part, v_part = build.apply("getitem", u, high), build.apply("getitem", v, low)
    x_bar = build.apply("np.zeros_like", x, name="x_bar")
    assert isinstance(x_bar, Slot)
    build.emit(Update("item", "add", x_bar, high, u_part))
    between(build, x=x, u=u, v=v, x_bar=x_bar)
    build.emit(Update("item", "add", x_bar, low, v_part))
    params = tuple(map(Param, (x, u, v)))
    function = Function("f", params, tuple(build.block), x_bar)
    return show(fill(pieces(function, facts, LIBRARY), facts, LIBRARY))


def test_nothing_is_done_in_between():
    assert "np.concatenate" in joined(lambda build, **slots: None)


def test_a_part_is_written_in_between():
    def between(build, u, **slots):
        build.emit(Store("item", u, Const(5), Const(0.0)))

    assert "x_bar[4:] = " in joined(between)


def test_another_name_of_a_part_is_written_in_between():
    def between(build, u, **slots):
        view = build.apply("getitem", u, Const(slice(None, None, -1)))
        build.emit(Update("whole", "mul", view, Const(None), Const(2.0)))

    assert "np.concatenate" not in joined(between)


def test_something_else_is_written_in_between():
    def between(build, x, **slots):
        build.emit(Store("item", x, Const(5), Const(0.0)))

    assert "np.concatenate" in joined(between)


def test_the_zeros_are_looked_at_in_between():
    def between(build, x_bar, **slots):
        build.apply("getitem", x_bar, Const(slice(2)), name="view")

    text = joined(between)
    assert "x_bar[4:] = " in text
    assert "x_bar[:4] += " in text


# Programs that are run


def halves(x, w):
    a = x @ w
    r, z = np.tanh(a[:, :3]), np.exp(a[:, 3:])
    return np.sum(r[:, :1] * z[:, :1]) + np.sum(r**3) + np.sum(z)


def thirds(x):
    s = np.sum(x[..., 2:3] ** 3) * np.sum(np.sin(x[..., 3:]))
    return s + np.sum(np.exp(x[..., :2])) + np.sum(x[..., :2] ** 2)


def from_the_end(x):
    return np.sum(np.exp(x[:-3])) * np.sum(np.sin(x[-3:-1])) + np.sum(x[-1:] ** 3)


def in_a_loop(x, w):
    h = x
    for _ in range(3):
        a = h * w
        h = np.concatenate([np.tanh(a[4:]), np.sin(a[:4])])
    return np.sum(h * x)


def one_value_twice(x):
    return np.sum(x[:4] * x[4:]) + np.sum(np.exp(x[:4])) + np.sum(np.exp(x[4:]))


def one_cotangent_for_both(x):
    return np.sum(np.exp(x[:4] * 2 + x[4:]))


def overlapping(x):
    return np.sum(np.exp(x[:5])) * np.sum(np.sin(x[3:])) + np.sum(x[5:] ** 2)


def rows(x):
    return np.sum(np.exp(x[0])) * np.sum(np.sin(x[1:, 2])) + x[1, 0] * x[2, 1] ** 2


def by_number(x, n):
    s = np.sum(np.exp(x[: 2 * n])) * np.sum(np.sin(x[2 * n :]))
    return s + np.sum(np.cos(x[n : 2 * n])) * np.sum(x[:n] ** 3)


def written_later(x):
    y = np.copy(x)
    s = np.sum(np.exp(y[:4])) * np.sum(np.sin(y[4:]))
    y[2:6] = y[2:6] * s
    return np.sum(y[:4] ** 2) + np.sum(np.cos(y[4:]))


def sample(*shape):
    return np.random.default_rng(3).normal(size=shape)


PROGRAMS = [
    (halves, sample(2, 3), sample(3, 5)),
    (halves, sample(2, 3), sample(3, 6)),
    (thirds, sample(5)),
    (thirds, sample(2, 3, 5)),
    (thirds, sample(2, 3, 3)),
    (from_the_end, sample(6)),
    (from_the_end, sample(3)),
    (in_a_loop, sample(8), sample(8)),
    (one_value_twice, sample(8)),
    (one_cotangent_for_both, sample(8)),
    (one_cotangent_for_both, sample(5)),
    (overlapping, sample(7)),
    (rows, sample(3, 4)),
    (by_number, sample(6), 2),
    (by_number, sample(6), -1),
    (by_number, sample(6), 0),
    (by_number, sample(6), 5),
    (written_later, sample(8)),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[0].__name__)
def test_gradients_and_tangents(program):
    function, *args = program
    gradient = assert_right(function, *args)
    direction = sample(*args[0].shape)[::-1]
    tangents = (direction, *[None] * (len(args) - 1))
    _, tangent = dpc.jvp(function, tuple(args), tangents, branches="hard")
    np.testing.assert_allclose(np.vdot(gradient, direction), tangent, rtol=1e-9)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[0].__name__)
def test_second_derivatives(program):
    function, x, *rest = program
    direction = sample(*x.shape)[::-1]
    slope = dpc.grad(function)

    def along(x):
        return np.sum(dpc.grad(function)(x, *rest) * direction)

    twice = dpc.grad(along)(x)
    forward = dpc.hvp(function)(x, *rest, direction)
    step = 1e-5
    ahead = slope(x + step * direction, *rest)
    behind = slope(x - step * direction, *rest)
    np.testing.assert_allclose(twice, forward, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(twice, (ahead - behind) / (2 * step), 1e-5, 1e-6)


def test_single_precision_stays():
    x = sample(8).astype(np.float32)
    source = dpc.grad(one_value_twice).specialize(x).source
    assert "np.concatenate" in source
    found = dpc.grad(one_value_twice)(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, dpc.grad(one_value_twice)(sample(8)), rtol=1e-5)


def test_double_precision_beside_single_is_converted_as_before():
    def mixed(x, y):
        return np.sum(x[:4] * y[:4]) + np.sum(np.exp(x[4:]) * y[4:])

    x, y = sample(8).astype(np.float32), sample(8)
    found = dpc.grad(mixed)(x, y)
    assert found.dtype == np.float32
    expected = np.concatenate([y[:4], np.exp(x[4:]) * y[4:]])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
