"""Second and third derivatives of stores into lists, dicts and objects."""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from tests import differences

X = np.array([0.5, 0.7, 1.1])
V = np.array([0.3, -0.2, 0.9])
U = np.array([0.1, 0.8, -0.4])


@dataclass
class Part:
    w: float
    v: object = None


class Holder:
    def __init__(self, scale):
        self.scale = scale

    def grow(self, x):
        self.value = self.scale * x
        self.scale = self.value * x


def in_a_list(x):
    items = [x[0], 2.0, x[1]]
    items[1] = x[0] * items[2]
    items[0] = items[1] * items[0]
    return items[0] * items[1] * np.sum(x * x)


def in_a_loop(x):
    items = [1.0, 1.0, 1.0]
    for k in range(5):
        items[k % 3] = items[k % 3] * x[k % 2] + np.sin(items[(k + 1) % 3])
    return items[0] * items[1] * items[2]


def in_a_branch(x):
    items = [x[0], x[1]]
    for k in range(4):
        if items[0] > 0.3:
            items[k % 2] = items[1] * x[2] * 0.5
        else:
            items[-1] -= np.sin(items[0]) * x[k % 3]
    return items[0] * items[1] + items[-1]


def augmented(x):
    items = [e * e for e in x]
    items[0] *= x[1]
    items[1] += items[0]
    return items[0] * items[1] * items[2]


def arrays_in_a_list(x):
    items = [x * x, x * 2.0]
    items[0] = items[1] * items[0] * x[0]
    items[1] = np.sin(items[0])
    return np.sum(items[0] * items[1])


def parts_of_an_array(x):
    items = [x * x, x * 2.0]
    items[1] = np.sin(items[0])
    items[0][1] = items[1][0] * items[0][1]
    return np.sum(items[0] * items[1])


def numbers_and_arrays(x):
    items = [x[0], x]
    items[0] = items[1] * items[0]
    items[1] = np.sum(items[0]) * x[1]
    return items[1] * np.sum(items[0])


def in_a_dict(x):
    d = {"a": x[0], "b": x}
    d["a"] = d["a"] * x[1]
    d["c"] = d["a"] * d["b"]
    d["b"] = d["c"] * x
    return np.sum(d["b"]) * d["a"]


def new_keys(x):
    d = {}
    for k in range(3):
        d["sum"] = d["sum"] * x[k] if k else x[0]
        d["last"] = d["sum"] * x[k]
    return d["sum"] * d["last"]


def in_an_object(x):
    p = Part(x[0], x)
    p.w = p.w * x[1]
    p.v = p.v * p.w
    p.w = np.sum(p.v * x)
    return p.w**2


def by_a_method(x):
    holder = Holder(x[2])
    holder.grow(x[0])
    holder.grow(x[1])
    return holder.value * holder.scale


def taken_out(x):
    items = [x[0], x[1], x[0] * x[1]]
    a = items.pop(1)
    items.insert(0, a * items[1])
    items.append(np.sin(a))
    items[2] = items[0] * items[-1]
    b = items.pop(-2)
    items[-1] = items[-1] * b
    return items[0] * items[1] * items[2]


def pairs_walked(x):
    pairs = [(x * x[0], x[1]), (x[::-1] * x[2], x[0])]
    for i, (w, c) in enumerate(pairs):
        pairs[i] = (w * c, c * x[2])
    return sum(np.sum(np.sin(w)) * c for w, c in pairs)


def slice_walked(x):
    items = [x[2], x[0], x[1] * x[0]]
    return sum(p * p * q for p, q in zip(items[1:], items, strict=False))


def stacked_and_read(x):
    rows = [x * x[0], x * x]
    return np.sum(np.sin(np.stack(rows))) + np.sum(np.sin(rows[0]))


def objects_walked(x):
    parts = [Part(x[0], x), Part(x[2] * x[1], x * x)]
    total = x[1]
    for part in parts:
        total = total * part.w + np.sum(np.sin(part.v)) * part.w
    return total * total


def object_gone_round(x):
    part = Part(x[0], x)
    for e in x:
        part = Part(part.w * e + part.v[0], np.tanh(part.v * e))
    return part.w * np.sum(part.v)


