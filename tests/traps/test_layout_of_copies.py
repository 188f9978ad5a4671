"""Derivatives that run on copies of the arguments, which lie in memory as those do.

`x.reshape(-1)` is a view of `x` or a copy, depending on how `x` lies in memory. What is
stored to it is in `x`, or is not.
"""

import numpy as np
import pytest

import dpc

LAYOUTS = {
    "rows": lambda x: x.copy(),
    "columns": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "part": lambda x: np.pad(x, ((0, 0), (0, 2)))[:, :3],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
}
POINT = np.array([[0.3, -0.7, 1.1], [0.9, 0.4, -1.3]])
DIRECTION = np.array([[0.2, 0.5, -0.4], [1.2, -0.6, 0.8]])

layouts = pytest.mark.parametrize("layout", LAYOUTS)


def laid_out(layout, values=POINT):
    """The values in such memory."""
    made = LAYOUTS[layout](POINT)
    made[...] = values
    return made


def written(x):
    y = x.reshape(-1)
    y[0] = y[1] * y[2]
    return x * x * y[1]


def energy(x):
    return np.sum(written(x))


def along(function, layout):
    """The derivative of a function of an array along the direction, by differences."""
    ahead, behind = (laid_out(layout, POINT + h * DIRECTION) for h in (1e-6, -1e-6))
    return (function(ahead) - function(behind)) / 2e-6


@layouts
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian(mode, layout) -> None:
    found = dpc.jacobian(written, mode=mode)(laid_out(layout))
    product = np.tensordot(found, DIRECTION, 2)
    np.testing.assert_allclose(product, along(written, layout), rtol=1e-6, atol=1e-8)


@layouts
def test_hessian(layout) -> None:
    expected = along(dpc.grad(energy), layout)
    product = dpc.hvp(energy)(laid_out(layout), DIRECTION)
    np.testing.assert_allclose(product, expected, rtol=1e-6, atol=1e-8)
    whole = dpc.hessian(energy)(laid_out(layout))
    np.testing.assert_allclose(
        np.tensordot(whole, DIRECTION, 2), expected, rtol=1e-6, atol=1e-8
    )


@layouts
def test_a_pullback_that_runs_the_function_again(layout) -> None:
    (out, left), pull = dpc.vjp(written, laid_out(layout))
    seed = (np.ones_like(out), np.zeros_like(left))
    first, second = pull(seed), pull(seed)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_allclose(first[0], dpc.grad(energy)(laid_out(layout)))


def in_memory_order(x):
    return x.ravel("K") * 2.0


@layouts
def test_a_pullback_of_what_follows_memory(layout) -> None:
    out, _ = dpc.vjp(in_memory_order, laid_out(layout))
    np.testing.assert_array_equal(out, in_memory_order(laid_out(layout)))


@layouts
def test_differences_are_taken_of_the_function_as_it_is_called(layout) -> None:
    dpc.check_grad(energy, laid_out(layout))
    shifted = dpc.gap(energy, laid_out(layout), branches="hard")
    assert shifted == 0


def straightened(x):
    y = x.reshape(-1)
    y[0] = y[1] * y[2]
    if x[0, 0] > 0.1:
        z = x * 2
    else:
        z = x
    return np.sum(z)


@layouts
def test_straight_through(layout) -> None:
    derived = dpc.value_and_grad(straightened, branches="straight-through")
    soft = dpc.value_and_grad(straightened, branches="soft")
    (value, gradient), (_, expected) = derived(laid_out(layout)), soft(laid_out(layout))
    assert value == straightened(laid_out(layout))
    np.testing.assert_allclose(gradient, expected)


def stepped(x):
    for _ in dpc.checkpoint(range(4), every=2):
        y = x.reshape(-1)
        y[0] = y[1] * y[2]
        x *= 1.1
    return np.sum(x * x)


def plain_steps(x):
    for _ in range(4):
        y = x.reshape(-1)
        y[0] = y[1] * y[2]
        x *= 1.1
    return np.sum(x * x)


@layouts
def test_checkpoints(layout) -> None:
    value, gradient = dpc.value_and_grad(stepped)(laid_out(layout))
    assert value == plain_steps(laid_out(layout))
    np.testing.assert_allclose(gradient, dpc.grad(plain_steps)(laid_out(layout)))
