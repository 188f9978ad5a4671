"""Programs whose branches leave, make and write lists, dicts, objects and tuples."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass
class Ball:
    height: float
    speed: float
    bounces: int = 0


class Pair(NamedTuple):
    a: float
    b: float


def tuples(x: float):
    p = (x, 2 * x) if x > 0 else (3 * x, x * x)
    return p[0] * p[1]


def named_tuples(x: float):
    p = Pair(x, 2 * x) if x > 0 else Pair(3 * x, x * x)
    return p.a * p.b


def lists(x: float):
    p = [x, 2 * x] if x > 0 else [3 * x, x * x]
    return p[0] * p[1]


def dicts(x: float):
    p = {"a": x, "b": 2 * x} if x > 0 else {"b": x * x, "a": 3 * x}
    return p["a"] * p["b"] + p["a"]


def objects(x: float):
    p = Ball(x, 2 * x) if x > 0 else Ball(3 * x, x * x)
    return p.height * p.speed + p.bounces


def nested(x: float):
    p = {"a": {"b": [x, x * x]}} if x > 0 else {"a": {"b": [1.0, 2.0]}}
    return p["a"]["b"][0] + p["a"]["b"][1] * x


def arrays_in_tuples(x: float):
    if x > 0:
        p = (np.array([x, 1.0]), {"k": x})
    else:
        p = (np.array([1.0, x]), {"k": 2 * x})
    return p[0].sum() * p[1]["k"] * p[0][0]


def arrays_that_broadcast(x: float):
    p = [np.array([x, 1.0]), x] if x > 0 else [x * x, np.array([x, 2.0, x])]
    return np.sum(p[0]) * np.sum(p[1])


def one_from_before(x: float):
    u = [x, 2 * x]
    w = u if x > 0 else [3 * x, x * x]
    return w[0] * w[1]


def of_any_length(x: float):
    p = [k * x for k in range(3)] if x > 0 else [x * x for k in range(3)]
    return sum(p) + max(p) + p[1] * p[2]


def summed_in_a_branch(x: float):
    y = sum([k * x for k in range(3)]) if x > 0 else sum(x * x * k for k in range(4))
    return y * y


def grown_in_a_branch(x: float):
    if x > 0:
        parts = []
        for k in range(3):
            parts.append(x * k)
        y = sum(parts)
    else:
        y = x
    return y * y


def integers(x: float):
    p = [1, x, 7] if x > 0 else [2, 2 * x, 7]
    return p[0] * p[1] * p[2]


def fields_that_count(x: float):
    p = Ball(x, 1.0, 3) if x > 0 else Ball(2 * x, 1.0, 5)
    return p.height * p.bounces


def equal_integers_are_indices(x: float):
    p = Ball(x, 1.0) if x > 0 else Ball(2 * x, 3.0)
    return p.height * [1.0, 2.0, 3.0][p.bounces] * p.speed


def integers_of_any_number(x: float):
    p = [1 for k in range(3)] if x > 0 else [k for k in range(3)]
    return p[0] * x + p[1] + p[2] * x * x


def a_blended_integer_is_stored(x: float):
    n = 1 if x > 0 else 2
    kept = []
    kept.append(n)
    table = {"n": 5}
    table["n"] = n
    total = 0.0
    for v in kept:
        total += v * x
    return total * table["n"]


def infinities(x: float):
    p = [math.inf, x] if x > 0 else [math.inf, 2 * x]
    return p[1] * (1.0 if p[0] > 3 else 2.0)


def words_that_are_equal(x: float):
    p = (
        {"kind": "up", "none": None, "v": x}
        if x > 0
        else {
            "kind": "up",
            "none": None,
            "v": x * x,
        }
    )
    return p["v"] * (2.0 if p["kind"] == "up" else 1.0)


def returned_early(x: float):
    def inner(v):
        if v > 1:
            return [v, 2 * v]
        if v > 0:
            if v > 0.5:
                return [v * v, 1.0]
        return [3.0, v]

    a = inner(x)
    return a[0] * a[1]


def field_written(x: float):
    p = Ball(x, 2 * x)
    if x > 0:
        p.height = x * x * x
    return p.height * p.speed


def field_seen_by_another_name(x: float):
    p = Ball(x, 2 * x)
    same = p
    if x > 0:
        p.height = x * x * x
    return p.height * p.speed * same.height


def items_seen_by_another_name(x: float):
    p = [x, 2 * x]
    same = p
    if x > 0:
        p[0] = x * x * x
    else:
        p[1] = x
    return p[0] * p[1] * same[0] * same[1]


def keys_seen_by_another_name(x: float):
    p = {"a": x, "b": 2 * x}
    same = p
    if x > 0:
        p["a"] = x * x * x
    else:
        p["b"] = x
    return p["a"] * p["b"] * same["a"] * same["b"]


def written_through_another_name(x: float):
    p = {"a": [x, 2 * x], "b": (x, np.array([x, x]))}
    inner = p["a"]
    if x > 0:
        inner[0] = x * x * x
    else:
        p["a"][1] = x
    return p["a"][0] * inner[1] * p["b"][1].sum()


def written_and_replaced(x: float):
    s = {"pos": [x, 1.0], "vel": {"u": x * x, "v": np.array([x, 2.0])}}
    if x > 0:
        s["pos"][1] = x * x
        s["vel"]["v"][0] = 3 * x
    else:
        s["vel"] = {"u": x, "v": np.array([x * x, x])}
    return s["pos"][1] * s["vel"]["u"] * np.sum(s["vel"]["v"])


def replaced_while_another_name_has_it(x: float):
    s = {"a": [x, 1.0]}
    old = s["a"]
    if x > 0:
        s["a"] = [x * x, x]
    else:
        old[0] = 3.0
    return s["a"][0] * s["a"][1] + old[0] * old[1]


def written_in_a_loop(x: float):
    p = [x, x * x, 1.0]
    if x > 0:
        for i in range(3):
            p[i] = p[i] * x
    else:
        p[0] = 2.0
    return p[0] + p[1] * p[2]


def part_of_a_part_written_in_a_loop(x: float):
    p = {"a": [x, 2 * x], "b": x}
    inner = p["a"]
    if x > 0:
        for k in range(2):
            p["a"][0] *= x + k
    else:
        if x < -0.3:
            p["a"][1] = 3.0
    return p["a"][0] * inner[1] * p["b"]


def slice_written(x: float):
    p = [x, 2 * x, 3 * x]
    if x > 0:
        p[:2] = [x * x, x]
    return p[0] * p[1] * p[2]


def hop(ball, by):
    ball.height = ball.height + by
    ball.bounces += 1
    return ball


def written_by_a_function(x: float):
    p = Ball(x, 1.0)
    same = p
    if x > 0.1:
        p = hop(p, 2 * x)
    return p.height * same.height * same.bounces


def state_of_a_loop(x: float):
    p = Ball(x, 1.0)
    for k in range(3):
        if p.height > 0.2 * k:
            p.height = p.height * p.height + 0.1
        else:
            p.speed = p.speed + 0.3 * p.height
    return p.height * p.speed


def names_of_one_object(x: float):
    if x > 0:
        w = [2 * x, x]
        u = w
    else:
        w = [3 * x, 1.0]
        u = w
    w[0] = x * x
    return w[0] * u[0] + u[1]


def fails_after_a_store(x: float):
    p = [x, 1.0]
    if x > 0:
        p[0] = 5.0
        y = math.log(x)
        p[1] = y
    else:
        y = x
    return p[0] * y + p[1]


PROGRAMS = [
    f
    for f in list(globals().values())
    if callable(f)
    and getattr(f, "__module__", "") == __name__
    and f not in (Ball, Pair, hop)
]
