"""Sigmoid gates: the weights of the branches of a relaxed test, and the blend of what
the branches leave.

A test `d > 0` at temperature `t` has the weight `sigmoid(d / t)`; what stands against
it has `sigmoid(-d / t)`, computed by itself: `1 - p` has no digits left near 1.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module
from dpc.runtime.refused import NoBlendError
from dpc.runtime.trees import copy_tree

# sigmoid(-LIMIT) is 1e-9: a gate below counts as 0, one above the opposite as 1.
LIMIT = math.log(1e9 - 1)


def gates(d: Any, t: Any, holds: Any = False) -> tuple[Any, Any]:
    """The weights of `d > 0` and of its opposite, which sum to 1.

    d: a floating scalar, or an array of one element. An integer, an infinity or NaN,
      and any `d` at t = 0, are judged as the test itself does.
    t: the temperature, in the units of `d`.
    holds: a test that holds between equals, `a >= b` with `d = a - b`: its truth, for
      where `d` does not tell, at 0 and between infinities.
    """
    if type(d) is not float:
        return _converted(d, t, holds)
    if not t:
        return (1.0, 0.0) if d > 0 or holds else (0.0, 1.0)
    u = d / t
    if u >= 0:
        if u >= LIMIT:
            return 1.0, 0.0
        e = math.exp(-u)
        return 1 / (1 + e), e / (1 + e)
    if u > -LIMIT:
        e = math.exp(u)
        return e / (1 + e), 1 / (1 + e)
    # Between equal infinities `d` is NaN, and the test itself knows.
    return (1.0, 0.0) if holds and d != d else (0.0, 1.0)


def _converted(d: Any, t: Any, holds: Any) -> tuple[Any, Any]:
    """The same for other numbers than Python's floats, in their own precision."""
    if type(d) is np.float64:
        p, q = gates(float(d), float(t), holds)
        return np.float64(p), np.float64(q)
    if isinstance(d, int | np.integer | np.bool_):
        return (1.0, 0.0) if d > 0 or holds else (0.0, 1.0)
    if np.size(d) != 1:
        raise ValueError(
            f"the test of a branch has {np.size(d)} elements: use all or any of them"
        )
    if not np.issubdtype(d.dtype, np.floating):
        return gates(int(d.item()), t, holds)
    p, q = gates(float(d.item()), float(t), holds)
    kind = d.dtype.type
    return kind(p), kind(q)


def gates_of_elements(d: Any, t: Any, holds: Any = False) -> tuple[Any, Any]:
    """The weights of `d > 0` and of its opposite, element by element."""
    if np.size(d) == 1:
        return gates(d, t, holds)
    kind = np.result_type(d, np.float16)
    if t == 0:
        p = (d > 0) | holds
        return p.astype(kind), (~p).astype(kind)
    d = np.where(d != d, np.where(holds, np.inf, -np.inf), d)  # as the test has it
    small = np.exp(-np.abs(d / t))
    weight = 1 / (1 + small)
    other = np.where(small <= math.exp(-LIMIT), 0, small * weight)
    large = np.where(other == 0, 1, weight)
    p, q = np.where(d > 0, large, other), np.where(d > 0, other, large)
    return p.astype(kind), q.astype(kind)


def probability(p: Any) -> Any:
    """A weight that is given: below 1e-9 it counts as 0, above `1 - 1e-9` as 1."""
    if p < 1e-9:
        return 0.0 * p
    return p if p <= 1 - 1e-9 else p / p


def is_open(p: Any) -> float:
    """1 for a weight that is neither 0 nor 1, else 0."""
    return 1.0 if 0 < p < 1 else 0.0


def gate(p: Any, q: Any, d: Any, t: Any) -> Any:
    """The weight `p` of `gates(d, t)`, as a function of `d` and `t`."""
    return gates_of_elements(d, t)[0]


def against(q: Any, p: Any) -> Any:
    """The weight `q` that stands against `p`, as a function of `p`."""
    return 1 - p


def gate_bar(g: Any, p: Any, q: Any, t: Any) -> Any:
    """The cotangent of `d`, given `g` = p_bar - q_bar: 0 where the gate is closed."""
    if isinstance(p, np.ndarray) or isinstance(t, np.ndarray):
        closed = (np.asarray(p) == 0) | (np.asarray(q) == 0)
        return np.where(closed, 0, p * q / np.where(closed, 1, t) * g)
    return p * q / t * g if p and q else 0.0 * p


def temperature_bar(d_bar: Any, d: Any, t: Any) -> Any:
    """The cotangent of the temperature, given that of `d`: none at t = 0."""
    if isinstance(t, np.ndarray):
        return -d_bar * d / np.where(t == 0, np.inf, t)
    return -d_bar * d / t if t else 0.0 * d_bar


def weights(test: Any) -> tuple[float, float]:
    """The weights of a test that is not relaxed."""
    return (1.0, 0.0) if test else (0.0, 1.0)


def blend(p: Any, a: Any, q: Any, b: Any) -> Any:
    """`a` and `b` by weight; one that has all the weight is returned as it is.

    Raises NoBlendError for what is no number, and arrays of shapes that do not fit.
    """
    if isinstance(p, np.ndarray):
        return np.where(q == 0, a, np.where(p == 0, b, p * a + q * b))
    if not q:
        return a
    if not p:
        return b
    if type(a) is float and type(b) is float:
        return p * a + q * b
    return _blended_numbers(p, a, q, b)


_NUMBERS = (int, float, np.ndarray, np.generic)