def under_two_names(x):
    part = Part(x[0], x)
    other = part
    other.w = other.w * part.v[1]
    part.v = other.v * other.w
    return part.w * np.sum(np.sin(other.v)) + other.w


PROGRAMS = [
    in_a_list,
    in_a_loop,
    in_a_branch,
    augmented,
    arrays_in_a_list,
    parts_of_an_array,
    numbers_and_arrays,
    in_a_dict,
    new_keys,
    in_an_object,
    by_a_method,
    taken_out,
    pairs_walked,
    slice_walked,
    stacked_and_read,
]
TWICE = [objects_walked, object_gone_round, under_two_names]  # not a third time


EACH = [
    pytest.param(program, marks=[] if place % 4 == 0 else [pytest.mark.slow])
    for place, program in enumerate([*TWICE, *PROGRAMS])
]


def grad(f):
    return dpc.grad(f, branches="hard")


@pytest.mark.parametrize("program", EACH)
def test_every_way_to_the_second_derivative(program):
    slope = grad(program)

    def along(x):
        return np.sum(slope(x) * V)

    def pushed(x):
        return dpc.jvp(program, (x,), (V,), branches="hard")[1]

    expected = differences.gradient(along, (X,)).gradient
    found = {
        "reverse over reverse": grad(along)(X),
        "forward over reverse": dpc.hvp(program, branches="hard")(X, V),
        "reverse over forward": grad(pushed)(X),
        "columns": dpc.hessian(program, branches="hard")(X) @ V,
        "rows": dpc.jacobian(slope, mode="reverse")(X) @ V,
    }
    for name, product in found.items():
        np.testing.assert_allclose(product, expected, 1e-6, 1e-7, err_msg=name)


def test_a_third_derivative_of_new_keys_is_refused():
    product = dpc.hvp(new_keys, branches="hard")

    def product_along(x):
        return np.sum(product(x, V) * U)

    with pytest.raises(dpc.DpcError, match="has no second derivative"):
        grad(product_along)(X)


THRICE = [program for program in PROGRAMS if program is not new_keys]


@pytest.mark.slow
@pytest.mark.parametrize("program", THRICE)
def test_the_third_derivative(program):
    slope = grad(program)

    def along(x):
        return np.sum(slope(x) * V)

    second = grad(along)
    product = dpc.hvp(program, branches="hard")

    def product_along(x):
        return np.sum(product(x, V) * U)

    expected = differences.gradient(lambda x: np.sum(second(x) * U), (X,)).gradient
    found = {
        "reverse over forward over reverse": grad(product_along)(X),
        "forward over reverse over reverse": dpc.hvp(along, branches="hard")(X, U),
    }
    for name, triple in found.items():
        np.testing.assert_allclose(triple, expected, 1e-6, 1e-7, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("program", [in_a_list, in_a_loop, in_a_branch, augmented])
def test_lists_of_numbers_are_reversed_three_times(program):
    slope = grad(program)
    second = grad(lambda x: np.sum(slope(x) * V))
    third = grad(lambda x: np.sum(second(x) * U))
    expected = differences.gradient(lambda x: np.sum(second(x) * U), (X,)).gradient
    np.testing.assert_allclose(third(X), expected, 1e-6, 1e-7)


def test_numbers_are_not_put_aside():
    """What stands in a list of numbers has the adjoint zero until it is swept back."""
    source = grad(in_a_list).specialize(X).source
    assert "runtime" not in source
    assert "items_bar[1] = 0.0" in source
    source = grad(in_an_object).specialize(X).source
    assert "p_bar = types.SimpleNamespace(w=0.0, v=np.zeros_like(x))" in source
    assert "p_bar.w += 2 * p.w" in source


def two_names_in_a_loop(x):
    part = Part(x[0], x * x)
    other = part
    for k in range(3):
        other.w += x[k] * part.v[0]
        part = other
    return part.w * np.sum(other.v)


def test_two_names_of_an_object_are_one():
    """Its adjoint is not added to itself, and not counted twice."""
    assert "accumulate" not in grad(under_two_names).specialize(X).source
    slope = grad(two_names_in_a_loop)

    def along(x):
        return np.sum(slope(x) * V)

    expected = differences.gradient(along, (X,)).gradient
    np.testing.assert_allclose(grad(along)(X), expected, 1e-6, 1e-7)
