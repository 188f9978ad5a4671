"""`np.linalg.norm` in all its orders, of vectors and of matrices.

At 0 the derivative is 0; equal maxima share. A formula of the slope serves both modes:
the slope of the norm in every element, times the cotangent or summed with the tangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import domains as D, results
from dpc.rules.known import NONE, array_of, infers, scalar_or_array
from dpc.rules.products import rank_of
from dpc.rules.reductions import lowered
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import NOT_KNOWN, Traced, conj, real, realised, rt

rules = RuleSet("norms")

FALSE = F.of_constant(False)


def _norm_fact(
    x: Fact, ord: Fact = NONE, axis: Fact = NONE, keepdims: Fact = FALSE
) -> Fact:
    found = array_of(x)
    dtype = results.float_dtype(found.dtype)
    dtype = {"c16": "f8", "c8": "f4", "c": "f"}.get(dtype, dtype)
    along, keep = results.literal(axis), results.literal(keepdims)
    if along is None and keep is False:
        return Fact("scalar", dtype, ())
    if found.shape is None or not isinstance(keep, bool):
        return Fact("number", dtype)
    return scalar_or_array(dtype, results.reduced_shape(found.shape, along, keep))


def _norm_domain(rng: Any, shape: Any) -> list[D.Call]:
    if not shape:
        return []
    x, rank = drawn(rng, shape) + 0.1, len(shape)
    z = x + 1j * drawn(rng, shape)
    calls = [D.call(z), D.call(z, axis=-1)] if x.size else []
    calls += [D.call(x), D.call(x, axis=-1), D.call(x, axis=0, keepdims=True)]
    if not x.size:
        return [*calls, D.call(x, 1, axis=-1)]
    orders: list[Any] = [2, 1, np.inf, -np.inf, 3, 2.5, -2, 0]
    calls += [D.call(x, ord, axis=rank - 1) for ord in orders]
    if rank == 1:
        return calls + [D.call(x, ord) for ord in orders]
    orders = ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
    calls += [D.call(x, ord, axis=(0, -1)) for ord in orders]
    if rank == 2:
        calls += [D.call(z, ord) for ord in ("nuc", 1, 2, np.inf)]
        calls += [D.call(x, ord, keepdims=True) for ord in orders]
    return calls


@rules.pullback("np.linalg.norm", infer=infers(_norm_fact), domain=_norm_domain)
def norm(
    g: Any,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
    *,
    out: Any,
) -> Any:
    return slope(realised(g, x, out), x, ord, axis, keepdims, out), NOT_KNOWN


@rules.pushforward("np.linalg.norm")
def norm_tangent(
    x_dot: Any,
    ord_dot: Any,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = False,
    *,
    out: Any,
) -> Any:
    one = 1.0 if axis is None and keepdims is False else np.ones_like(out)
    if ord_dot is not None:
        raise Refused("no derivative of a norm in its order is known")
    rates = slope(one, x, ord, axis, keepdims, out)
    if rates is None:
        return np.zeros_like(out)
    return np.sum(real(rates * x_dot), axis=axis, keepdims=keepdims)


def slope(g: Any, x: Any, ord: Any, axis: Any, keepdims: Any, out: Any) -> Any:
    """`g` times the derivative of the norm in each element of `x`; None if it is 0."""
    rank = rank_of(x)
    if any(isinstance(operand, Traced) for operand in (ord, axis, keepdims)):
        return rt.norm_slope(g, x, ord, axis, keepdims, out)
    if axis is None and (ord is None or ord == "fro" or (ord == 2 and rank == 1)):
        return conj(x) * lowered(rt.ratio(g, out), x, axis, keepdims)
    if axis is None and rank is None:
        return rt.norm_slope(g, x, ord, axis, keepdims, out)
    pair = axis if axis is not None else 0 if rank == 1 else (0, 1)
    if isinstance(pair, tuple) and len(pair) == 1:
        pair = pair[0]
    g, out = lowered(g, x, pair, keepdims), lowered(out, x, pair, keepdims)
    if isinstance(pair, tuple):
        return _of_matrices(g, x, ord, pair, out)
    return _of_vectors(g, x, ord, pair, out)


def _of_vectors(g: Any, x: Any, ord: Any, axis: Any, out: Any) -> Any:
    """`g` and `out` broadcast against `x`."""
    if ord is None or ord == 2:
        return conj(x) * rt.ratio(g, out)
    if ord == 0:
        return None
    if ord == 1:
        return g * conj(np.sign(x))
    if ord in (np.inf, -np.inf):
        signs = np.where(np.abs(x) == out, conj(np.sign(x)), 0)
        return g * rt.ratio(signs, np.sum(np.abs(signs), axis=axis, keepdims=True))
    return conj(np.sign(x)) * np.abs(x) ** (ord - 1) * rt.ratio(g, out ** (ord - 1))


def _shares(values: Any, best: Any, axis: Any) -> Any:
    """One, shared equally among the values along an axis that are the best."""
    ties = np.where(values == best, np.ones_like(values), 0)
    return ties / np.sum(ties, axis=axis, keepdims=True)


def _of_matrices(g: Any, x: Any, ord: Any, axes: tuple[int, int], out: Any) -> Any:
    if ord is None or ord == "fro":
        return conj(x) * rt.ratio(g, out)
    rows, columns = axes
    if ord in (1, -1, np.inf, -np.inf):
        # The largest or smallest sum of absolute values of a column or a row.
        inner, outer = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = np.sum(np.abs(x), axis=inner, keepdims=True)
        return g * conj(np.sign(x)) * _shares(sums, out, outer)
    rest = (rows, columns), (-2, -1)
    u, s, vh = svd(np.moveaxis(x, *rest))
    if ord == "nuc":
        weights = s > 0
    else:
        best = (np.max if ord == 2 else np.min)(s, axis=-1, keepdims=True)
        weights = _shares(s, best, -1)
    whole = (u * weights[..., None, :]) @ vh
    return g * np.moveaxis(conj(whole), *reversed(rest))


def svd(x: Any) -> tuple[Any, Any, Any]:
    """The singular value decomposition, as three values."""
    found = np.linalg.svd(x, full_matrices=False)
    return found[0], found[1], found[2]
