"""Programs that are hard to lift: control flow, changing containers, comprehensions."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.frontend.lift_subjects import subject
from tests.programs.case import normal

# Control flow.


@subject(normal(6))
def flags_in_a_loop(x):
    best, where = None, -1
    for i, value in enumerate(x):
        if best is None or value > best:
            best, where = value, i
    return best * where


@subject(5.0)
def late_definition(x):
    for k in range(3):
        if k == 0:
            y = x
        else:
            y = y * 2 + k
    return y


@subject(0)
@subject(4)
def loop_variable_or_before(n):
    i = 10
    for i in range(n):
        pass
    return i


@subject(normal(4))
def tuples_go_round(x):
    state = (x[0], (x[1], 2.0))
    for value in x:
        a, (b, c) = state
        state = (b, (a + value, c * 0.5))
    return state[0] + state[1][0] * state[1][1]


@subject(normal(4))
def tuple_becomes_longer(x):
    trace = ()
    for value in x:
        trace = (*trace, value)
    return trace[1] + len(trace)


@subject(normal(3), 2)
@subject(normal(3), 0)
def returns_of_different_shape(x, n):
    def f(k):
        if k > 1:
            return x, k
        return x[0]

    found = f(n)
    return found if not isinstance(found, tuple) else found[0] * found[1]


@subject(1.0)
def mixed_elements(x):
    total = x
    for name, value in (("a", x), (None, [x, 2.0]), ("b", np.sin)):
        if name is None:
            total += sum(value)
        elif callable(value):
            total += value(x)
        elif name == "a":
            total *= value + 1
            continue
        total -= 0.5
    else:
        total += 100
    return total


@subject(1.0)
def unrolled_with_exits(x):
    for f in (np.sin, np.cos, lambda v: v * 5, np.exp):
        x = f(x)
        if x > 2:
            return x, "returned"
        if x < -5:
            break
    else:
        return x, "else"
    return x, "broke"


@subject(normal(3))
def raise_in_one_branch(x):
    if x[0] > 1000:
        raise ValueError("large")
    else:
        y = x[1]
    if x[1] > 1000:
        y = 3
        raise ValueError(y)
    return y


@subject(normal(5))
def while_over_two_lists(x):
    left, right = list(x), []
    while left and len(right) < 4:
        value = left.pop()
        if value > 0:
            right.append(value)
        elif len(right) > 1:
            left.append(right.pop(0))
    return sum(right) * len(left) + sum(left)


@subject(normal(5))
def grows_in_a_nested_call(x):
    def put(items, value):
        items.append(value)

    parts = [x[0]]
    for k, part in enumerate(parts):
        if k < 4:
            put(parts, part * 0.5 + x[k])
    return sum(parts)


@subject(normal(3))
def shrinks_while_it_is_walked(x):
    parts = [x[0], x[1], x[2], 5.0]
    total = 0.0
    for a, k in zip(parts, range(10)):
        total += a * (k + 1)
        parts.pop()
    return total


# Containers whose contents change.


@subject(2.0)
def field_changes_its_kind(x):
    box = {"a": 1.0, "b": None}
    before = box["b"] is None
    box["b"] = np.ones(3) * x
    y = box["a"]
    box["a"] = np.zeros(3)
    z = box["a"]
    z += x
    return np.sum(z) + np.sum(box["b"]) * y + before + len(box)


@subject(2.0)
def list_changes_its_kind(x):
    parts = [1, 2.0]
    a = parts[0]
    a += x
    parts[0] = np.ones(2)
    b = parts[0]
    b += x
    return np.sum(parts[0]) + a * parts[1] + len(parts)


@subject(2.0)
def changed_through_another_name(x):
    inner = [x]
    outer = {"inner": inner, "again": [inner, inner]}
    outer["again"][1].append(np.ones(2) * x)
    y = inner[1]
    y += 1
    return np.sum(outer["inner"][1]) + len(inner)


@subject([1.0, 2.0], [3.0, 4.0])
def arguments_change_their_kind(a, b):
    first = a[0]
    a[0] = np.ones(2)
    a.append(None)
    y = a[0]
    y += first
    return np.sum(a[0]) + len(a) + b[0] + (a[2] is None)


@subject({"w": 1.0, "n": 2})
def argument_gets_another_field(params):
    params["n"] = params["w"] * 0.5
    params["new"] = "x"
    return params["n"] + len(params) + ("new" in params)


@dataclass
class Node:
    value: float
    children: list = field(default_factory=list)
    label: str = "none"

    def __post_init__(self):
        self.depth = 1

    def add(self, other):
        self.children.append(other)
        self.depth = max(self.depth, other.depth + 1)
        return self

    def __len__(self):
        return len(self.children)

    def __getitem__(self, k):
        return self.children[k]


@subject(2.0)
def objects_in_objects(x):
    root = Node(x, label="root").add(Node(x * x)).add(Node(3.0))
    root[0].value = np.ones(2) * root[1].value
    return np.sum(root[0].value) + len(root) * root.depth + len(root.label)


class Interval(NamedTuple):
    low: float
    high: float = 1.0

    @property
    def width(self):
        return self.high - self.low

    def __contains__(self, v):
        return self.low <= v <= self.high

    def shifted(self, by):
        return self._replace(low=self.low + by, high=self.high + by)


@subject(0.5)
def named_tuples(x):
    a = Interval(x)
    b = a.shifted(x * 3)
    low, high = b
    inside = (x in a) + 2 * (x in b)
    total = a.width + b[1] * low - high + inside
    for part in b:
        total = total + part
    return total + Interval(*[x, 3.0]).width


# Comprehensions.


@subject(normal(3), normal(3, seed=1))
def comprehensions_in_comprehensions(x, y):
    table = {k: [a * b for b in y if b > a] for k, a in enumerate(x)}
    flat = [v for row in table.values() for v in row]
    return (
        sum(flat)
        + len(table)
        + sum(sum(v * k for v in row) for k, row in table.items())
    )


@subject(normal(4))
def names_in_comprehensions(x):
    i = 7
    squares = [i * v for i, v in enumerate(x)]
    total = sum((i := i + 1) * v for v in squares)
    return total * i


@subject(normal(4))
def iterators_as_values(x):
    pairs = zip(x, x[2:])
    total = 0.0
    for a, b in pairs:
        total += a * b
    rows = enumerate(reversed(x), 1)
    return total + sum(k * v for k, v in rows)


@subject(normal(4))
def generators_of_generators(x):
    squares = (v * v for v in x)
    kept = filter(lambda v: v > 0.01, (v + 1 for v in squares))
    return sum(v * 2 for v in kept)


@subject(normal(4))
def any_all_and_extremes(x):
    big = any(v > 0.5 for v in x)
    small = all(abs(v) < 9 for row in (x, x * 2) for v in row)
    peak = max((v * v for v in x), default=0.0)
    low = min(range(len(x)), key=lambda i: x[i])
    order = sorted(range(len(x)), key=lambda i: -x[i], reverse=True)
    return peak * low + big + 2 * small + order[0] + sorted(x, key=abs)[1]


@subject(normal(2, 3))
def transposed_by_zip(m):
    total = 0.0
    for column in zip(*[m[0], m[1]]):
        total += column[0] * column[1]
    return total


@subject([normal(3), normal(3, seed=1), normal(2)])
def transposed_rows_of_any_number(rows):
    total = 0.0
    for a, b, c in zip(*rows):
        total += a * b - c
    return total


# What is known decides.


@subject(normal(3))
@subject(normal(3, 2))
@subject(1.5)
def kinds_and_ranks(x):
    if isinstance(x, np.ndarray) and x.ndim == 2:
        y = x[0]
    elif np.ndim(x) == 1:
        y = x[:2]
    else:
        return x * 2
    assert x.shape[0] == len(x)
    return np.sum(y) + x.shape[0]


@subject(normal(3))
def indexers(x):
    y = np.r_[x, 1.0, x[:2], 0:3]
    window = np.s_[1:3]
    return np.sum(y[window]) + len(y) + np.sum(np.c_[x, y[:3]][:, 1])
