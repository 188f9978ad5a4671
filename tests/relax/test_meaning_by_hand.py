"""The value of relaxed programs written by hand, beside what they mean."""

import inspect
import math

import numpy as np
import pytest

import dpc
from tests.compiled import compiled
from tests.relax import test_values
from tests.relax.comparing import assert_same, some
from tests.relax.meaning import meaning


def views_and_rows(x: float):
    a = np.array([[x, 1.0, 2.0], [3.0, x * x, 5.0]])
    row, column = a[1], a[:, 1]
    if x > 0.2:
        row[1] = 7 * x
        row[2] += x
    else:
        column *= 3.0
        a = 2 * a
    return row.sum() * column[0] + column[1] + a[0, 0]


def swapped_through_a_view(x: float):
    a = np.array([x, 2 * x, 1.0])
    first = a[:2]
    for i in range(2):
        if a[i] < a[i + 1] + x:
            a[i], a[i + 1] = a[i + 1], a[i]
    return first[0] + 10 * first[1] + 100 * a[2]


def survivors(x: float):
    a = [x, 1.0]
    b = 3 * x
    if x > 0.1:
        a[0] = 100.0
        b = 50 * x
        return a[0] * x
    a[1] = a[0] + b
    return a[0] + a[1] + b


def connected(x: float):
    y = 1.0
    if (x > 0 and not x * x > 0.5) or 0.1 < x < 0.4 < 2 * x:
        y = 3 * x
    return y


def named(x: float):
    warm = x > 0.2
    cold = not warm and x > -1
    if cold:
        y = 2 * x
    else:
        y = 5.0 if warm else 7 * x
    return y + (1.0 if warm else 0.0)


def chosen_flag(x: float):
    flag = x > 0.5
    if x > 0:
        flag = x < 0.3
    return x if flag else 10 * x


def many(x: float):
    v = [0.1, 0.5 * x, 0.7]
    y = x * x if all(e < x for e in v) else 3 * x
    if any(e > 2 * x for e in v):
        y = y + 1
    return y


def declared(x: float):
    y = 1.0
    if dpc.hard(x > 0.1):
        y = 2.0
    if dpc.soft(x > 0.3, 0.1):
        y = y * x
    if dpc.prob(0.3 + 0.1 * x):
        y = y + x
    with dpc.temperature(2.0):
        if x > 0:
            y = y * 3
    return y


def fails(x: float):
    y = math.log(x) if x > 0 else 0.5
    if x > 0.05:
        z = math.sqrt(x)
    else:
        z = 3 * y
    return y * z


def of_no_difference(x: float):
    a = 1.0
    c = (2.0, x)
    if a < c[0]:
        a = x
    if a < c[0]:
        a = 3 * a
    return a


def helper(values, x):
    if x > 0.4:
        values[0] = 10.0
        return x
    values[1] = values[0]
    if values[0] > x:
        values = [5.0, 5.0]
    return values[1]


def called(x: float):
    values = [x, 2.0]
    y = helper(values, x)
    return y + values[0] * values[1]


def learned(x: float, n: float):
    v = np.array([x, 1.0])
    for k in dpc.range(n):
        x = 0.5 * x + k
        v[1] *= 2
    return x * v[1]


def hard_exits(x: float):
    y = x
    for i in range(4):
        if y > 0.7:
            y = y - 0.1
            continue
        y = y + 0.3 if x > 0 else y + 0.4
        if y > 1.1:
            break
    return y


ALONE = [
    views_and_rows,
    swapped_through_a_view,
    survivors,
    connected,
    named,
    chosen_flag,
    many,
    declared,
    fails,
    of_no_difference,
    called,
    hard_exits,
]


@pytest.mark.parametrize("f", some([(f,) for f in ALONE], 2))
def test_programs_written_by_hand(f):
    assert assert_same(f, (0.3,), ("x",), 0.5)
    assert assert_same(f, (-0.35,), ("x",), 0.5, forms=False)


@pytest.mark.parametrize("n", [0.0, 0.3, 2.0, 3.75])
def test_learned_lengths(n):
    assert assert_same(learned, (0.7, n), ("x", "n"), 0.5, forms=False)


