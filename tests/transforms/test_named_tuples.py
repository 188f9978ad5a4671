"""The gradient of a NamedTuple is one, made of the gradients of its fields."""

from typing import NamedTuple

import numpy as np
import pytest

import dpc
from tests import differences
from tests.oracle import assert_right

X = np.array([0.3, -0.7])


class Layer(NamedTuple):
    w: np.ndarray  # (2,)
    b: float


class Net(NamedTuple):
    layer: Layer
    scale: np.ndarray  # ()
    tables: list
    steps: int = 2


NET = Net(Layer(np.array([1.1, 0.4]), 0.5), np.array(2.0), [X + 1.0, 0.7])


def loss(net, x):
    h = np.sin(net.layer.w * x) * net.layer.b
    return np.sum(h * net.tables[0]) * net.scale * net.steps + net.tables[1] ** 2


def same_twice(net, x):
    h = net.layer.w + net.tables[0]
    return np.sum(h * x) * net.scale


def replaced_and_written(layer, x):
    layer = layer._replace(b=layer.b * x[0])
    layer.w[1] = layer.b * layer.w[0]
    return layer.b * np.sum(layer.w)


def test_a_method_that_only_a_variant_knows() -> None:
    """What is refused of a method of any class is not of that of a NamedTuple."""
    derivative = dpc.grad(replaced_and_written, wrt=1, branches="hard")
    expected = differences.gradient(replaced_and_written, (NET.layer, X), 1)
    layer = NET.layer._replace(w=NET.layer.w.copy())
    differences.assert_close(derivative(layer, X), expected.gradient)
    with pytest.raises(dpc.UnsupportedError, match="only known when it is called"):
        _ = derivative.source
    product = dpc.hvp(replaced_and_written, wrt=1, branches="hard")
    layer = NET.layer._replace(w=NET.layer.w.copy())
    b, w = NET.layer.b, NET.layer.w
    second = np.array([[2 * b * b * w[0], 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(product(layer, X, np.array([1.0, 2.0])), second[0])


def test_against_differences() -> None:
    assert_right(loss, NET, X, wrt=(0, 1))
    assert_right(same_twice, NET, X, wrt=(0, 1))


def test_it_is_made_as_by_hand() -> None:
    derived = dpc.grad(loss)
    found = derived(NET, X)
    assert type(found) is Net and type(found.layer) is Layer
    assert type(found.layer.b) is float and found.steps is None
    assert found.scale.shape == () and found.scale.flags.writeable
    head, _, body = derived.specialize(NET, X).source.partition("def ")
    assert "type(net)(" in body and "type(net.layer)(" in body
    assert "gradient" not in head


def test_the_parts_share_no_memory() -> None:
    found = dpc.grad(same_twice)(NET, X)
    assert not np.may_share_memory(found.layer.w, found.tables[0])
    found.layer.w[:] = 0.0
    np.testing.assert_allclose(found.tables[0], 2.0 * X)


def nested(pairs, x):
    return np.sum(np.sin(pairs[0][0] + pairs[1][0]) * x)


def test_nor_do_those_of_nested_lists() -> None:
    first, second = dpc.grad(nested)([[X], [X + 1.0]], X)
    assert not np.may_share_memory(first[0], second[0])
