"""`dpc.fixed_point` and `dpc.root`: solutions whose derivative is implicit.

Outside compiled code they solve. In a compiled function the solver is written into the
function, and the derivative is that of the solution (`transforms.implicit`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from dpc import runtime
from dpc.errors import ConvergenceError, Diagnostic
from dpc.runtime import NotSettledError


@functools.wraps(runtime.fixed_point, assigned=(), updated=())
def fixed_point(
    step: Callable[..., Any],
    x0: Any,
    *args: Any,
    tol: float = 1e-10,
    max_steps: int = 1000,
) -> Any:
    """The fixed point `x = step(x, *args)`, found by steps from `x0`.

    x0: a float, an array, or a nested container of them; it carries no derivative.
    tol: the largest change in the last step, relative to the largest number in `x`
      where that is above 1.

    Its derivative is that of the solution: with `J` the Jacobian of a step,
    `w = x_bar + J_x^T w` is solved by iteration, and `args_bar = J_args^T w`; forward,
    `x_dot = J_x x_dot + J_args args_dot`. Raises ConvergenceError if the solution or
    these are not reached in `max_steps`.
    """
    try:
        return runtime.fixed_point(step, x0, *args, tol=tol, max_steps=max_steps)
    except NotSettledError as error:
        raise not_converged("a fixed point", error) from None


@functools.wraps(runtime.root, assigned=(), updated=())
def root(
    residual: Callable[..., Any],
    x0: Any,
    *args: Any,
    tol: float = 1e-10,
    max_steps: int = 100,
) -> Any:
    """The root `residual(x, *args) = 0`, found by Newton's method from `x0`.

    x0: a float, an array, or a nested container of them, with as many numbers as the
      residual; it carries no derivative. The Jacobian is taken by differences.
    tol: the largest number in the residual at the solution.

    Its derivative is that of the solution: with `J` the Jacobian of the residual,
    `J_x^T w = -x_bar` is solved, and `args_bar = J_args^T w`; forward,
    `J_x x_dot = -J_args args_dot`. Raises ConvergenceError if the root is not reached
    in `max_steps`, or where `J_x` is singular.
    """
    try:
        return runtime.root(residual, x0, *args, tol=tol, max_steps=max_steps)
    except NotSettledError as error:
        raise not_converged("a root", error) from None


def not_converged(what: str, error: NotSettledError) -> ConvergenceError:
    """The error for what has not been reached."""
    (why,) = error.args
    said = f"not after {why} steps" if isinstance(why, int) else str(why)
    hint = "begin nearer to it, or raise max_steps or tol"
    return ConvergenceError(
        Diagnostic(f"{what} is not reached", "", None, (said,), hint)
    )