ROWS = [row[:4] for row in test_values.ROWS if row[3] != "t"]


@pytest.mark.parametrize(("f", "args", "wrt", "t"), ROWS)
def test_the_interpreter_hits_the_values_to_hit(f, args, wrt, t):
    wanted = next(row[4] for row in test_values.ROWS if row[:2] == (f, args))
    names = tuple(inspect.signature(f).parameters)
    assert meaning(f, names, t)(*args) == pytest.approx(wanted, abs=6e-7)


# Ways that part: what follows a branch is for those that have not left it.


def returned(x: float, y: float):
    b = y
    if x > 0.2:
        b = 3 * x
        if y > 0.7:
            return b
    b = 2 * b
    return b


def skipped(x: float, y: float):
    b = y
    for _ in range(1):
        if x > 0.2:
            b = 3 * x
            if y > 0.7:
                continue
        b = 2 * b
    return b


def spelled_out(x: float, y: float):
    b = y
    if x > 0.2:
        b = 3 * x
        if y <= 0.7:
            b = 2 * b
    else:
        b = 2 * b
    return b


def returned_from_a_loop(x: float, y: float):
    if y > 0.3:
        for _ in range(2):
            if x < 0.1:
                return y
            x = x * 0.8
    return x


def broken_where_all_ends(x: float, y: float):
    for _ in range(1):
        for _ in range(2):
            y = y * 1.78
            if y > x:
                break
        else:
            if y < 2 * x:
                break
    return y


@pytest.mark.parametrize("f", [spelled_out, returned, skipped])
def test_what_follows_a_branch_is_for_those_that_are_left(f):
    assert meaning(f, ("x", "y"), 0.3)(0.4, 0.5) == pytest.approx(1.6560700483906703)
    assert assert_same(f, (0.4, 0.5), ("x", "y"), 0.3)


@pytest.mark.parametrize("f", [returned_from_a_loop, broken_where_all_ends])
def test_what_follows_a_soft_loop_is_for_those_that_are_left(f):
    assert assert_same(f, (0.4, 0.5), ("x", "y"), 0.3, 1e-5, loops="soft")


def returned_in_a_branch(x: float, c: float):
    a = x
    if x > 0.2:
        while a > c:
            a = a * 0.8
            if a < x * 0.7:
                return 10 * a
        a = a + 1
    return a * a


def returned_last_in_a_branch(x: float, c: float):
    a = x
    if x > 0.3:
        for _ in range(3):
            a = a * 1.1
            if a > c:
                return a
    else:
        a = 2 * a
    return a * a


def written_before_a_return(x: float, c: float):
    v = np.array([x, 1.0, c])
    for _ in range(3):
        if x > c:
            return 3 * x
        v[1] += x
    return v[1] * v[0]


def written_around_a_return(x: float, c: float):
    v, a = np.array([x, 1.0, c]), x
    for _ in range(3):
        if x > 2 * c:
            break
        v[2] = a
        for _ in range(2):
            if c <= a:
                return x * v[2]
            a -= math.sin(c)
        v[1] *= a
    return a * c + v[0] * v[1] + v[2]


def returned_by_one_loop_or_the_next(x: float, c: float):
    a = x
    while x > c:
        return 2 * c
    else:
        a = a * 1.61
    for _ in range(2):
        if a >= 0.3:
            return a
    return c


@pytest.mark.parametrize(
    "f",
    [
        returned_by_one_loop_or_the_next,
        returned_in_a_branch,
        returned_last_in_a_branch,
        written_before_a_return,
        written_around_a_return,
    ],
)
@pytest.mark.parametrize("args", [(1.1, 0.6), (0.4, 0.85), (-0.9, -0.1)])
def test_what_a_soft_loop_returns_is_not_in_what_goes_on(f, args):
    assert assert_same(f, args, ("x", "c"), 0.4, 1e-5, loops="soft")
    cold = compiled(dpc.soften, f, wrt="x", temperature=0.0, loops="soft")
    assert cold(*args) == f(*args)
    options = {"wrt": ("x", "c"), "temperature": 0.4, "loops": "soft"}
    assert dpc.check_grad(compiled(dpc.grad, f, **options), *args) < 1e-6
