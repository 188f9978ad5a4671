"""Tests and loops that differ from row to row, draws, and what is refused."""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def each(f, *columns):
    """The results of the rows, stacked."""
    return np.stack([f(*row) for row in zip(*columns, strict=True)])


@dataclass
class Particle:
    position: object
    mass: float


# Tests and loops


def collatz(n):
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


def newton(x):
    guess = x
    for k in range(50):
        new = 0.5 * (guess + x / guess)
        if abs(new - guess) < 1e-12:
            return new + k * 0.0
        guess = new
    return guess


def skipped(x):
    total = 0.0
    for value in x:
        if value < 0:
            continue
        if value > 1.5:
            break
        total += np.sqrt(value)
    else:
        total = total * 2
    return total


def some_of(x, n):
    total = 0.0
    for i in range(n):
        total += x[i]
    return total


def backwards(x, n):
    total = 0.0
    for i in range(n, -1, -2):
        total = total * 0.5 + x[i]
    return total


def stored(x):
    y = np.zeros(3)
    i = 0
    while i < 3 and x[i] > -0.5:
        y[i] = np.log(x[i] + 0.5)
        y[i] += 1.0
        i += 1
    return y


def nested(x):
    count, total = 0, 0.0
    for i in range(3):
        j = i
        while j < 3:
            if x[i] * x[j] > 0.3:
                break
            total += x[j]
            j += 1
        if total > 1:
            return total
        count += j
    return total - count


def looked_up(table, k):
    return table[k] + table[k - 1, 0]


COLUMNS = normal(7, 3, seed=3)
COUNTS = np.array([0, 1, 3, 2, 2, 0, 3])


@pytest.mark.parametrize(
    "f, columns",
    [
        (collatz, (np.array([1, 6, 7, 27]),)),
        (newton, (np.array([4.0, 2.0, 1.0, 1e-4]),)),
        (skipped, (COLUMNS,)),
        (some_of, (COLUMNS, COUNTS)),
        (backwards, (COLUMNS, np.minimum(COUNTS, 2))),
        (stored, (COLUMNS,)),
        (nested, (COLUMNS,)),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_control_flow(f, columns):
    with np.errstate(all="raise"):
        expected = each(f, *map(np.copy, columns))
        np.testing.assert_allclose(dpc.batch(f)(*columns), expected, 1e-12)


def returned_in_one_branch(x, n: int):
    for k in range(3):
        if k == n:
            if x[1] <= 0:
                return x[0] * 2
        else:
            x = x * 1.5
    return x[0]


def returned_in_one_of_two_tests(x, n: int):
    if x[1] > 0:
        if n > 1:
            return x * 2
        if n > 0:
            return x[::-1]
    return x + 1


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("f", [returned_in_one_branch, returned_in_one_of_two_tests])
def test_what_only_one_branch_leaves_under_a_test_that_differs(f, n):
    """Where all rows take the other branch it is still selected from."""
    x = np.array([[1.0, -1.0], [2.0, 3.0], [3.0, -2.0]])
    found = dpc.batch(f, in_axes=(0, None))(x, n)
    np.testing.assert_array_equal(found, np.stack([f(row, n) for row in x]))


def list_of_each_round(x, b: float):
    for _ in range(2):
        parts = [abs(b)]
        for _ in range(3):
            parts.append(np.sum(x) * 0.3)
        for _ in range(2):
            x[1] *= np.sin(parts[-1])
    return np.sum(x)


def test_shadows_of_lists_that_come_off_a_tape():
    gradient = dpc.grad(list_of_each_round, wrt=(0, 1), branches="hard")
    x, b = normal(4, 2), normal(4)
    rows = [gradient(row.copy(), float(c)) for row, c in zip(x, b, strict=True)]
    found = dpc.batch(gradient)(x.copy(), b)
    for place in (0, 1):
        np.testing.assert_allclose(found[place], np.stack([r[place] for r in rows]))


def test_a_table_that_all_rows_share():
    table, k = normal(5, 2), np.array([4, 1, 1])
    found = dpc.batch(looked_up, in_axes=(None, 0))(table, k)
    np.testing.assert_array_equal(found, each(lambda i: looked_up(table, i), k))


def test_rows_that_have_left_do_not_warn():
    def shrink(x):
        while x > 0.5:
            x = x - np.log(x + 1)
        return x

    x = np.array([-3.0, 0.6, 40.0])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(dpc.batch(shrink)(x), each(shrink, x))


# Draws


def noisy(x):
    return x + np.random.normal(size=2)


def test_draws_are_one_a_row_in_the_order_of_rows():
    x = normal(4)
    np.random.seed(7)
    expected = each(noisy, x)
    np.random.seed(7)
    np.testing.assert_array_equal(dpc.batch(noisy)(x), expected)


def with_generator(x, rng):
    return x * rng.uniform(0.5, 1.5) + rng.integers(3)


def test_draws_from_a_generator_that_is_given():
    x = normal(4)
    found = dpc.batch(with_generator, in_axes=(0, None))(x, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    uniform, whole = rng.uniform(0.5, 1.5, size=4), rng.integers(3, size=4)
    np.testing.assert_array_equal(found, x * uniform + whole)


def own_generator(x):
    rng = np.random.default_rng(3)
    return x + rng.normal()


def test_a_generator_of_its_own_draws_the_same_for_all():
    x = normal(4)
    np.testing.assert_array_equal(dpc.batch(own_generator)(x), each(own_generator, x))


# Refusals


def appends(x):
    kept = []
    if x > 0:
        kept.append(x)
    return kept


def raises(x):
    if x < 0:
        raise ValueError("negative")
    return np.sqrt(x)


def prints(x):
    if x > 0:
        print("positive")
    return x


def writes_an_object(x, p):
    if x > 0:
        p.mass = x
    return x


def recursive(n):
    return 1.0 if n < 1 else n * recursive(n - 1)


def slices(x, n):
    return np.sum(x[:n])


def selects(x):
    return np.sum(x[x > 0])


@pytest.mark.parametrize(
    "f, args, text",
    [
        (appends, (normal(3),), "a list grows or shrinks in some rows"),
        (raises, (normal(3),), "ValueError` happens for some rows"),
        (prints, (normal(3),), "printed for some rows and not for others"),
        (writes_an_object, (normal(3), Particle(1.0, 2.0)), "an object is written"),
        (recursive, (np.arange(3),), "recursion has to become a loop"),
        (slices, (normal(3, 4), np.arange(3)), "the length of a slice differs"),
        (selects, (normal(3, 4),), "a different number of elements in each row"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_differs_by_row_and_cannot(f, args, text):
    axes = (0, None) if f is writes_an_object else 0
    with pytest.raises(dpc.UnsupportedError, match=text) as caught:
        dpc.batch(f, in_axes=axes)(*args)
    assert caught.value.diagnostic.span is not None
