"""Dicts and objects with parts that are written, shared and replaced."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4, 1.9, -0.3])


def dict_of_arrays(x):
    table = {"a": x * 1.0, "b": x * 2.0}
    alias = table["a"]
    table["a"] *= table["b"]
    table["c"] = table["a"]
    table["c"][0] = alias[1] * x[0]
    table["a"] = table["b"]
    table["a"][1] = 0.0
    return sum(np.sum(value * value) for value in table.values()) * alias[2]


def dict_walked_then_grown(x):
    table = {"a": x[0], "b": x[1]}
    total = 0.0
    for key, value in table.items():
        total = total * value + len(key) * value
    for key in list(table):
        total = total * table[key] + x[2]
    table["c"] = total
    table["a"] = total * 2.0
    return sum(table.values()) * total


def dict_copied_and_merged(x):
    base = {"a": x[0], "b": x * 1.0}
    copy = dict(base)
    copy["a"] = x[1]
    copy["b"][0] = x[2] * base["a"]
    merged = {**base, **copy, "c": copy["a"] * 2.0}
    merged["b"][1] *= merged["c"]
    base.update(a=merged["c"], d=x[3])
    return np.sum(base["b"]) * merged["a"] + base["a"] * base["d"] + merged["c"]


def dict_with_pops_and_defaults(x):
    table = {"a": x[0], "b": x[1]}
    a = table.pop("a")
    c = table.pop("c", x[2])
    table.setdefault("b", 3.0)
    table.setdefault("d", x[3] * a)
    d = table.get("d", 0.0) * table.get("e", x[4])
    table["b"] += c
    return sum(table.values()) * d


def dict_of_lists(x):
    groups = {}
    for k, value in enumerate(x):
        groups.setdefault(k % 2, []).append(value * value)
    groups[0][1] *= groups[1][0]
    return sum(groups[0]) * sum(groups[1])


def integer_keys(x):
    memo = {}
    for k in range(5):
        memo[k] = x[k] * memo.get(k - 1, 1.0)
        memo[0] = memo[k] + memo[0]
    return memo[4] * memo[0]


def tuples_of_arrays(x):
    pair = (x * 1.0, x * 2.0)
    a, b = pair
    a *= b
    pair[1][0] = a[1] * x[0]
    swapped = pair[::-1]
    swapped[0][1] = pair[0][2]
    return np.sum(a * b)


class Pair(NamedTuple):
    left: object
    right: object

    def swapped(self):
        return Pair(self.right, self.left)


def named_tuples(x):
    pair = Pair(x * 1.0, x[0])
    other = pair.swapped()
    other.right[1] = pair.right * x[2]
    third = pair._replace(right=other.right[1])
    return np.sum(pair.left) * third.right + np.sum(third.left * x)


@dataclasses.dataclass
class Body:
    place: object
    speed: object
    mass: float = 1.0

    def step(self, dt):
        self.place += self.speed * dt
        self.speed = self.speed * 0.9
        self.mass *= 1.1
        return self


def objects_written(x):
    body = Body(x * 1.0, x * x)
    alias = body.place
    for k in range(3):
        body.step(0.1 * (k + 1))
        body.place[k] *= body.mass
    body.mass = body.mass * x[0]
    return np.sum(alias * body.speed) * body.mass


def objects_in_a_list(x):
    bodies = [Body(x * 1.0, x * 0.5), Body(x * 2.0, x, x[1])]
    for body in bodies:
        body.step(0.1)
    bodies[0].place[0] = bodies[1].mass
    bodies.append(bodies[0])
    bodies[2].speed = bodies[1].place
    bodies[2].speed[1] = x[3]
    return sum(np.sum(b.place * b.speed) * b.mass for b in bodies)


def two_names_for_one_object(x):
    a = Body(x * 1.0, x[0])
    b = a
    b.speed = a.speed * x[1]
    a.place[0] = b.speed
    c = [a, b]
    c[0].mass = c[1].speed * 2.0
    return np.sum(b.place) * a.mass


def functions_in_a_dict(x):
    rules = {"square": lambda v: v * v, "twice": lambda v: 2.0 * v}
    y = x * 1.0
    for k, name in enumerate(["square", "twice", "square"]):
        y[k] = rules[name](y[k + 1])
    return np.sum(y * x)


PROGRAMS = [
    program
    for program in list(globals().values())
    if callable(program)
    and getattr(program, "__module__", "") == __name__
    and not isinstance(program, type)
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_of_dicts_and_objects(program):
    assert_right(program, X)


def trees_are_read_and_written(layers, x):
    for layer in layers:
        x = np.tanh(layer["w"] * x + layer["b"])
        layer["b"] = layer["b"] * 2.0
        layer["w"][0] = 0.0
    layers.append({"w": x, "b": 1.0})
    return np.sum(x) + layers[0]["b"] + sum(np.sum(each["w"]) for each in layers)


def test_arguments_that_are_written():
    layers = [{"w": X * 1.0, "b": 0.3}, {"w": X * 0.5, "b": -0.2}]
    assert_right(trees_are_read_and_written, layers, X, wrt=(0, 1))


def found_by_a_number(x: float):
    table = {x: 1.0, 2.0 * x: x}
    return sum(key * value for key, value in table.items())


def stored_under_a_number(x: float):
    table = {}
    table[x * 2.0] = x
    return sum(table.keys()) * table[2.0 * x]


def looked_up_by_a_number(x: float):
    memo = {}
    for k in range(4):
        y = x * (k % 2 + 1)
        if y not in memo:
            memo[y] = y * y
        x = x + 0.0 * memo[y] + memo[y] * 0.1
    return x * memo[y]


def test_a_varying_key_may_be_looked_up():
    assert_right(looked_up_by_a_number, 0.7)


@pytest.mark.parametrize("program", [found_by_a_number, stored_under_a_number])
def test_a_varying_key_is_refused(program):
    with pytest.raises(dpc.UnsupportedError, match="keys of a dict"):
        dpc.grad(program, branches="hard")(0.7)
