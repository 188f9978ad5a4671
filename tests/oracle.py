"""One question asked all over the tests: is this gradient right?"""

from collections.abc import Callable
from typing import Any

import numpy as np

import dpc
from tests import differences, trees


def assert_right(
    function: Callable[..., Any],
    *args: Any,
    wrt: Any = 0,
    rtol: float = 1e-6,
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """Value, gradient and what is left in the arguments, generic and specialised.

    Returns the gradient.
    """
    named = dict(kwargs or {})
    derivative = dpc.value_and_grad(function, wrt=wrt, branches="hard")
    after = trees.copied(args)
    value = function(*after, **trees.copied(named))
    expected = differences.gradient(function, args, wrt, named)
    assert expected.smooth, f"no point to compare at: {expected}"
    for variant in (derivative.generic, derivative):
        given = trees.copied(args)
        found, gradient = variant(*given, **trees.copied(named))
        trees.assert_same(found, value, ulps=4)
        trees.assert_same(given, after, ulps=4)
        differences.assert_close(gradient, expected.gradient, rtol)
    return gradient


def gradient(function: Callable[..., Any], *args: Any, wrt: Any = 0) -> Any:
    """The gradient alone, of both variants, which have to agree."""
    derivative = dpc.grad(function, wrt=wrt, branches="hard")
    general = derivative.generic(*trees.copied(args))
    special = derivative(*trees.copied(args))
    trees.assert_same(special, general, ulps=4)
    return special


def assert_pushed(
    function: Callable[..., Any], x: Any, x_dot: Any, *others: Any
) -> None:
    """The tangent that forward mode gives to the result, generic and specialised."""
    derivative = dpc.pushforward(function, branches="hard")
    value = function(*trees.copied((x, *others)))
    expected = differences.gradient(function, (x, *others))
    assert expected.smooth, f"no point to compare at: {expected}"
    along = np.sum(expected.gradient * x_dot)
    for variant in (derivative.generic, derivative):
        given = trees.copied((x, *others))
        found, tangent = variant(*given, tangents=(trees.copied(x_dot),))
        if isinstance(tangent, tuple):  # What is left in the argument has one, too.
            found, tangent = found[0], tangent[0]
        trees.assert_same(found, value, ulps=4)
        np.testing.assert_allclose(tangent, along, rtol=1e-6)
