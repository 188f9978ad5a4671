"""Iterators without an end beside those that have one, and alone."""

import itertools

import numpy as np
import pytest

import dpc


def counted(x: float, ys):
    s = 0.0
    for i, v in zip(itertools.count(), ys):
        s = s + x * i * v
    return s


def counted_from_one(x: float, ys):
    return sum(x * x * i * v for v, i in zip(ys, itertools.count(1)))


def counted_by_two(x: float, ys):
    s = x
    for k, i, j in zip(range(len(ys)), itertools.count(3, 2), itertools.count(len(ys))):
        s = s * (x + i * ys[k]) - j
    return s


def repeated(x: float, ys):
    return sum([v * c for v, c in zip(ys, itertools.repeat(x * x))])


def alternating(x: float, ys):
    s = 0.0
    for i, c in zip(range(7), itertools.cycle([1.0, -x, x * x])):
        s = s + c * i * x + len(ys)
    return s


def two_counts(x: float, ys):
    s = 0.0
    for i, j, v in zip(itertools.count(), itertools.count(), ys):
        s = s + x * i * j * v
    return s


def walked_twice(x: float, ys):
    count, s = itertools.count(), 0.0
    for i, v in zip(count, ys):
        s = s + x * i * v
    for v, i in zip(ys, count):
        s = s + x * x * i * v
    return s


def left(x: float, ys):
    s = x
    for i in itertools.count(1):
        if i * s > 10:
            break
        s = s * s + ys[0]
    return s


PROGRAMS = [
    counted,
    counted_from_one,
    counted_by_two,
    repeated,
    alternating,
    two_counts,
    walked_twice,
    left,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_the_gradient_is_right(f):
    ys = [1.5, -0.5, 2.0]
    value, slope = dpc.value_and_grad(f, branches="hard")(1.3, ys)
    assert value == pytest.approx(f(1.3, ys))
    h = 1e-6
    difference = (f(1.3 + h, ys) - f(1.3 - h, ys)) / (2 * h)
    assert slope == pytest.approx(difference, rel=1e-7)
    generic = dpc.grad(f, branches="hard").generic
    assert generic(1.3, ys) == pytest.approx(slope)
    assert dpc.jvp(f, (1.3, ys), (1.0, None))[1] == pytest.approx(slope)


def test_a_count_from_zero_is_the_index():
    source = dpc.grad(counted).specialize(1.3, [1.0, 2.0]).source
    assert "itertools" not in source


def test_a_list_without_an_end_is_refused():
    def f(x):
        s = 0.0
        for i, c in zip(range(4), itertools.count(0.5)):
            s = s + x * c * i
        return s

    with pytest.raises(dpc.UnsupportedError, match="without an end"):
        dpc.grad(f)(1.0)


def endless_search(x: float):
    return x if any(x > 0.5 * i for i in itertools.count()) else 2 * x


def searched_beside(x: float):
    pairs = zip(itertools.count(), np.array([1.0, 2.0]))
    return x if any(x > i * v for i, v in pairs) else x * x


def test_a_search_among_some_of_a_count_is_relaxed():
    assert dpc.check_grad(searched_beside, 0.3) < 1e-6


def test_a_search_without_an_end_is_exact():
    assert dpc.grad(endless_search, branches="hard")(0.3) == 1.0
