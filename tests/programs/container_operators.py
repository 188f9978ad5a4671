"""Operators of lists and dicts: `+`, `*`, `|`, and in place, wherever they are held."""

import numpy as np

from tests.programs.case import case, normal


def dicts_joined(x):
    first = {"a": x[0]}
    both = first | {"a": x[1] * x[0], "b": x[2]}
    both["c"] = x[2] * 2
    return first["a"] * both["a"] * both["b"] * both["c"] * len(first)


def parameters_joined(params):
    more = params | {"c": params["a"] * 2}
    return np.sum(more["b"] * more["c"])


def dict_joined_in_place(x):
    inner = {"a": x[0]}
    outer = {"inner": inner}
    inner |= {"b": x[1] * x[0]}
    outer["inner"] |= {"c": x[2] * inner["b"]}
    return inner["a"] * inner["c"]


def parameters_joined_in_place(params):
    params |= {"c": params["a"] * 2}
    return np.sum(params["b"] * params["c"])


def list_repeated_in_place(x):
    values = [x[0], x[1]]
    same = values
    values *= 2
    values[2] = x[2]
    return same[0] * same[1] * values[2] * values[3]


def held_lists(x):
    held = {"values": [x[0], x[1]]}
    held["values"] *= 2
    held["values"] += [x[2] * x[1]]
    return held["values"][0] * held["values"][3] * held["values"][4]


class Holder:
    def __init__(self, values):
        self.values = values


def list_of_an_object(x):
    holder = Holder([x[0]])
    holder.values += [x[1] * 2, x[2]]
    holder.values *= 2
    return holder.values[1] * holder.values[5] * len(holder.values)


def masks_are_joined(x, params):
    mask = (x > 0) | (x < -1)
    return np.sum(x[mask | params["mask"]] ** 2)


PARAMS = {"a": 1.5, "b": normal(3)}

CASES = [
    case(dicts_joined, normal(3), rows="container dict"),
    case(parameters_joined, PARAMS, rows="container dict"),
    case(dict_joined_in_place, normal(3), rows="container dict"),
    case(parameters_joined_in_place, PARAMS, rows="container dict"),
    case(list_repeated_in_place, normal(3), rows="container list"),
    case(held_lists, normal(3), rows="container list; container dict"),
    case(list_of_an_object, normal(3), rows="container list"),
    case(
        masks_are_joined,
        normal(3),
        {"mask": normal(3, seed=1) > 0, "w": 1.0},
        rows="container dict",
    ),
]
