"""Checkpointed loops that write lists and dicts: a snapshot holds them as well."""

import numpy as np
import pytest

import dpc
from tests import trees

W = np.array([[0.4, -0.8, 0.1], [0.9, 0.2, -0.5], [-0.3, 0.6, 0.7]])
X = np.array([0.7, -1.2, 0.4])


def grown_and_read(x: float, n: int):
    parts = [x]
    for k in range(n):
        parts.append(np.sin(parts[-1]) * x + parts[k // 2])
    return sum(parts)


def entries_of_a_dict(x: float, n: int):
    d = {"p": x, "q": 1.0}
    for _ in range(n):
        d["p"] = np.sin(d["p"]) * x + d["q"]
        d["q"] = d["p"] * 0.5
        d["p"] *= 0.9
    return d["p"] * d["q"]


def stack(x: float, n: int):
    values = [x, 0.5 * x]
    total = 0.0
    for k in range(n):
        v = values.pop()
        values.append(v * v)
        if k % 2 == 0:
            values.append(np.sin(v) + values[0])
        values[0] = values[0] * v
        total += v
    return total + sum(values)


def of_arrays(x, w):
    states = [x]
    for k in range(7):
        states.append(np.tanh(w @ states[-1]) + states[k // 2])
    return np.sum(states[-1] * states[2])


def not_differentiated(x: float, n: int):
    seen = []
    for k in range(n):
        if k % 3 in seen:
            x = np.sin(x) * 1.1
        else:
            seen.append(k % 3)
        x = x + 0.1 * len(seen)
    return x


def until_it_is_long(x: float, n: int):
    parts = [x]
    while parts[-1] < 3.0 and len(parts) < n:
        parts.append(parts[-1] * 1.3 + 0.1 * parts[0])
        if parts[-1] > 2.5:
            break
    else:
        parts.append(parts[-1] * parts[0])
    parts[0] = 2 * parts[1]
    return sum(parts)


def of_the_caller(values, n: int):
    for k in range(n):
        values[k % 2] = values[k % 2] * np.sin(values[1 - k % 2])
        values.append(values[-1] * 0.5)
    return sum(values)


def written_within_two(x: float, n: int):
    parts = [x]
    for _ in dpc.checkpoint(range(n), every=2):
        inner = [x]
        for _ in dpc.checkpoint(range(3), snapshots=1):
            parts.append(parts[-1] * x + inner[-1])
            inner.append(np.cos(parts[-1]))
        x = sum(inner) * 0.3
    return sum(parts)


def filled_within_two(x: float, n: int):
    parts, steps = [], np.zeros(3 * n)
    for i in dpc.checkpoint(range(n), snapshots=2):
        for k in dpc.checkpoint(range(3), every=2):
            x = np.sin(x) + 0.1
            parts.append(x)
            steps[3 * i + k] = x
    total = np.sum(steps)
    steps[:] = 0.0
    return sum(parts) * parts[0] + total


PROGRAMS = [
    (grown_and_read, (0.3, 7), 0),
    (entries_of_a_dict, (0.3, 7), 0),
    (stack, (0.3, 7), 0),
    (of_arrays, (X, W), (0, 1)),
    (not_differentiated, (0.3, 7), 0),
    (until_it_is_long, (0.3, 9), 0),
    (of_the_caller, ([0.3, 0.4], 7), 0),
    (written_within_two, (0.3, 5), 0),
    (filled_within_two, (0.3, 5), 0),
]
NAMES = [function.__name__ for function, _, _ in PROGRAMS]


@pytest.mark.parametrize(("function", "args", "wrt"), PROGRAMS, ids=NAMES)
def test_same_gradient_to_the_bit(function, args, wrt):
    plain = dpc.value_and_grad(function, wrt=wrt, branches="hard")
    unmarked = trees.copied(args)
    expected = plain(*unmarked)
    for checkpoint in (1, 3, "sqrt", ("revolve", 1), ("revolve", 2)):
        made = dpc.value_and_grad(
            function, wrt=wrt, branches="hard", checkpoint=checkpoint
        )
        given = trees.copied(args)
        trees.assert_same(made(*given), expected)
        trees.assert_same(given, unmarked)


def test_as_without_marks():
    def marked(x: float, n: int):
        parts = []
        for _ in dpc.checkpoint(range(n), snapshots=1):
            for _ in dpc.checkpoint(range(4), every=3):
                x = np.sin(x) * 1.2
                parts.append(x)
        return sum(parts) * parts[-1]

    def plain(x: float, n: int):
        parts = []
        for _ in range(n):
            for _ in range(4):
                x = np.sin(x) * 1.2
                parts.append(x)
        return sum(parts) * parts[-1]

    for f in (dpc.grad, dpc.value_and_grad):
        assert f(marked, branches="hard")(0.4, 3) == f(plain, branches="hard")(0.4, 3)


def test_effects_of_two_loops_happen_once(capsys):
    def told(x, n):
        for _ in dpc.checkpoint(range(n), every=1):
            for k in dpc.checkpoint(range(2), every=1):
                print("step", k)
                x = np.sin(x) * 1.3
        return np.sum(x)

    dpc.grad(told, branches="hard")(X, 2)
    assert capsys.readouterr().out == "step 0\nstep 1\n" * 2


def test_a_list_under_two_names():
    def two_names(x: float, n: int):
        parts = [x]
        same = parts
        for _ in range(n):
            parts.append(same[-1] * x)
            same[0] = np.sin(parts[-1])
        return sum(same)

    with pytest.raises(dpc.UnsupportedError, match="under two names"):
        dpc.grad(two_names, branches="hard", checkpoint=2)(0.3, 4)


def test_arrays_that_a_list_holds_are_not_written():
    def written(x, n: int):
        parts = [x, x * x]
        for k in range(n):
            parts[k % 2][0] = np.sin(parts[1 - k % 2][1])
            parts.append(parts[-1] * 2)
        return np.sum(parts[0]) + np.sum(parts[1])

    with pytest.raises(dpc.UnsupportedError, match="writes the list `parts`"):
        dpc.grad(written, branches="hard", checkpoint=2)(X, 4)


def test_what_is_a_list_of_numbers_only_for_these_arguments():
    """The kinds of arguments show it: nothing is refused before they are there."""

    def first_of(g, y):
        for e in [g[0, -1], 0.5]:
            y[0] *= g[0, 1] * e
            g[0, 1] = np.sin(y[0])
        return np.sum(y) + np.sum(g)

    args = np.arange(1.0, 7.0).reshape(2, 3), X
    expected = dpc.grad(first_of, wrt=(0, 1), branches="hard")(*trees.copied(args))
    made = dpc.grad(first_of, wrt=(0, 1), branches="hard", checkpoint=1)
    trees.assert_same(made(*trees.copied(args)), expected)
