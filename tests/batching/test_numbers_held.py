"""Numbers that containers hold: those of all rows are an array, which is written to
only where a number would be, and which lies along the axis of the rows."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from tests import trees
from tests.batching import rows

# As many rows as a row has elements: what lies along the wrong axis fits there, too.
W = np.array([[0.1, 0.2, 0.7], [0.3, 0.4, -0.2], [0.5, -0.6, 0.9]])
B = np.array([0.3, 0.27, 0.31])


@dataclass
class Box:
    w: np.ndarray
    b: float


class Pair(NamedTuple):
    w: np.ndarray
    b: float


def field(w, b):
    box = Box(w, b)
    box.b += w[0]
    return box.b + 10 * b


def field_of_several(w, b):
    boxes = [Box(w * i, b) for i in range(3)]
    for box in boxes:
        box.b *= 2
    return sum([box.w.sum() * box.b for box in boxes]) + b


def item(w, b):
    held = [b, b]
    held[0] -= 1
    return held[0] + 10 * held[1] + 100 * b


def item_by_a_place_that_moves(w, b):
    held = [v for v in w]
    for i in range(3):
        held[i] += b
    return sum(held) + 10 * w.sum()


def repeated(w, b):
    held = [b] * 3
    for i in range(3):
        held[i] *= w[i]
    return held[0] + 10 * held[1] + 100 * b


def entry(w, b):
    held = {"k": b, "j": b}
    held["k"] += w[0]
    return held["k"] + 10 * held["j"] + 100 * b


def entry_in_some_rows(w, b):
    held = np.array([w[1], b])
    if w[1] > 0:
        held[0] += 1.0
    return held[0] + 10 * w[1]


def array_of_a_pair(w, b):
    total = 0.0
    for pair in [Pair(w * i, b) for i in range(3)]:
        total += pair.w.sum() * pair.b
    return total


def unpacked(w, b):
    u, v, z = w
    w[:] = b
    return u * v * z + w.sum()


def rotated(w, b):
    for _ in range(3):
        u, v, z = w
        w[0], w[1], w[2] = v, z * u, b
    return w.sum()


def listed(w, b):
    kept, fixed = list(w), tuple(w)
    w *= b
    return kept[0] + 10 * fixed[1] + w[2]


def extended(w, b):
    kept = [b]
    kept.extend(w)
    w[:] = 0.0
    return kept[1] + 10 * kept[3] + 100 * kept[0]


def starred(w, b):
    def last(*values):
        w[:] = b
        return values[2] + 10 * values[0]

    return last(*w)


def entries_by_number(w, b):
    held = dict(enumerate(w))
    w[:] = b
    return held[0] + 10 * held[2]


def in_order(w, b):
    ordered = sorted(w)
    return ordered[0] * b + 10 * ordered[1]


def emptied(w, b):
    stack, total = [(w[0], b), (w[1], w[2])], 0.0
    while stack:
        u, v = stack.pop()
        total = total * u + v
    return total


def of_popped_arrays(w, b):
    held = [w, w * b]
    first, second = held.pop(0), held.pop()
    return np.mean(first) * np.sum(second)


def assert_rows(function) -> None:
    given = W.copy(), B.copy()
    pairs = [(w.copy(), b) for w, b in zip(W, B, strict=True)]
    expected = rows.stacked([function(*pair) for pair in pairs])
    trees.assert_same(dpc.batch(function)(*given), expected, 8)
    left = rows.stacked([w for w, _ in pairs])
    trees.assert_same(given, (left, B))


DIFFERENTIATED = [
    field,
    item,
    item_by_a_place_that_moves,
    entry,
    entry_in_some_rows,
    array_of_a_pair,
    unpacked,
    rotated,
    in_order,
    emptied,
]
ALL = [
    *DIFFERENTIATED,
    field_of_several,
    repeated,
    listed,
    extended,
    starred,
    entries_by_number,
    of_popped_arrays,
]


@pytest.mark.parametrize("f", ALL)
def test_as_row_by_row(f) -> None:
    assert_rows(f)


@pytest.mark.parametrize("f", DIFFERENTIATED)
def test_gradients_as_row_by_row(f) -> None:
    assert_rows(dpc.value_and_grad(f, wrt=(0, 1), branches="hard"))


def test_what_is_added_to_an_adjoint_of_unknown_rank_is_refused() -> None:
    gradient = dpc.grad(of_popped_arrays, wrt=(0, 1))
    with pytest.raises(dpc.UnsupportedError, match="how many axes an adjoint has"):
        dpc.batch(gradient)(W, B)
