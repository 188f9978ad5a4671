"""Sparse matrices as constant operands of products.

SciPy's and CuPy's matrices are known by their fact alone: neither is imported. The
adjoint of `a @ x` is `a.T @ g`, a product with the same matrix again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact, Shape
from dpc.rules import results
from dpc.rules.known import matmul_shape
from dpc.rules.nested import fact_of, items_of
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import NOT_KNOWN, Traced, applied, rt

rules = RuleSet("sparse")


def among(*operands: Any) -> bool:
    """One of the operands is proven to be a sparse matrix."""
    return any(map(_is_sparse, operands))


def _is_sparse(x: Any) -> bool:
    return isinstance(x, Traced) and x.fact.kind == "sparse"


def product_fact(x1: Fact, x2: Fact) -> Fact:
    """A sparse matrix times an array is an array, times another one it is sparse."""
    dtype = F.promote(x1.dtype, x2.dtype)
    shapes = [
        x.shape or (None, None) if x.kind == "sparse" else x.shape for x in (x1, x2)
    ]
    shape = matmul_shape(*shapes)
    return Fact("sparse", dtype, shape) if x1.kind == x2.kind else F.array(dtype, shape)


def _shape(x: Fact) -> Shape | None:
    return (None, None) if x.kind == "sparse" and x.shape is None else x.shape


def adjoints(g: Any, x1: Any, x2: Any) -> Any:
    """The adjoints of a product. That of a matrix is an array like its `data`."""
    if _is_sparse(x1) and _is_sparse(x2):
        return NOT_KNOWN, NOT_KNOWN
    if _is_sparse(x1):
        made = _is_made(x1)
        return rt.sampled_left(g, x1, x2) if made else NOT_KNOWN, x1.T @ g
    x1_bar = x2 @ g if x1.rank == 1 else (x2 @ g.T).T
    return x1_bar, rt.sampled_right(g, x1, x2) if _is_made(x2) else NOT_KNOWN


def _is_made(x: Any) -> bool:
    """A matrix that the function itself has made, perhaps of what varies."""
    return x.build.definition(x.atom) is not None


def _made(form: str) -> None:
    key = f"scipy.sparse.{form}"

    @rules.pullback(key, infer=lambda args, kwargs: Fact("sparse"))
    def pull(
        g: Any,
        arg1: Any,
        shape: Any = None,
        dtype: Any = None,
        copy: Any = False,
        *,
        out: Any,
    ) -> Any:
        _, *rest = _parts(arg1, key)
        coordinates = rest[0] if len(rest) == 1 else None
        bar = rt.data_of(g, out, coordinates)
        return [bar, *map(_zeros, rest)]

    @rules.pushforward(key)
    def push(
        arg1_dot: Any,
        arg1: Any,
        shape: Any = None,
        dtype: Any = None,
        copy: Any = False,
        *,
        out: Any,
    ) -> Any:
        _, *rest = _parts(arg1, key)
        return applied(key, (arg1_dot[0], *rest), shape=out.shape)


def _parts(arg1: Any, key: str) -> list[Any]:
    """What a matrix is made of: its data, and where they stand."""
    fact = fact_of(arg1)
    if fact.kind not in ("tuple", "list") or len(fact.items or ()) not in (2, 3):
        raise Refused(f"{key} of this has no derivative rule: give (data, places)")
    found = items_of(arg1)
    assert found is not None
    return found


def _zeros(places: Any) -> Any:
    fact = fact_of(places)
    if fact.items is not None:
        return [np.zeros_like(item) for item in items_of(places) or ()]
    return np.zeros_like(places)


for _form in ("csr", "csc", "coo"):
    for _kind in ("matrix", "array"):
        _made(f"{_form}_{_kind}")


def _dense(args: Args, kwargs: Kwargs) -> Fact:
    return F.array(args[0].dtype, args[0].shape or (None, None))


@rules.pullback("method.toarray", infer=_dense)
def toarray(g: Any, a: Any, *, out: Any) -> Any:
    return rt.sampled(g, a)


@rules.pushforward("method.toarray")
def toarray_tangent(a_dot: Any, a: Any, *, out: Any) -> Any:
    return applied("method.toarray", a_dot)


def _once(name: str) -> None:
    """An adjoint that has no adjoint of its own yet."""
    why = "a product in a sparse matrix has no second derivative rule"

    @rules.pullback(f"dpc.{name}", infer=results.fixed(F.array("", (None,))))
    def pull(g: Any, *operands: Any, out: Any) -> Any:
        raise Refused(why)

    @rules.pushforward(f"dpc.{name}")
    def push(dots: Any, *operands: Any, out: Any) -> Any:
        raise Refused(why)


for _name in ("sampled", "sampled_left", "sampled_right", "data_of"):
    _once(_name)
