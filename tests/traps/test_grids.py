"""Loops over the places of a grid: `itertools.product` and its like, `np.ndindex`."""

import itertools

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

GRID = np.array([[0.5, -1.2, 0.7], [1.1, 0.4, -0.3]])


def over_a_product(x):
    total = 0.0
    for i, j in itertools.product(range(x.shape[0]), range(x.shape[1])):
        total += x[i, j] ** 2 * (i + 1) * x[i - 1, j]
    return total


def over_sizes(x):
    total = 0.0
    for i, j in np.ndindex(x.shape[0], x.shape[1]):
        total += x[i, j] ** 2 * (j + 1)
    return total


def over_a_shape(x):
    total = 0.0
    for place in np.ndindex(x.shape):
        total += x[place] ** 2 * (place[0] + 1)
    return total


def over_a_starred_shape(x):
    total = 0.0
    for place in np.ndindex(*x.shape):
        total += x[place] ** 3 * (place[-1] + 1)
    return total


def over_one_axis(x):
    total = 0.0
    for (k,) in np.ndindex(3):
        total += x[0, k] ** 2 * x[1, k]
    return total


def over_elements(x):
    total = 0.0
    for (i, j), v in np.ndenumerate(x):
        total += v**2 * (i + 1) * x[0, j]
    return total


def over_elements_that_are_stored(x):
    y = x * x
    for place, v in np.ndenumerate(x):
        y[place] = v * y[0, 0] * (place[0] + 1)
    return np.sum(y**2)


def over_a_cube(x):
    total = 0.0
    for i, j, k in itertools.product(range(2), repeat=3):
        total += x[i, j] * x[j, k] * (i + 2 * k)
    return total


def with_break_and_else(x):
    total = 0.0
    for i, j in np.ndindex(2, 3):
        if x[i, j] > 1.0:
            break
        total += x[i, j] ** 2
    else:
        total = total * 10.0
    for i, j in np.ndindex(2, 3):
        if x[i, j] > 5.0:
            break
        total += x[i, j] ** 3
    else:
        total = total * x[i, j]
    return total


def with_continue(x):
    total = 0.0
    for i, j in itertools.product(range(2), range(3)):
        if i == j:
            continue
        total += x[i, j] ** 2 * total + x[i, j]
    return total


def returns_from_within(x):
    for i, j in itertools.product(range(2), range(3)):
        if x[i, j] > 1.0:
            return x[i, j] ** 2 * x[i - 1, j]
    return x[0, 0]


def where_an_axis_is_empty(x):
    i = j = 1
    total = x[0, 0]
    for i, j in itertools.product(range(2), range(0)):
        total += x[i, j] ** 2
    return total * x[i, j]


def where_the_bound_is_bound_again(x):
    n, total = 3, 0.0
    for i, j in itertools.product(range(2), range(n)):
        n = 1
        total += n * x[i, j] ** 2
    return total


def in_a_comprehension(x):
    parts = [x[i, j] * x[i, 0] for i, j in np.ndindex(2, 3) if i <= j]
    return sum(v**2 for v in parts)


def in_a_sum(x):
    return sum(x[i, j] ** 2 * i for i, j in itertools.product(range(2), range(3)))


def any_within(x):
    found = any(x[i, j] > 1.0 for i, j in np.ndindex(2, 3))
    return x[0, 0] ** 2 if found else x[0, 1]


def counted(x):
    total = 0.0
    for k, (i, j) in enumerate(itertools.product(range(2), range(3))):
        total += x[i, j] ** 2 * k
    return total


def beside_others(x):
    total = 0.0
    for (i, j), weight in zip(np.ndindex(2, 3), x[::-1].reshape(-1)):
        total += x[i, j] ** 2 * weight
    return total


def elements_beside_others(x):
    total = 0.0
    for (_, v), weight in zip(np.ndenumerate(x), (1.0, 2.0, 3.0)):
        total += v**2 * weight
    return total


def as_a_list(x):
    places = list(itertools.product(range(2), range(3)))
    total = 0.0
    for i, j in places[1:]:
        total += x[i, j] ** 2 * len(places)
    return total


def first_place(x):
    i, j = next((i, j) for i, j in np.ndindex(2, 3) if x[i, j] > 0.6)
    return x[i, j] ** 2


def of_elements_that_are_written(x):
    y = x[0] * 1
    total = 0.0
    for a, b in itertools.product(y, y):
        y[0] = 5.0
        total += a * b
    return total


def over_pairs(x):
    total = 0.0
    for i, j in itertools.combinations(range(3), 2):
        total += (x[0, i] - x[0, j]) ** 2 * x[1, i]
    return total


def over_triples(x):
    return sum(
        x[0, i] * x[1, j] * x[0, k] ** 2
        for i, j, k in itertools.combinations_with_replacement(range(1, 3), 3)
    )


def over_pairs_of_elements(x):
    total = 0.0
    for a, b in itertools.combinations(x[0], 2):
        if a > b:
            continue
        total += (a - b) ** 2 * a
    return total


def over_pairs_of_rows(x):
    total = 0.0
    for a, b in itertools.combinations(x, 2):
        total += np.sum((a - b) ** 2 * a)
    return total


def over_products_of_elements(x):
    total = 0.0
    for a, b in itertools.product(x[0], x[1]):
        total += a * b**2
    return total


def over_products_of_a_list(x):
    pairs = [x[0, 0] * 2, x[1, 1]]
    return sum(a * b**2 * k for a, b, k in itertools.product(pairs, x[0], range(2)))


def over_rows_that_are_written(x):
    y = x * x
    total = 0.0
    for a, b in itertools.product(y, (1.0, 2.0)):
        a *= b
        total += np.sum(a * y[0])
    return total


def numbered_pairs(x):
    total = 0.0
    for k, (i, j) in enumerate(itertools.combinations(range(3), 2)):
        total += x[0, i] * x[1, j] ** 2 * k
    return total


PROGRAMS = [
    over_pairs,
    over_triples,
    over_pairs_of_elements,
    over_pairs_of_rows,
    over_products_of_elements,
    over_products_of_a_list,
    over_rows_that_are_written,
    numbered_pairs,
    of_elements_that_are_written,
    over_a_product,
    over_sizes,
    over_a_shape,
    over_a_starred_shape,
    over_one_axis,
    over_elements,
    over_elements_that_are_stored,
    over_a_cube,
    with_break_and_else,
    with_continue,
    returns_from_within,
    where_an_axis_is_empty,
    where_the_bound_is_bound_again,
    in_a_comprehension,
    in_a_sum,
    any_within,
    counted,
    beside_others,
    elements_beside_others,
    as_a_list,
    first_place,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_grid_is_walked_as_python_does(program) -> None:
    assert_right(program, GRID)
    assert_modes_agree(program, GRID)


@pytest.mark.parametrize(
    "program", [over_a_product, over_sizes, over_elements, over_pairs]
)
def test_it_is_written_as_nested_loops(program) -> None:
    source = dpc.grad(program).specialize(GRID).source
    assert "runtime" not in source
    assert "for i in reversed(range(" in source
    assert "for j in reversed(range(" in source
