"""Sets, deques and dicts with defaults: as Python does, or refused."""

import itertools
from collections import defaultdict, deque

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.5, 2.0, -1.3])


def set_that_is_looked_into(x):
    kinds, total = {5, 3, 11, 3 - 1}, 0.0
    for k in range(3):
        if k in {0, 2}:
            total += x[k] ** 2
    return total * len({1, 2}) if 5 in kinds else x[1]


def set_that_grows(x):
    seen, total = set([0]), 0.0
    for k in (0, 1, 1, 2):
        if k not in seen:
            total += x[k] ** 2
            seen.add(k)
    return total * len(seen)


def deque_as_a_window(x):
    window, total = deque(), 0.0
    for v in x:
        window.append(v * v)
        if len(window) > 2:
            total += window.popleft() * v
        total += sum(window) / len(window)
    window.appendleft(x[0])
    return total * window[0] * window.pop()


def deque_of_elements(x):
    waiting = deque([x[0], x[1] * x[2]])
    waiting.extend([x[2]])
    return waiting.popleft() * waiting.popleft() ** 2 * waiting[0]


def in_turns(x):
    total, signs = x[0], "+-*"
    for v, sign in zip(x, itertools.cycle(signs)):
        if sign == "+":
            total += v
        elif sign == "-":
            total -= v
        else:
            total *= v
    return total


@pytest.mark.parametrize(
    "program",
    [
        set_that_is_looked_into,
        set_that_grows,
        deque_as_a_window,
        deque_of_elements,
        in_turns,
    ],
)
def test_collections_are_those_of_python(program) -> None:
    assert_right(program, X)


def window_of_a_largest_length(x):
    window, total = deque(maxlen=2), 0.0
    for v in x:
        window.append(v)
        total += window[0] * v
    return total


def set_of_literals_that_grows(x):
    seen, total = {0}, 0.0
    for k in (0, 1, 1, 2):
        if k not in seen:
            total += x[k] ** 2
            seen.add(k)
    return total


def walk_over_a_set(x):
    total = x[2]
    for k in {5, 3, 11, 2}:  # noqa: PLC0208
        total = total * x[0] + k
    return total


def walk_over_a_named_set(x):
    kinds = {5, 3}
    return sum(x[0] ** k for k in kinds)


def groups(x):
    found = defaultdict(list)
    for k in range(3):
        found[k % 2].append(x[k])
    return sum(found[0]) ** 2


@pytest.mark.parametrize(
    ("program", "hint"),
    [
        (window_of_a_largest_length, "popleft"),
        (set_of_literals_that_grows, "by a call"),
        (walk_over_a_set, "a tuple or a list"),
        (walk_over_a_named_set, "a tuple or a list"),
        (groups, "setdefault"),
    ],
)
def test_what_acts_by_itself_is_refused(program, hint) -> None:
    with pytest.raises(dpc.UnsupportedError, match=hint):
        dpc.grad(program)
