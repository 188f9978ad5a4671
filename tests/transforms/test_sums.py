"""Sums of cotangents that several adjoints refer to: none may be written for all."""

import numpy as np
import pytest

import dpc
from tests import differences
from tests.oracle import assert_right

X = np.array([0.7, -1.2, 0.4])
W = np.array([1.1, 0.3, -0.8])


def rows_before_a_sum(x, w):
    """The cotangent of `z + w` is that of both; the loop adds to that of `z`."""
    z = x * 2.0
    total = 0.0
    for row in z:
        total = total + row**2
    y = z + w
    return np.sum(y * y) * total


def parts_of_a_tuple_before_a_sum(x, w):
    pair = (x * w, x)
    first, second = pair
    y = first + second
    z = y + w
    return np.sum(z * y) + np.sum(pair[0] * pair[1])


def list_of_one_sum(x, w):
    y = x + w
    kept = [y, y, x]
    total = np.sum(kept[0] * kept[2])
    for part in kept:
        total = total + np.sum(part * kept[1])
    return total + np.sum(y)


def one_cotangent_for_three(x, w):
    a = x * 1.0
    b = a + w
    c = b + a
    first, *rest = list(c)
    d = c + b
    return np.sum(d * d) * first + rest[0] * rest[1]


def items_used_twice(x, w):
    items = [v * u for v, u in zip(x, w)]
    return max(items) * sum(items) + max(*items) + sum(items) * min(items)


def carried_tree(x, w):
    state = (x * 1.0, w * 1.0)
    for k in range(3):
        a, b = state
        state = (a + b, a * b + x[k])
        if k == 1:
            state = (state[1], state[0])
    return np.sum(state[0] * state[1])


def carried_list(x, w):
    state = [x[0], w[0]]
    for k in range(3):
        state = [state[1] + w[k], state[0] * state[1]]
        if state[0] > 1.0:
            state = state[::-1] + [x[k]]
            break
    return sum(state) * state[0]


def carried_dict(x, w):
    state = {"a": x * 1.0, "n": 1.0}
    for k in range(3):
        state = {"a": state["a"] * w + x, "n": state["n"] * w[k]}
        if state["n"] < -0.1:
            return np.sum(state["a"]) * state["n"]
    return np.sum(state["a"] * x) + state["n"]


def tree_through_a_branch(x, w):
    pair = [x * w, w]
    chosen = pair if x[0] > 0 else [w, x]
    other = list(chosen) if w[0] > 2 else chosen
    total = np.sum(chosen[0] * other[1])
    return total + np.sum(pair[0]) * np.sum(other[0])


def sizes_are_constants(x, w):
    rows, scale = x.shape[0], w.size
    m = np.outer(x, w) / rows
    n, k = m.shape
    return np.mean(m) * n + np.sum(m) * scale / len(w) ** m.ndim + k


PROGRAMS = [
    rows_before_a_sum,
    parts_of_a_tuple_before_a_sum,
    list_of_one_sum,
    one_cotangent_for_three,
    items_used_twice,
    carried_tree,
    carried_list,
    carried_dict,
    tree_through_a_branch,
    sizes_are_constants,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_sums(program):
    assert_right(program, X, W, wrt=(0, 1))


def halves(tree):
    return {"all": tree["w"] * tree["b"], "part": [tree["w"][0], tree["w"]]}


def test_a_cotangent_is_not_written():
    tree = {"w": X, "b": 2.0}
    pullback = dpc.vjp(halves, tree, branches="hard")[1]
    cotangent = {"all": np.ones(3), "part": [1.0, np.ones(3)]}
    before = np.ones(3)
    (gradient,) = pullback(cotangent)
    np.testing.assert_array_equal(cotangent["all"], before)
    np.testing.assert_array_equal(cotangent["part"][1], before)
    np.testing.assert_allclose(gradient["w"], [4.0, 3.0, 3.0])
    gradient["w"][0] = 99.0
    (again,) = pullback(cotangent)
    np.testing.assert_allclose(again["w"], [4.0, 3.0, 3.0])
    assert again["b"] == pytest.approx(np.sum(X))


class Gamma:
    """`shape` and `size` are parameters here, not those of an array."""

    def __init__(self, shape, size):
        self.shape = shape
        self.size = size


def moments(gamma, x):
    return np.sum(x) * gamma.shape**2 + gamma.size * gamma.shape


def test_attributes_that_arrays_have_too():
    gamma = Gamma(1.5, 0.5)
    derivative = dpc.grad(moments, wrt="x", branches="hard")
    expected = differences.gradient(moments, (gamma, X), 1).gradient
    differences.assert_close(derivative(gamma, X), expected)


def products(pair, scale):
    return pair.shape * pair.size * scale


def test_an_unknown_object_with_a_shape_is_refused():
    from_fields = dpc.grad(products_of_fields, branches="hard")
    assert from_fields(1.5, 0.5) == pytest.approx(0.5 * 0.5)
    generic = dpc.grad(products, branches="hard", wrt=(0, 1)).generic
    with pytest.raises(dpc.UnsupportedError, match="of Gamma is not"):
        generic(Gamma(1.5, 0.5), 2.0)


def products_of_fields(shape: float, size: float):
    return products(Gamma(shape, size), 0.5)
