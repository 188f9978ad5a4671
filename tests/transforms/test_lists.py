"""Lists and tuples with parts that are written, shared, moved, joined."""

import numpy as np
import pytest

import dpc
from tests import differences
from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9, -0.3])


def arrays_in_a_list(x):
    rows = [x * 1.0, x * x]
    for k in range(3):
        rows[k % 2] *= rows[(k + 1) % 2]
        rows[0][k] += rows[1][k + 1]
    return np.sum(rows[0] * rows[1])


def same_array_twice(x):
    a = x * 1.0
    pair = [a, a]
    pair[0] *= 2.0
    pair[1][1] = pair[0][0] * x[2]
    return np.sum(a * pair[0])


def array_kept_and_mutated(x):
    a = x * 1.0
    history = []
    for k in range(3):
        a[k] *= a[k + 1]
        history.append(a)
    return np.sum(history[0] * history[2] * x)


def copies_kept(x):
    a = x * 1.0
    history = []
    for k in range(3):
        a[k] *= a[k + 1]
        history.append(a.copy())
    return np.sum(history[0] * history[2] * x)


def list_copy_shares_arrays(x):
    a = [x * 1.0, x * 2.0]
    b = list(a)
    b[0] *= a[1]
    b[1] = x * 3.0
    b[1][0] = a[0][1]
    return np.sum(a[0] * a[1]) + np.sum(b[1] * b[0])


def joined_lists_share_arrays(x):
    a, b = [x * 1.0], [x * 2.0, x]
    both = a + b
    both[0] *= both[1]
    both[1][2] = a[0][1]
    both[2] = x * x
    return np.sum(a[0] * b[0]) + np.sum(both[2] * both[1])


def repeated_list_shares_arrays(x):
    rows = [x * 1.0] * 3
    rows[0] *= 2.0
    rows[1][0] = rows[2][1] * x[0]
    return np.sum(rows[0] * rows[1] * rows[2])


def repeated_numbers(x):
    values = [x[0], x[1] * 2] * 3
    values[0] = values[3] * values[2]
    values[5] += x[2]
    return sum(values) * values[4] * values[5]


def joined_numbers(x):
    a = [x[0], x[1]]
    b = a + [a[0] * x[2]] + a
    a[0] = 5.0
    b[1] = b[2] * b[0]
    return sum(b) * b[-1] + a[0] * a[1]


def joined_tuples(x):
    t = (x[0],)
    for k in range(1, 4):
        t = t + (t[-1] * x[k],)
    t = t + (t[1] * t[2],)
    return sum(t) * t[4]


def nothing_repeated(x):
    empty = [x[0]] * 0 + [x[1]]
    return empty[0] * len(empty) + sum([] + empty)


def slices_are_copies(x):
    a = [v * v for v in x]
    b = a[1:4]
    b[0] = b[1] * 2.0
    c = b[::-1]
    c[2] += a[0]
    return sum(a) * b[0] + c[2] * c[0]


def slice_of_arrays(x):
    rows = [x * 1.0, x * 2.0, x * 3.0]
    part = rows[:2]
    part[0] *= part[1]
    part[1] = x
    return np.sum(rows[0] * rows[1]) + np.sum(part[1] * part[0])


def slice_replaced(x):
    a = [x[0], x[1], x[2]]
    a[1:2] = [x[3], x[4] * x[3], x[0]]
    a[:2] = [a[1] * a[0]]
    a[::2] = [a[1], a[1] * 2.0]
    return sum(v * (k + 1) for k, v in enumerate(a))


def reversed_in_place(x):
    a = [x[0], x[1] * x[0], x[2]]
    b = a
    a.reverse()
    a[0] *= b[2]
    a.reverse()
    return a[0] + 2 * b[1] ** 2 + a[2] * 3


def sorted_list(x):
    a = [v * v for v in x]
    a.sort()
    b = sorted(a, reverse=True)
    a[0] = b[0] * a[1]
    return sum(v * k for k, v in enumerate(a)) + b[1] * b[2]


def cleared(x):
    a = [x[0], x[1]]
    first = a[0] * a[1]
    a.clear()
    a.append(first)
    return a[0] * len(a) + x[2]


def removed_and_deleted(x):
    a = [x[0], x[1], x[2]]
    a.remove(x[1])
    a.insert(0, a[1] * a[0])
    a.insert(-1, x[3])
    a.insert(99, x[4])
    return sum(v * (k + 1) for k, v in enumerate(a))


def pops_of_arrays(x):
    rows = [x * 1.0, x * 2.0, x * 3.0]
    kept = rows[1]
    rows.pop()
    middle = rows.pop(1)
    middle[0] = x[1] * kept[2]
    rows.append(middle)
    rows[1] *= rows[0]
    rows.pop(0)
    return np.sum(kept * rows[0])


def nested_lists_popped(x):
    table = [[x[0], x[1]], [x[2]]]
    inner = table[1]
    table.pop()
    inner.append(x[3] * inner[0])
    table.append(inner)
    table[1][0] = inner[1] * 2.0
    return table[1][0] * inner[0] + table[0][1]


def extended_by_what_grows(x):
    more = [x[0], x[1]]
    rows = [x[2]]
    rows.extend(more)
    more.append(rows[1] * x[3])
    rows.extend(more)
    rows.extend(rows[:2])
    rows += [more[2]]
    return sum(v * (k + 1) for k, v in enumerate(rows))


