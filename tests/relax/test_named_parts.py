"""Objects that branches leave: blended by their parts, in every order and form."""

from typing import NamedTuple

import numpy as np
import pytest

import dpc
from tests import differences

OPTIONS = {"branches": "soft", "temperature": 0.5}


class Net(NamedTuple):
    b: float
    k: int = 2


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def carrying_an_integer(net, x):
    if x > 0.1:
        net = Net(net.b * 1.1, net.k)
    return net.b * x


def replaced(net, x):
    if x > 0.1:
        net = net._replace(b=net.b * 1.1)
    return net.b * x


def counted(net, x):
    for i in range(4):
        if net.b > x:
            net = Net(net.b * x, net.k + 1)
        else:
            net = Net(net.b * 1.5, i)
    return net.b * net.k


def promoted_inside(net, x):
    n = 0
    if x > 0.2:
        n = 3
    made = Net(x * net.b, n)
    pair = (made, n)
    return pair[0].b * pair[0].k * pair[1]


def of_arrays(layer, x):
    h = x * layer.b
    if h.sum() > 0.5:
        layer = Layer(layer.w, layer.b * 1.1)
    return (layer.w * h * layer.b).sum()


def in_a_loop(layer, x):
    h = x
    for _ in range(2):
        h = np.tanh(layer.w * h + layer.b)
        if h.sum() > 0.5:
            layer = Layer(layer.w, layer.b * 1.1)
    return h.sum()


def joined(pairs, x):
    out = ()
    for i in range(len(pairs)):
        t = pairs[i]
        if t[0] * x > 0.3:
            t = (t[1], t[0] * x)
        out = out + t
    return sum(v * v for v in out)


W, B, X = np.array([0.3, -0.2]), np.array([0.1, 0.2]), np.array([0.4, 0.7])
CASES = [
    (carrying_an_integer, (Net(0.7), 0.4)),
    (replaced, (Net(0.7), 0.4)),
    (counted, (Net(0.7), 0.4)),
    (promoted_inside, (Net(0.7), 0.4)),
    (of_arrays, (Layer(W, B), X)),
    (in_a_loop, (Layer(W, B), X)),
    (joined, ([(0.5, 0.7), (0.4, 0.9), (0.2, 0.3)], 0.8)),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_reverse_and_forward(f, args) -> None:
    relaxed = dpc.soften(f, wrt=(0, 1), **OPTIONS)
    expected = differences.gradient(relaxed, args, (0, 1), names=("a", "x"))
    gradient = dpc.grad(f, wrt=(0, 1), **OPTIONS)(*args)
    differences.assert_close(gradient, expected.gradient)
    # Along the gradient the slope is its square.
    _, slope = dpc.jvp(f, args, gradient, **OPTIONS)
    leaves = [np.sum(np.square(x)) for x in _numbers(gradient)]
    assert slope == pytest.approx(sum(leaves))


@pytest.mark.parametrize(("f", "args"), [c for c in CASES if c[0] is not replaced])
def test_second_derivatives(f, args) -> None:
    def along(t):
        moved = tuple(_moved(a, t) for a in args)
        return dpc.grad(f, wrt=(0, 1), **OPTIONS)(*moved)

    ones = tuple(_moved(a, 1.0, zero=True) for a in args)
    found = dpc.hvp(f, (0, 1), **OPTIONS)(*args, ones)
    ahead, behind = (list(_numbers(along(t))) for t in (1e-5, -1e-5))
    for part, a, b in zip(_numbers(found), ahead, behind, strict=True):
        np.testing.assert_allclose(part, (a - b) / 2e-5, rtol=1e-5, atol=1e-7)


def _numbers(tree):
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from _numbers(part)
    elif tree is not None:
        yield np.asarray(tree)


def _moved(tree, t, zero=False):
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_moved(part, t, zero) for part in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(_moved(part, t, zero) for part in tree)
    if isinstance(tree, int):
        return None if zero else tree
    return (0 * tree if zero else tree) + t
