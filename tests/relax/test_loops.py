"""Soft loops: the mixture of the states in which a loop can be left."""

import inspect
import warnings

import numpy as np
import pytest

import dpc


def counted(b: float):
    x = 0
    while x < b:
        x += 1
    return x


def searched(c: float):
    s = 0
    for i in range(4):
        if s > c:
            break
        s += 1
    return s


@pytest.mark.parametrize("form", ["specialised", "generic"])
@pytest.mark.parametrize("steps", [12, 60, 1000])
def test_a_loop_that_counts_does_not_depend_on_its_bound(steps, form):
    derivative = dpc.value_and_grad(
        counted, branches="soft", loops="soft", temperature=0.5, max_steps=steps
    )
    found = (derivative if form == "specialised" else derivative.generic)(2.5)
    np.testing.assert_allclose(found, (2.826148, 0.990617), atol=6e-7)


@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_a_loop_that_is_left(form):
    derivative = dpc.value_and_grad(
        searched, branches="soft", loops="soft", temperature=0.25
    )
    found = (derivative if form == "specialised" else derivative.generic)(1.5)
    np.testing.assert_allclose(found, (1.981140, 0.859535), atol=6e-7)


def left_or_else(c: float, x: float):
    s = 0.0
    for i in range(4):
        if s > c:
            s += c
            continue
        s += x
        if s > 3 * c:
            s = -s
            break
    else:
        s += 10 * i
    return s


def broken_inside_a_branch(c: float, x: float):
    for i in range(4):
        if x > c:
            x += 2
            if x > 2 * c:
                break
        x += 1
    return x


def returned_from_two_loops(c: float, x: float):
    for _ in range(4):
        for _ in range(3):
            x += c
            if x > 3:
                return x
        x -= 1
        if x > 2:
            break
    else:
        return c
    return 5 * x


def two_ways_out(c: float, x: float):
    n = 0
    while x > c:
        x = x * 0.5
        if x < 0.1:
            break
        n += 1
    else:
        x = 7 * x
    return x * n


def endless(c: float, x: float):
    while True:
        x = x * 0.9
        if x < c:
            return x
        if x < 2 * c:
            break
    return 2 * x


def hard_and_soft(c: float, x: float):
    i = 0
    while x > c:
        x = x * 0.5
        if x < 0.1 or i > 5:
            break
        if x > 3:
            i = i + 1
            continue
        i += 2
    return x * i


def flagged(c: float, x: float):
    going = x < c
    while going:
        x = x + 0.5
        going = x < c
    return x


def both_tests(c: float, x: float):
    n = 0
    while x > c and n < 3:
        x *= 0.7
        n += 1
    return x + n


def returned_early(c: float, x: float):
    for _ in range(2):
        if x > c:
            c = 2 * c
            return c
        while x < c:
            return x * c
    return x


def bubble_sorted(v, w):
    v = v.copy()
    swapped = True
    while swapped:
        swapped = False
        for i in range(len(v) - 1):
            if v[i] > v[i + 1]:
                v[i], v[i + 1] = v[i + 1], v[i]
                swapped = True
    return v @ w


def written_in_place(c: float, v):
    v = v.copy()
    for i in range(len(v)):
        if v[i] > c:
            v[0] = 5 * v[i]
            break
        v[i] *= 2
    return v[0] * v[1] + v[2]


def walked(c: float, v):
    total = 0.0
    position = 0
    while v[position] < c:
        total = total + v[position] * position
        position += 1
    return total


V, W = np.array([0.3, -0.2, 0.5, 0.1]), np.array([1.0, -2.0, 0.5, 3.0])


def never_returned(a: float, y: float):
    while a > y:
        a = a * 0.8
        while a > 1.2 * y:
            a = a * 0.9
            if 1.5 < 0.5:
                return a * y
    return a


PROGRAMS = [
    (never_returned, (1.3, 1.0)),
    (left_or_else, (1.1, 0.9)),
    (broken_inside_a_branch, (1.2, 0.3)),
    (returned_from_two_loops, (0.3, 0.8)),
    (two_ways_out, (0.3, 2.0)),
    (endless, (0.4, 1.3)),
    (hard_and_soft, (0.3, 5.0)),
    (flagged, (2.0, 0.3)),
    (both_tests, (0.6, 2.0)),
    (returned_early, (0.7, 0.4)),
    (bubble_sorted, (V, W)),
    (written_in_place, (0.4, V)),
    (walked, (0.9, np.array([0.1, 0.6, 4.9, 30.0, 50.0]))),
]


