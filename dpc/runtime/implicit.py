"""Fixed points and roots: solvers, and what stands for their derivative.

A compiled function contains these solvers as they are written here. The iterations
carry no derivative: `solution` ends what is differentiated, and `at_fixed_point` and
`at_root` say by which equation their result depends on everything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.runtime.adjoints import accumulate
from dpc.runtime.arrays import array_module
from dpc.runtime.trees import copy_tree, fields_of, is_array, zeros


class NotSettledError(ArithmeticError):
    """An iteration has not come to an end within its steps."""


def fixed_point(
    step: Callable[..., Any],
    x0: Any,
    *args: Any,
    tol: float = 1e-10,
    max_steps: int = 1000,
) -> Any:
    """The `x` with `x = step(x, *args)`; see `dpc.fixed_point`."""
    x = x0
    settled = False
    for _ in range(max_steps):
        before = x
        x = step(before, *args)
        settled = has_settled(x, before, tol)
        if settled:
            break
    require_settled(settled, max_steps)
    x = solution(x)
    return at_fixed_point(step(x, *args), x, tol, max_steps)


def root(
    residual: Callable[..., Any],
    x0: Any,
    *args: Any,
    tol: float = 1e-10,
    max_steps: int = 100,
) -> Any:
    """The `x` with `residual(x, *args) = 0`; see `dpc.root`."""
    x = x0
    r = residual(x, *args)
    settled = is_small(r, tol)
    for _ in range(max_steps):
        if settled:
            break
        slopes = []
        for k in range(count(x)):
            near = nudged(x, k)
            slopes.append(difference_quotient(residual(near, *args), r, near, x))
        x = newton(x, slopes, r)
        r = residual(x, *args)
        settled = is_small(r, tol)
    require_settled(settled, max_steps)
    x = solution(x)
    return at_root(x, residual(x, *args))


def solution(x: Any) -> Any:
    """`x`, however it has been found, in memory of its own."""
    return copy_tree(x)


def at_fixed_point(y: Any, x: Any, tol: float, max_steps: int) -> Any:
    """`y`, the result of a step at the solution `x`: both are the fixed point."""
    return copy_tree(y)


def at_root(x: Any, r: Any) -> Any:
    """`x`, where the residual is `r`."""
    return copy_tree(x)


def require_settled(settled: Any, steps: int) -> None:
    """Refuse what has not come to an end; over a batch, in any of its rows."""
    if not np.all(settled):
        raise NotSettledError(steps)


def has_settled(x: Any, before: Any, tol: float, least: float = 1.0) -> bool:
    """Whether no number has changed by more than `tol`, or than its precision allows,
    relative to the largest of them or to `least`."""
    new, old = flat(x), flat(before)
    if new.shape != old.shape or not new.size:
        return bool(new.shape == old.shape)
    tol = max(tol, 4 * float(np.finfo(new.dtype).eps))
    with np.errstate(invalid="ignore"):
        change, largest = float(abs(new - old).max()), float(abs(new).max())
    return math.isfinite(largest) and change <= tol * max(least, largest)


def is_small(r: Any, tol: float) -> bool:
    """Whether no number is above `tol`."""
    values = flat(r)
    return bool(not values.size or abs(values).max() <= tol)


def leaves_of(x: Any) -> list[Any]:
    """The numbers and arrays of numbers in `x`, in order."""
    if is_array(x):
        return [x] if x.dtype.kind in "fiu" else []
    if isinstance(x, bool | np.bool_ | str | None):
        return []
    if isinstance(x, float | int | np.floating | np.integer):
        return [x]
    parts = []
    if isinstance(x, list | tuple):
        parts = list(x)
    elif isinstance(x, dict):
        parts = list(x.values())
    else:
        parts = [getattr(x, name) for name in fields_of(x) or ()]
    return [leaf for part in parts for leaf in leaves_of(part)]


def flat(x: Any) -> Any:
    """The numbers in `x` as one vector of floats."""
    leaves = leaves_of(x)
    xp = array_module(*leaves)
    if not leaves:
        return xp.zeros(0)
    return xp.concatenate([xp.ravel(xp.asarray(leaf)) * 1.0 for leaf in leaves])


def count(x: Any) -> int:
    """How many numbers there are in `x`."""
    return sum(math.prod(getattr(leaf, "shape", ())) for leaf in leaves_of(x))


def unflat(values: Any, like: Any) -> Any:
    """The numbers of a vector in the structure of `like`: the opposite of `flat`."""
    return filled_from(list(parts_like(values, like)), like)


def parts_like(values: Any, like: Any) -> list[Any]:
    """A vector cut into pieces of the shapes of the leaves of `like`."""
    parts, start = [], 0
    for leaf in leaves_of(like):
        shape = getattr(leaf, "shape", ())
        size = math.prod(shape)
        part = values[start : start + size]
        parts.append(part.reshape(shape) if is_array(leaf) else part[0])
        start += size
    return parts


def filled_from(parts: list[Any], like: Any) -> Any:
    """`like` with its leaves replaced, which are taken from the front of `parts`."""
    if is_array(like) and like.dtype.kind in "fiu":
        kind = like.dtype if like.dtype.kind == "f" else float
        return parts.pop(0).astype(kind)
    if isinstance(like, bool | np.bool_ | str | None):
        return like
    if isinstance(like, float | int | np.floating | np.integer):
        value = parts.pop(0)
        whole = isinstance(like, int | np.integer)
        return float(value) if whole else type(like)(value)
    if isinstance(like, tuple):
        return tuple.__new__(type(like), [filled_from(parts, part) for part in like])
    if isinstance(like, list):
        made = like.copy()
        made[:] = [filled_from(parts, part) for part in like]
        return made
    if isinstance(like, dict):
        return {key: filled_from(parts, part) for key, part in like.items()}
    names = fields_of(like)
    if names is None:
        return like
    whole = object.__new__(type(like))
    for name in names:
        object.__setattr__(whole, name, filled_from(parts, getattr(like, name)))
    return whole


def nudged(x: Any, k: int) -> Any:
    """`x` with its `k`-th number a little larger."""
    values = flat(x)
    digits = np.finfo(values.dtype).eps
    values[k] += digits**0.5 * max(1.0, abs(values[k]))
    return unflat(values, x)


def difference_quotient(r_near: Any, r: Any, near: Any, x: Any) -> Any:
    """How fast a residual changes from `x` to a point `near` it."""
    return (flat(r_near) - flat(r)) / (flat(near) - flat(x)).sum()


def newton(x: Any, slopes: list[Any], r: Any) -> Any:
    """One step of Newton's method; `slopes` are the columns of the Jacobian."""
    xp = array_module(*slopes)
    jacobian = xp.stack(slopes, axis=1)
    if jacobian.shape[0] != jacobian.shape[1] or not xp.isfinite(jacobian).all():
        raise NotSettledError("the residual has not as many numbers as x, or no slope")
    try:
        change = xp.linalg.solve(jacobian, flat(r))
    except np.linalg.LinAlgError:
        raise NotSettledError("the Jacobian of the residual is singular") from None
    return unflat(flat(x) - change, x)


