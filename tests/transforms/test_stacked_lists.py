"""Lists that loops fill and that are stacked: their adjoints are made of one array."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

W = np.array([0.4, -0.3])
XS = np.array([[0.3, -0.7], [1.1, 0.2], [-0.4, 0.6], [0.9, -1.2]])


def states_of(w, xs):
    h, states = np.zeros(2), []
    for x in xs:
        h = np.tanh(w * h + x)
        states.append(h)
    return states


def stacked(w, xs):
    return np.sum(np.stack(states_of(w, xs), axis=1) ** 2)


def stacked_and_read(w, xs):
    states = states_of(w, xs)
    return np.sum(np.stack(states) ** 2) * np.sum(states[0]) * states[-1][1]


def two_lists(w, xs):
    ahead, back = states_of(w, xs), states_of(w, xs[::-1])
    return np.sum(np.stack(ahead) * np.stack(back[::-1]))


def some_of_them(w, xs):
    states = []
    for x in xs:
        h = np.tanh(w * x)
        if x[0] > 0:
            states.append(h)
    return np.sum(np.stack(states) ** 3)


def in_nested_loops(w, xs):
    states = []
    for x in xs:
        for k in range(2):
            states.append(np.sin(w * x * (k + 1)))
    return np.sum(np.stack(states) ** 2)


def longer_afterwards(w, xs):
    states = states_of(w, xs)
    whole = np.stack(states)
    states.append(w)
    return np.sum(whole**2) + np.sum(np.stack(states) ** 3)


def written_afterwards(w, xs):
    states = []
    for x in xs:
        h = w * x
        states.append(h)
        h *= 2.0
    whole = np.stack(states)
    return np.sum(whole * whole)


def numbers(w, xs):
    found = []
    for x in xs:
        found.append(np.sum(w * x) ** 2)
    return np.sum(np.array(found) ** 2)


def held_twice(w, xs):
    states, same = [], []
    for x in xs:
        h = np.sin(w * x)
        states.append(h)
        same.append(h)
    return np.sum(np.stack(states) * np.stack(same) ** 2)


def turned_and_read(w, xs):
    ahead, back = states_of(w, xs), states_of(w, xs[::-1])
    both = np.stack(ahead) * np.stack(back[::-1])
    return np.sum(both**2) * np.sum(ahead[-1] * back[0]) + back[-1][0]


def first_of_one_to_another(w, xs):
    one, two = states_of(w, xs), states_of(w * 2.0, xs)
    start = one[0] + two[0]
    return np.sum(np.stack(one) * np.stack(two)) * np.sum(start * two[0] * one[-1])


def read_in_a_loop(w, xs):
    states, total = states_of(w, xs), 0.0
    for k in range(len(states)):
        total += np.sum(states[k] ** 2)
    return total * np.sum(np.stack(states))


@pytest.mark.parametrize(
    "f",
    [
        turned_and_read,
        first_of_one_to_another,
        read_in_a_loop,
        stacked,
        stacked_and_read,
        two_lists,
        some_of_them,
        in_nested_loops,
        longer_afterwards,
        written_afterwards,
        numbers,
        held_twice,
    ],
    ids=lambda f: f.__name__,
)
def test_against_differences(f) -> None:
    assert_right(f, W, XS, wrt=(0, 1))


def test_no_zeros_are_kept_for_what_is_stacked() -> None:
    source = dpc.grad(stacked).specialize(W, XS).source
    assert "states_bar = unstack_like(" in source
    assert "states_bar.append" not in source


def test_single_precision_stays() -> None:
    w, xs = W.astype(np.float32), XS.astype(np.float32)
    found = dpc.grad(stacked, branches="hard")(w, xs)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, dpc.grad(stacked)(W, XS), rtol=1e-5)


def mixed(w, xs):
    states = []
    for x in xs:
        states.append(w * x)
    return np.sum(np.stack(states) * XS)


def test_mixed_precision() -> None:
    w, xs = W.astype(np.float32), XS.astype(np.float32)
    found = dpc.grad(mixed)(w, xs)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.sum(XS * XS, axis=0), rtol=1e-5)
