"""Second derivatives, reverse over reverse, of arrays that containers hold.

The adjoint of `t = xs.pop(); t[1][0] *= b` takes a list out of a list of shadows, and
adds a part of it to where it stands already. Second shadows are the parts of second
lists, not memory of their own, and what stands there already is counted once.
"""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from tests import differences

POINT = np.array([1.3, 0.7, -0.4])
DIRECTION = np.array([1.0, 0.6, 0.3])


@dataclass
class Part:
    """A number and an array."""

    w: float
    v: np.ndarray


def popped(x):
    pairs = [(x[1], np.array([x[0], x[1]]))]
    pair = pairs.pop()
    pair[1][0] *= pair[1][0]
    return x[1] * pair[1][0] * pair[0]


def popped_twice(x):
    lists = [[np.array([x[0], x[1]])]]
    array = lists.pop().pop()
    array[0] *= x[0]
    return array[0] * array[1]


def popped_from_the_front(x):
    pairs = [(x[1], x * x), (x[0], x[1] * x)]
    first = pairs.pop(0)
    first[1][0] *= x[1]
    last = pairs.pop()
    last[1][1] *= first[1][0]
    return x[1] * first[1][0] * last[1][1] * first[0]


def popped_in_a_loop(x):
    pairs = []
    for i in range(3):
        pairs.append((x[1] * i, np.array([x[0], x[0] * x[1]])))
    total = 0.0
    while pairs:
        pair = pairs.pop()
        pair[1][0] *= x[1]
        total = total + pair[1][0] * pair[1][1] * pair[0]
    return total


def with_a_name_of_its_own(x):
    array = x * x
    pairs = [(x[1], array)]
    array[1] *= x[1]
    pair = pairs.pop()
    pair[1][0] *= x[1]
    pairs.append((array[0], pair[1]))
    again = pairs.pop()
    again[1][1] *= again[0]
    return x[1] * array[0] * pair[1][1] * pair[0]


def tuples_in_a_list(x):
    array = np.array([x[1], x[1]])
    parts = [(x * x, array), x[0] * x, array]
    parts[1][1] += parts[1][1] + x[1]
    return parts[0][1][0] * parts[0][0][0] * parts[1][1] * parts[2][1]


def in_a_dict_of_two_names(x):
    one = {"a": [x * x, x[0]], "b": x[0]}
    inner = one["a"]
    for k in range(3):
        inner[1] = inner[1] * x[k]
        one["a"][0][k] *= inner[1]
        one["b"] *= inner[1]
    return np.sum(one["a"][0]) * one["b"] * one["a"][1]


def objects_of_one_array(x):
    part = Part(x[0], x * x)
    for k in range(3):
        other = part
        other.w += x[k] * part.v[0]
        other.v[1] *= part.w
        part = Part(other.w * other.w, other.v)
    return part.w * np.sum(part.v)


def objects_in_a_list(x):
    parts = [Part(x[0], x * x), Part(x[1], x)]
    first = parts[0]
    first.v[0] *= x[1]
    parts[0].w *= first.v[0]
    last = parts.pop()
    last.w += first.w * last.v[2]
    return first.w * last.w * np.sum(parts[0].v)


def objects_of_a_branch(x):
    part = Part(x[0], x * x)
    other = part if x[1] > 5 else Part(x[1], part.v)
    other.w *= x[2]
    other.v[0] *= part.w
    return part.w * other.w * np.sum(part.v**2)


@pytest.mark.parametrize(
    "program",
    [
        popped,
        popped_twice,
        popped_from_the_front,
        popped_in_a_loop,
        with_a_name_of_its_own,
        tuples_in_a_list,
        in_a_dict_of_two_names,
        objects_of_one_array,
        objects_in_a_list,
        objects_of_a_branch,
    ],
)
def test_what_is_held_is_counted_once(program):
    slope = dpc.grad(program, branches="hard")

    def along(x):
        return np.sum(slope(x) * DIRECTION)

    estimate = differences.gradient(along, (POINT,)).gradient
    twice = dpc.grad(along, branches="hard")(POINT)
    np.testing.assert_allclose(twice, estimate, 1e-6, 1e-7)
    other = dpc.hvp(program, branches="hard")(POINT, DIRECTION)
    np.testing.assert_allclose(twice, other, 1e-9, 1e-9)