def basis(r: Any, k: int) -> Any:
    """The cotangent of `r` that is one for its `k`-th number and zero elsewhere."""
    like = zeros(r)
    values = flat(like)
    values[k] = 1.0
    return unflat(values, like)


def flat_like(x_bar: Any, x: Any) -> Any:
    """A cotangent of `x` as one vector."""
    return flat(accumulate(zeros(x), x_bar))


def adjoint_of_root(rows: list[Any], x_bar: Any, r: Any, x: Any) -> Any:
    """The cotangent of a residual for that of its root, `-J^-T x_bar`.

    rows: those of the Jacobian `J` of the residual `r`. Raises NotSettledError if it is
    singular.
    """
    xp = array_module(*rows)
    jacobian = xp.stack(rows)
    try:
        w = -xp.linalg.solve(jacobian.T, flat_like(x_bar, x))
    except np.linalg.LinAlgError:
        raise NotSettledError("the Jacobian of the residual is singular") from None
    return unflat(w, zeros(r))


def tangent_of_root(columns: list[Any], r_dot: Any, r: Any, x: Any) -> Any:
    """The tangent of a root for that of its residual there, `-J^-1 r_dot`.

    columns: those of the Jacobian `J` of the residual `r`. Raises NotSettledError if it
    is singular.
    """
    xp = array_module(*columns)
    jacobian = xp.stack(columns, axis=1)
    try:
        x_dot = -xp.linalg.solve(jacobian, flat_like(r_dot, r))
    except np.linalg.LinAlgError:
        raise NotSettledError("the Jacobian of the residual is singular") from None
    return unflat(x_dot, zeros(x))