def _blended_numbers(p: Any, a: Any, q: Any, b: Any) -> Any:
    if a is b or (type(a) is type(b) is int and a == b):
        return a
    for value in (a, b):
        # CuPy's arrays are numbers as well, and no type of NumPy's.
        if not isinstance(value, _NUMBERS) and not hasattr(value, "__array_ufunc__"):
            raise NoBlendError(f"{_said(a)} and {_said(b)}")
    try:
        return p * a + q * b
    except ValueError:
        raise NoBlendError(f"{_said(a)} and {_said(b)}") from None


def _said(value: Any) -> str:
    if value is None:
        return "None"
    if getattr(value, "shape", ()):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"


def snapshot(x: Any) -> Any:
    """A value, safe from what is written to its memory later."""
    return copy_tree(x)


def blend_finite(p: Any, a: Any, q: Any, b: Any) -> Any:
    """`a` and `b` by weight; where the lighter one is not finite, the other alone."""
    if p and q and _are_alike(a, b) and math.isfinite(np.vdot(a, b).real):
        return p * a + q * b
    y = blend(p, a, q, b)
    if type(y) is float and y - y == 0:
        return y
    light, heavy = (a, b) if p < q else (b, a)
    if _is_finite(light):
        return y
    # Two infinities that are equal are one value, not a failure.
    lost = ~np.isfinite(light) & (light != heavy)
    if not p or not q or not np.any(lost):
        return y
    warnings.warn(_NOT_FINITE, RuntimeWarning, stacklevel=2)
    if np.ndim(y) == 0:
        return heavy
    return np.where(lost, heavy, y).astype(y.dtype)


def _is_finite(x: Any) -> bool:
    """Surely no element is infinite or NaN: the sum of their squares is finite."""
    if type(x) is float:
        return x - x == 0
    return isinstance(x, np.ndarray) and math.isfinite(np.vdot(x, x).real)


_NOT_FINITE = "a branch that is not taken is not finite: the other counts alone"


def share_of(p: Any, a: Any, q: Any, b: Any) -> Any:
    """The weight that `a` has in `blend_finite`."""
    if not q:
        return 1.0
    if _is_finite(b if p >= q else a):
        return p
    alone, lost = (p > q, ~np.isfinite(b)) if p >= q else (False, ~np.isfinite(a))
    if np.ndim(lost) == 0:
        return float(alone) if lost else p
    return np.where(lost, float(alone), p).astype(np.result_type(a, b))


def counted(a: Any, b: Any) -> Any:
    """`a`, where both values are finite and the blend varies with its weights."""
    if _are_finite(a, b):
        return a
    fine = np.isfinite(a) & np.isfinite(b)
    if np.ndim(fine) == 0:
        return a if fine else 0.0
    return np.where(fine, a, 0).astype(np.result_type(a, b))


def counts(a: Any, b: Any) -> Any:
    """1 where both values are finite, else 0: the slope of `counted`."""
    if _are_finite(a, b):
        return 1.0
    fine = np.isfinite(a) & np.isfinite(b)
    return float(fine) if np.ndim(fine) == 0 else fine.astype(np.result_type(a, b))


def contrast(a: Any, b: Any) -> Any:
    """`a - b`, where both are finite: how the blend varies with the weight of `a`."""
    if type(a) is float and type(b) is float:
        return a - b if a - a == 0 == b - b else 0.0
    try:
        return a - b if _are_finite(a, b) else counted(a, b) - counted(b, a)
    except ValueError:
        raise NoBlendError(f"{_said(a)} and {_said(b)}") from None


def _are_finite(a: Any, b: Any) -> bool:
    """Surely neither has an element that is infinite or NaN."""
    if _are_alike(a, b):
        return math.isfinite(np.vdot(a, b).real)
    return _is_finite(a) and _is_finite(b)


def _are_alike(a: Any, b: Any) -> bool:
    """Both are arrays of one shape."""
    return type(a) is np.ndarray is type(b) and a.shape == b.shape


def unblend(g: Any, p: Any, a: Any, q: Any, b: Any) -> tuple[Any, Any, Any]:
    """The cotangents of `p`, `a` and `b`, given that of `blend_finite`; `q` is `1 - p`.

    Those of `a` and `b` have the shape of the blend.
    """
    arrays = type(g) is np.ndarray is type(a) and type(b) is np.ndarray
    if arrays and p and q and g.shape == a.shape == b.shape and g.dtype.kind == "f":
        p_bar = np.vdot(g, a) - np.vdot(g, b)
        if math.isfinite(p_bar.real):
            return p_bar, g * p, g * q
    p_bar = array_module(g, a, b).sum(g * contrast(a, b))
    return p_bar, g * share_of(p, a, q, b), g * share_of(q, b, p, a)


_FAILURES = (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError)


class Attempt:
    """A branch that may fail: true until it has."""

    __slots__ = ("dead", "holds")

    def __init__(self, dead: bool) -> None:
        self.dead = dead
        self.holds = True

    def __bool__(self) -> bool:
        return self.holds

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind is None or not self.dead or not issubclass(kind, _FAILURES):
            return False
        self.holds = False
        text = f"a branch that is not taken fails here, the other counts alone: {error}"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
        return True


def attempt(dead: bool) -> Attempt:
    """A branch that may fail if it is `dead`: lighter than the other one."""
    return Attempt(dead)


def ignoring(dead: bool) -> np.errstate:
    """A context without NumPy's warnings for a branch that is `dead`."""
    return np.errstate(all="ignore") if dead else np.errstate()


def demand_finite(x: Any, dead: bool) -> Any:
    """`x`; of a branch that is `dead`, no infinity and nothing that is not a number."""
    if dead and not np.all(np.isfinite(x)):
        raise FloatingPointError("its value is not finite")
    return x
