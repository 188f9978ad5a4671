"""Real indices, and elements selected by an argmax: means, by distance or by score."""

import numpy as np
import pytest

import dpc
from tests.differences import gradient as differences

T = 0.5
ROW = np.array([1.0, 3.0, 2.0, 5.0])
TABLE = np.arange(12.0).reshape(3, 4) ** 1.5
CUBE = np.arange(24.0).reshape(2, 3, 4) ** 1.2
FEW = np.array([0.1, 0.4, -0.2])
MORE = np.array([0.1, 0.4, -0.2, 0.3])


def linear(a, i: float):
    return np.sum(dpc.index(a, i) ** 2)


def batched(a, i):
    return np.sum(dpc.index(a, i) ** 2)


def along_two_axes(a, i, j):
    return np.sum(dpc.index(a, (i, j)) ** 2)


def near(a, i, t: float):
    return np.sum(dpc.index(a, i, kernel="softmax", temperature=t) ** 2)


def near_in_a_plane(a, i, j):
    return np.sum(dpc.index(a, (i, j), kernel="softmax") ** 2)


def largest(a, s, t: float):
    return np.sum(a[dpc.soft(np.argmax(s), t)] ** 2)


def smallest(a, s):
    k = dpc.soft(s.argmin())
    return np.sum(a[k] * a[k])


def of_each_row(a, s):
    return np.sum(a[dpc.soft(np.argmax(s, axis=-1))] ** 2)


def of_each_column(a, s):
    return np.sum(a[dpc.soft(np.argmax(s, axis=0))] ** 2)


def a_column(a, s):
    return np.sum(a[:, dpc.soft(np.argmax(s))] ** 2)


def an_entry(a, s):
    return a[1, dpc.soft(np.argmax(s))] ** 2


def of_a_list(x: float, i: float):
    return dpc.index([x, x * x, 3.0], i) ** 2


def from_a_list(x: float, y: float):
    return [x, 2 * y, 3.0][dpc.soft(np.argmax([x, y, x * y]))]