def flat(parts):
    return np.concatenate([np.ravel(part) for part in parts])


def differences(f, args, h=1e-6):
    found = []
    for position, part in enumerate(args):
        for index in np.ndindex(np.shape(part)):
            ends = []
            for step in (h, -h):
                moved = np.array(part, dtype=float)
                moved[index] += step
                given = list(args)
                given[position] = moved if np.ndim(part) else float(moved)
                ends.append(f(*given))
            found.append((ends[0] - ends[1]) / (2 * h))
    return np.array(found)


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_the_adjoint_is_that_of_the_mixture(f, args):
    names = tuple(inspect.signature(f).parameters)
    derivative = dpc.value_and_grad(
        f, wrt=names, branches="soft", loops="soft", temperature=0.3
    )
    value, gradient = derivative(*args)
    again, same = derivative.generic(*args)
    expected = differences(lambda *given: derivative(*given)[0], args)
    np.testing.assert_allclose(flat(gradient), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(flat(same), flat(gradient), rtol=1e-12)
    assert again == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_without_temperature_a_loop_is_hard_to_the_bit(f, args):
    names = tuple(inspect.signature(f).parameters)
    soft = dpc.value_and_grad(
        f, wrt=names, branches="soft", loops="soft", temperature=0.0
    )
    hard = dpc.value_and_grad(f, wrt=names, branches="hard")
    assert soft(*args)[0] == hard(*args)[0] == f(*args)
    np.testing.assert_array_equal(flat(soft(*args)[1]), flat(hard(*args)[1]))


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_cold_loops_come_near_the_hard_ones(f, args):
    names = tuple(inspect.signature(f).parameters)
    soft = dpc.value_and_grad(
        f, wrt=names, branches="soft", loops="soft", temperature=0.002
    )
    assert soft(*args)[0] == pytest.approx(f(*args), abs=1e-6)


def shrinking(x: float):
    while x > 1:
        x = 0.9 * x
    return x


def test_a_loop_with_most_of_its_weight_left_is_an_error():
    derivative = dpc.grad(
        shrinking, branches="soft", loops="soft", temperature=0.1, max_steps=5
    )
    with pytest.raises(dpc.MaxStepsError, match=r"while x > 1:.* max_steps=5"):
        derivative(10.0)


def test_a_loop_with_some_of_its_weight_left_warns_once():
    derivative = dpc.grad(
        shrinking, branches="soft", loops="soft", temperature=1.0, max_steps=5
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        for _ in range(3):
            derivative(1.5)
    assert [str(w.message).startswith("`while x > 1:` is cut") for w in said] == [True]


def appended(x: float):
    found = []
    while x > 1:
        found.append(x)
        x = 0.5 * x
    return x + found[0]


def test_a_loop_whose_effects_have_no_mean_stays_hard():
    soft = dpc.value_and_grad(appended, branches="soft", loops="soft")
    assert soft(3.0) == (appended(3.0), 1.25)
    assert "the loop stays hard: it calls method.append" in soft.report


def test_hard_branches_leave_loops_as_they_are():
    derivative = dpc.value_and_grad(shrinking, branches="hard", loops="soft")
    assert derivative(1.1) == (0.9 * 1.1, 0.9)


def returned_squared(c: float, x: float):
    for _ in range(4):
        for _ in range(3):
            x += c
            if x > 3:
                return x * x
        x -= 1
    return 5 * x


def returned_squared_by_hand(c, x, t):
    total, left = 0.0, 1.0
    for _ in range(4):
        inside = 1.0
        for _ in range(3):
            x += c
            p = 1 / (1 + np.exp((3 - x) / t))
            total += left * inside * p * x * x
            inside *= 1 - p
        left *= inside
        x -= 1
    return total + left * 5 * x


def test_what_two_loops_return_is_weighed_by_both():
    soft = dpc.value_and_grad(
        returned_squared, branches="soft", loops="soft", temperature=0.7
    )
    by_hand = returned_squared_by_hand(0.9, 0.8, 0.7)
    assert soft(0.9, 0.8)[0] == pytest.approx(by_hand, rel=1e-5)