def extended_by_an_array(x):
    values = [1.0]
    y = x * x
    values.extend(y)
    values.extend(y[1:3])
    y[0] = 5.0
    values[1] *= values[-1]
    return sum(v * (k + 1) for k, v in enumerate(values)) + y[0] * y[1]


def rows_of_a_matrix(x):
    m = np.outer(x, x)
    rows = list(m)
    rows[0][1] = x[2]
    rows[1] = rows[0] * 2.0
    m[2] *= rows[0]
    return np.sum(m) + np.sum(rows[1] * rows[2])


def elements_of_a_vector(x):
    y = x * 2.0
    values = list(y)
    y[0] = values[1] * values[0]
    values[2] = y[0]
    return sum(values) * y[0] + np.sum(y)


def list_walked_while_stored(x):
    values = [v for v in x]
    for k, value in enumerate(values):
        values[k] = value * values[k - 1]
    return sum(values)


def queue_walked_while_growing(x):
    values = [x[0], x[1]]
    for k in range(4):
        values.append(values[k] * values[k + 1] + x[k])
    total = 0.0
    for value in values:
        total = total * 0.5 + value
        if len(values) < 8:
            values.append(total)
    return total * values[-1]


def unpacked_stars(x):
    first, *middle, last = [v * v for v in x]
    middle[0] *= first
    middle.append(last)
    a, (b, *c) = first, middle
    return a * b + sum(c) * last


def matrix_of_lists(x):
    table = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            before = table[i - 1][j - 1] if i and j else 1.0
            table[i][j] = before * x[i] + x[j]
            if table[i][j] > 1.5:
                break
    return sum(sum(row) for row in table) * table[2][1]


def shared_row(x):
    row = [x[0], x[1]]
    table = [row, row, list(row)]
    table[0][0] = table[1][1] * 2.0
    table[2][1] = table[0][0]
    row.append(x[2])
    return sum(table[1]) * sum(table[2])


def returns_early(x):
    kept = []
    for value in x:
        kept.append(value * sum(kept) + value)
        if kept[-1] > 1.5:
            return kept[-1] * kept[0]
        while len(kept) > 2:
            kept.pop(0)
    return sum(kept)


def closures_share_a_list(x):
    log = []

    def note(value):
        log.append(value * (log[-1] if log else 1.0))
        return log[-1]

    total = 0.0
    for value in x:
        total = total + note(value)
    log[0] = total
    return sum(log) * total


def pairs_on_a_stack(x):
    stack, total = [(x[0], 0)], 0.0
    while stack:
        value, depth = stack.pop()
        if depth == 2:
            total += value * value
        else:
            stack.append((value * x[depth], depth + 1))
            stack.append((value + x[depth + 1], depth + 1))
    return total


def pairs_in_a_queue(x):
    queue, total = [(1.0, x[1])], 0.0
    for k in range(4):
        a, b = queue.pop(0)
        total += a * b
        queue.append((a * x[k], b))
        queue.insert(0, (b, a))
    return total


def pair_out_of_a_dict(x):
    held = {"pair": (x[0], (x[1], x * x))}
    pair = held.pop("pair")
    return pair[0] ** 2 * pair[1][0] * np.sum(pair[1][1])


PROGRAMS = [
    program
    for program in list(globals().values())
    if callable(program)
    and getattr(program, "__module__", "") == __name__
    and not isinstance(program, type)
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_of_lists(program):
    assert_right(program, X)


def lists_joined(items, more):
    both = items + more
    both[0] = both[1] * both[-1]
    return sum(both) * items[0]


def lists_repeated(items, more):
    return sum(items * 2) * more[0]


def joined_and_written(rows):
    both = rows + rows[:1]
    both[0] += both[1] * 2.0
    return np.sum(both[0] * both[2]) + np.sum(np.sin(rows[0]))


def test_joined_lists_that_are_written_are_known_or_refused_in_forward_mode():
    """Where `+` was taken for that of numbers, the lists were thought to stay."""
    rows, dots = [X, X * X], [X[::-1] * 1.0, X + 1.0]
    expected = differences.gradient(joined_and_written, (rows,)).gradient
    along = sum(np.sum(g * dot) for g, dot in zip(expected, dots, strict=True))
    pushed = dpc.pushforward(joined_and_written, branches="hard")
    _, (tangent, _) = pushed([r.copy() for r in rows], tangents=(dots,))
    np.testing.assert_allclose(tangent, along, rtol=1e-6)
    with pytest.raises(dpc.UnsupportedError, match="lists are joined"):
        pushed.generic([r.copy() for r in rows], tangents=(dots,))


def lists_sorted(items, more):
    items.sort(reverse=True)
    more.sort(key=lambda v: -v * v)
    return items[0] * more[0] ** 2 + items[1]


@pytest.mark.parametrize("program", [lists_joined, lists_repeated])
def test_lists_as_arguments(program):
    """Of an argument of which nothing is known, `+` and `*` are those of numbers."""
    given = ([0.5, 1.5], [2.0, -0.3])
    derivative = dpc.grad(program, wrt=(0, 1), branches="hard")
    expected = differences.gradient(program, given, (0, 1))
    differences.assert_close(derivative(*given), expected.gradient)
    with pytest.raises(dpc.UnsupportedError):
        derivative.generic(*given)


def test_a_list_that_is_an_argument_is_sorted_by_a_key():
    assert_right(lists_sorted, [0.5, 1.5], [1.2, -2.3], wrt=(0, 1))