ROWS = np.array([MORE, MORE[::-1]])
CALLS = [
    (linear, (ROW, 1.3)),
    (linear, (TABLE, 1.3)),
    (linear, (CUBE, 0.4)),
    (linear, (ROW[:1], 0.3)),
    (linear, (ROW, 9.0)),
    (linear, (ROW, -0.5)),
    (batched, (ROW, np.array([0.2, 1.7, 2.5]))),
    (batched, (TABLE, np.array([[0.2, 1.7], [1.5, 0.4]]))),
    (along_two_axes, (TABLE, 1.3, 2.6)),
    (along_two_axes, (TABLE, np.array([0.3, 1.2]), np.array([2.2, 0.1]))),
    (along_two_axes, (TABLE, 1.3, np.array([2.2, 0.1]))),
    (along_two_axes, (CUBE, np.array([0.3, 0.2]), np.array([1.2, 0.1]))),
    (near, (ROW, 1.3, T)),
    (near, (TABLE, 1.3, T)),
    (near, (ROW, np.array([0.2, 1.7]), T)),
    (near, (TABLE, np.array([0.2, 1.7]), T)),
    (near, (CUBE, np.array([0.2, 1.7]), T)),
    (near_in_a_plane, (TABLE, 1.3, 2.1)),
    (near_in_a_plane, (TABLE, np.array([0.3, 1.2]), np.array([2.2, 0.1]))),
    (largest, (ROW, MORE, T)),
    (largest, (TABLE, FEW, T)),
    (smallest, (ROW, MORE)),
    (of_each_row, (ROW, ROWS)),
    (of_each_row, (TABLE, np.array([FEW, FEW[::-1]]))),
    (of_each_column, (ROW, ROWS.T)),
    (a_column, (TABLE, MORE)),
    (an_entry, (TABLE, MORE)),
    (of_a_list, (0.4, 1.2)),
    (of_a_list, (0.4, -3.0)),
    (from_a_list, (0.4, 1.2)),
]


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_derivatives(f, args):
    wrt = tuple(range(len(args)))
    derivative = dpc.value_and_grad(f, wrt=wrt, branches="soft", temperature=T)
    relaxed = dpc.soften(f, wrt=wrt, temperature=T)
    value, gradient = derivative(*args)
    assert value == relaxed(*args)
    try:
        generic = derivative.generic(*args)
    except dpc.UnsupportedError:
        assert f is near_in_a_plane  # The number of axes decides how it is written.
    else:
        np.testing.assert_allclose(generic[0], value, rtol=1e-12)
        for one, other in zip(generic[1], gradient, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    for place, found in enumerate(gradient):
        wanted = differences(relaxed, args, place).gradient
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("f", "args"), CALLS)
def test_nothing_is_soft_at_zero_and_where_branches_are_hard(f, args):
    if f in (near, largest):
        args = (*args[:-1], 0.0)
    exact = f(*args)
    wrt = tuple(range(len(args)))
    hard = dpc.value_and_grad(f, wrt=wrt, branches="hard")(*args)
    assert hard[0] == exact
    if "index" in f.__code__.co_names and f not in (near, near_in_a_plane):
        return  # A line between two elements has no temperature.
    cold = dpc.value_and_grad(f, wrt=wrt, branches="soft", temperature=0.0)(*args)
    assert cold[0] == exact
    for one, other in zip(cold[1], hard[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_values():
    run = dpc.soften(lambda a, i: dpc.index(a, i), wrt=("a", "i"))
    np.testing.assert_allclose(run(ROW, 2.25), 2.75)
    assert [run(ROW, float(k)) for k in range(4)] == list(ROW)
    near_one = dpc.soften(lambda a, i: dpc.index(a, i, kernel="softmax"), wrt="i")
    weights = np.exp(-((1.3 - np.arange(4)) ** 2))
    assert near_one(ROW, 1.3) == pytest.approx(weights @ ROW / weights.sum())
    chosen = dpc.soften(lambda a, s: a[dpc.soft(np.argmax(s))], wrt="s", temperature=T)
    assert chosen(ROW, MORE) == pytest.approx(dpc.softmax(MORE / T) @ ROW, rel=1e-14)


def test_temperature_by_precedence():
    def chosen(a, s):
        with dpc.temperature(0.1):
            return a[dpc.soft(np.argmax(s))] + 10 * a[dpc.soft(np.argmax(s), 0.7)]

    def at(t):
        return dpc.softmax(MORE / t) @ ROW

    run = dpc.soften(chosen, wrt="s", temperature=3.0)
    assert run(ROW, MORE) == pytest.approx(at(0.1) + 10 * at(0.7), rel=1e-13)

    def plain(a, i: float):
        return dpc.index(a, i, kernel="softmax")

    run = dpc.soften(plain, wrt="i", temperature=3.0)
    with dpc.temperature(0.2):
        inner = run(ROW, 1.3)
    weights = np.exp(-((1.3 - np.arange(4)) ** 2) / 0.2)
    assert inner == pytest.approx(weights @ ROW / weights.sum(), rel=1e-13)


def test_undecorated_it_is_the_nearest_element():
    assert dpc.index(ROW, 1.4) == 3.0
    assert dpc.index(ROW, 1.5) == 3.0
    assert dpc.index(ROW, -7.0) == 1.0
    assert dpc.index(ROW, 99.0) == 5.0
    assert dpc.index([1.0, 2.0], 0.9) == 2.0
    np.testing.assert_array_equal(dpc.index(ROW, np.array([0.2, 2.6])), [1.0, 5.0])
    assert dpc.index(TABLE, (1.2, 2.7)) == TABLE[1, 3]
    row = dpc.index(TABLE, 1.2)
    row[:] = 0.0
    assert TABLE[1, 1] > 0
    with pytest.raises(ValueError, match="kernel 'cubic'"):
        dpc.index(ROW, 1.0, kernel="cubic")


def test_an_index_that_does_not_vary_is_relaxed_for_the_array():
    def constant(x: float, i: float):
        return x * dpc.index(ROW, i)

    # Nothing that is differentiated is indexed or an index: the nearest element.
    assert dpc.grad(constant, branches="soft")(2.0, 1.3) == 3.0

    def read(a, i: float):
        return dpc.index(a, i)

    slopes = dpc.grad(read, branches="soft")(ROW, 1.3)
    np.testing.assert_allclose(slopes, [0.0, 0.7, 0.3, 0.0])


def test_an_index_is_learned():
    signal = np.sin(np.linspace(0.0, 3.0, 20))

    def loss(i: float):
        return (dpc.index(signal, i) - signal[13]) ** 2

    step = dpc.value_and_grad(loss, branches="soft")
    i = 11.0
    for _ in range(300):
        _, slope = step(i)
        i -= 20 * slope
    assert abs(i - 13.0) < 1e-2
    assert dpc.grad(loss, branches="hard")(11.0) == 0.0
