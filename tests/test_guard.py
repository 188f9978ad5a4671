"""Which sizes a variant serves: ones, equal ones, and multiples."""

import numpy as np
import pytest

import dpc
from dpc.guard import Guard
from dpc.ir.symbols import Symbols, multiples
from dpc.signature import LONG, signature


def shaped(*shape):
    return np.ones(shape)


@pytest.mark.parametrize(
    ("compiled", "called", "holds"),
    [
        ([(3, 4)], [(3, 4)], True),
        ([(3, 4)], [(30, 40)], True),
        ([(3, 4)], [(3, 3)], True),  # more sizes are equal than it knows of
        ([(3, 3)], [(3, 4)], False),
        ([(3, 4), (4,)], [(5, 6), (6,)], True),
        ([(3, 4), (4,)], [(5, 6), (5,)], False),
        ([(3, 4), (4,)], [(5, 5), (5,)], True),
        ([(3, 4)], [(1, 4)], False),
        ([(1, 4)], [(3, 4)], False),
        ([(1, 4)], [(1, 5)], True),
        ([(1, 4)], [(1, 1)], False),
        ([(1, 1)], [(1, 1)], True),
        ([()], [()], True),
        ([(3,)], [(0,)], True),
        ([(0, 3)], [(5, 5)], True),
        ([(0, 0)], [(0, 5)], False),
    ],
)
def test_a_guard_admits_what_its_symbols_describe(compiled, called, holds):
    arrays = [np.empty(shape) for shape in compiled]
    guard = Guard(signature(arrays)[1])
    assert guard.admits(signature([np.empty(shape) for shape in called])[1]) is holds
    assert guard.admits(signature(arrays)[1])
    assert guard.admits(signature([np.empty(shape) for shape in called])[1]) is holds


def test_what_a_guard_admits_has_the_facts_it_was_made_for():
    """Any facts of the call are at least as strong as those of the variant."""
    rng = np.random.default_rng(0)
    admitted = 0
    for _ in range(2000):
        one, other = rng.integers(0, 4, (2, 4))
        args = [[shaped(*one[:2]), {"a": shaped(*one[2:])}]]
        call = [[shaped(*other[:2]), {"a": shaped(*other[2:])}]]
        same = all(
            (one[i] != one[j] or other[i] == other[j])
            and (one[i] == 1) == (other[i] == 1)
            for i in range(4)
            for j in range(4)
        )
        assert Guard(signature(args)[1]).admits(signature(call)[1]) is same
        admitted += same
    assert 20 < admitted < 1000


def test_sizes_in_long_lists_are_not_guarded():
    guard = Guard(signature(([shaped(2)] * (LONG + 1),))[1])
    assert guard.admits(signature(([shaped(1), shaped(3)] * LONG,))[1])


def test_a_new_batch_length_adds_at_most_one_variant():
    """Weights of 5 by 3, batches of many lengths, 5 among them."""
    guards = []
    for batch in (5, 2, 7, 5, 3, 8, 20):
        args = (shaped(5, 3), shaped(batch, 5))
        if not any(guard.admits(signature(args)[1]) for guard in guards):
            guards.append(Guard(signature(args)[1]))
    assert len(guards) == 2
    alone = signature((shaped(5, 3), shaped(1, 5)))[1]
    assert not any(guard.admits(alone) for guard in guards)


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(5, 16), (4, 16), (4,)], {16: (4, 4)}),
        ([(3, 6), (12,)], {6: (3, 2), 12: (3, 4)}),
        ([(7, 63), (7, 7)], {}),  # nine times
        ([(2, 16), (128,)], {16: (2, 8), 128: (2, 64)}),
        ([(0, 3), (6,)], {6: (3, 2)}),
        ([(1, 3)], {}),
        ([(6,), (120,), (360,)], {360: (120, 3)}),
    ],
)
def test_multiples_are_of_the_largest_part(shapes, expected):
    assert multiples(shapes) == expected
    symbols = Symbols(multiples=expected)
    for size, (base, times) in expected.items():
        assert symbols.dim(size) == f"{times}*{symbols.dim(base)}"


def test_a_guard_admits_the_multiples_it_was_made_for():
    guard = Guard(((5, 12), (4,)), multiples={12: (4, 3)})
    assert guard.admits(((7, 6), (2,)))
    assert guard.admits(((2, 0), (0,)))
    for other in (((5, 12), (3,)), ((5, 13), (4,)), ((5, 3), (1,)), ((1, 12), (4,))):
        assert not guard.admits(other)


def test_what_once_was_no_multiple_is_none():
    weights = [(3, 12), (4, 12)]
    assert multiples([(8, 3), *weights]) == {8: (4, 2), 12: (4, 3)}
    assert multiples([(8, 3), *weights], [[(9, 3), *weights]]) == {12: (4, 3)}


@dpc.grad(branches="hard")
def gated(u, x, h):
    """A state of `n` gates that `u` gives two each."""
    n = h.shape[1]
    a = x @ u
    return np.sum(a[:, :n] * np.tanh(a[:, n:] * h))


def gated_by_hand(u, x, h):
    n = h.shape[1]
    a = x @ u
    tanh = np.tanh(a[:, n:] * h)
    rest = a[:, :n] * (1 - tanh**2) * h
    return x.T @ np.concatenate([tanh, rest], axis=1)


def test_multiples_spare_sums_over_axes():
    rng = np.random.default_rng(0)

    def args(batch, units, inputs=3):
        sizes = (inputs, 2 * units), (batch, inputs), (batch, units)
        return [rng.normal(size=size) for size in sizes]

    assert "unbroadcast" in gated.source
    assert "unbroadcast" not in gated.specialize(*args(5, 4)).source
    for sizes in ((5, 4), (5, 7), (8, 4), (4, 2), (12, 4), (3, 3), (1, 4), (2, 1)):
        given = args(*sizes)
        np.testing.assert_allclose(gated(*given), gated_by_hand(*given), rtol=1e-12)
    given = args(6, 4)
    given[0] = given[0][:, :5]  # one column of the second gate, for all of `h`
    narrow = gated.specialize(*given)
    assert "unbroadcast" in narrow.source
    assert narrow(*given).shape == (3, 5)


def test_batches_of_any_length_add_few_variants():
    derivative = dpc.grad(gated.primal, branches="hard")
    rng = np.random.default_rng(0)
    used = set()
    for batch in (8, 5, 2, 12, 16, 4, 20, 7, 24, 40):
        given = [rng.normal(size=size) for size in ((3, 8), (batch, 3), (batch, 4))]
        used.add(derivative.specialize(*given))
    assert len(used) <= 3
