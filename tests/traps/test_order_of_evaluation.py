"""What a statement reads before it writes, where a call writes the same memory."""

import numpy as np
import pytest

from tests.along import assert_modes_agree
from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.9])
M = np.array([[0.3, -0.7, 1.9], [0.5, 0.9, -1.1]])


class Gain:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return Gain(self.v + other)

    def __iadd__(self, other):
        self.v = self.v + 3 * other
        return self


class Held:
    """What is kept behind a property and behind a subscript."""

    def __init__(self, a):
        self.a = a

    @property
    def p(self):
        return self.a

    @p.setter
    def p(self, value):
        self.a = value * 2

    def __getitem__(self, i):
        return self.a

    def __setitem__(self, i, value):
        self.a = value


# `a[i] += g()` reads `a[i]` before it calls `g`.


def item_of_a_list(x):
    a = [x[2]]

    def g():
        a[0] = 5.0 * x[1]
        return x[0]

    a[0] += g()
    return a[0] * a[0]


def last_of_a_list_that_grows(x):
    a = [x[0], x[1]]

    def g():
        a.append(x[2])
        return 2.0

    a[-1] *= g()
    return a[0] + 2 * a[1] * a[2]


def item_of_a_dict(x):
    d = {"a": x[0]}

    def g():
        d["a"] = 7 * x[1]
        return x[2]

    d["a"] *= g()
    return d["a"] * x[0]


def attribute(x):
    h = Held(x[0])

    def g():
        h.a = 5.0 * x[1]
        return x[2]

    h.a += g()
    return h.a * x[0]


def list_that_is_replaced(x):
    lists = [[x[0]]]

    def g():
        lists[0] = [x[1]]
        return [x[2]]

    lists[0] += g()
    return lists[0][0] * lists[0][1]


def element(x):
    a = x.copy()

    def g():
        a[0] = 7.0
        return x[0] * x[1]

    a[0] += g()
    return np.sum(a * a)


def element_in_a_loop(x):
    a = np.zeros(2)

    def g(i):
        a[0] = a[0] + x[i]
        return a[0]

    for i in range(3):
        a[0] += g(i)
        a[1] -= g(i)
    return a[0] * a[1]


def picked_elements(x):
    a = x.copy()

    def g():
        a[0] = 7.0 * x[1]
        return x[0]

    a[np.array([0, 1])] += g()
    return np.sum(a * a)


def masked_elements(x):
    a = x.copy()

    def g():
        a[0] = 7.0 * x[1]
        return x[0]

    a[a > 0] += g()
    return np.sum(a * a)


def a_view_sees_what_is_written(x):
    a = x.copy()

    def g():
        a[0] = 7.0 * x[1]
        return x[0]

    a[:2] += g()
    a[...] *= g()
    return np.sum(a * a)


@pytest.mark.parametrize(
    "program",
    [
        item_of_a_list,
        last_of_a_list_that_grows,
        item_of_a_dict,
        attribute,
        list_that_is_replaced,
        element,
        element_in_a_loop,
        picked_elements,
        masked_elements,
        a_view_sees_what_is_written,
    ],
)
def test_the_target_of_an_augmented_assignment_is_read_first(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)


def test_a_row_and_an_element_of_an_array_of_any_rank() -> None:
    def program(x):
        a = x.copy()

        def g(i):
            a[i, 0] = 7.0 * x[1, 1]
            return x[0, 1]

        for i in range(2):
            a[i] *= g(i)
            a[i, 0] += g(i)
        return np.sum(a * a)

    assert_right(program, M)
    assert_modes_agree(program, M)


# What stands at the target decides what its operator does, wherever it stands.


def operator_of_an_item(x: float):
    items = [Gain(x)]
    alias = items[0]
    items[0] += x * x
    return items[0].v * alias.v


def operator_behind_a_subscript(x: float):
    h = Held(Gain(x))
    alias = h.a
    h[0] += x * x
    return h.a.v * alias.v


def operator_of_an_attribute(x: float):
    h = Held(Gain(x))
    alias = h.a
    h.a += x * x
    return h.a.v * alias.v


def array_behind_a_property(x: float):
    h = Held(np.array([x, x * x]))
    alias = h.a
    h.p += x
    return np.sum(alias * h.a)


def list_behind_a_subscript(x: float):
    h = Held([x])
    alias = h.a
    h[0] += [x * x]
    return alias[0] * alias[1]


@pytest.mark.parametrize(
    "program",
    [
        operator_of_an_item,
        operator_behind_a_subscript,
        operator_of_an_attribute,
        array_behind_a_property,
        list_behind_a_subscript,
    ],
)
def test_what_stands_at_the_target_is_changed_in_place(program) -> None:
    assert_right(program, 0.7)
    assert_modes_agree(program, 0.7)


# All elements are taken before the first target is stored to.


def list_onto_itself(x):
    a = [x[0], x[1]]
    a[1], a[0] = a
    return a[0] + 2 * a[1]


def array_onto_itself(x):
    a = x.copy()
    a[1], a[0], a[2] = a
    return a[0] + 2 * a[1]


def view_onto_itself(x):
    a = x.copy()
    a[0], *a[1:] = a[::-1]
    return a[0] + 2 * a[1] + 5 * a[2]


def starred(x):
    a = [x[0], x[1], x[2]]
    a[2], *rest, a[0] = a
    return a[0] + 2 * a[1] + a[2] * a[2] + rest[0]


def nested(x):
    a = [x[0], [x[1], x[2]]]
    a[1], (a[0], c) = a
    return a[0] + 2 * a[1] * c


def index_among_the_targets(x):
    a = [2, x[0], x[1]]
    i = 0
    i, a[i], c = a
    return a[2] * c + i


def target_of_a_loop(x):
    pairs = [[x[0], x[1]], [x[2], x[1]]]
    total = 0.0
    for pair in pairs:
        pair[1], pair[0] = pair
        total = total + pair[0] * 3 + pair[1]
    return total * pairs[0][0]


@pytest.mark.parametrize(
    "program",
    [
        list_onto_itself,
        array_onto_itself,
        view_onto_itself,
        starred,
        nested,
        index_among_the_targets,
        target_of_a_loop,
    ],
)
def test_what_is_unpacked_onto_itself(program) -> None:
    assert_right(program, X)
    assert_modes_agree(program, X)
