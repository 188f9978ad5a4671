"""Sparse matrices as constant operands of products.

SciPy's and CuPy's matrices are known by their fact alone: neither is imported. The
adjoint of `a @ x` is `a.T @ g`, a product with the same matrix again.
"""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact, Shape
from dpc.rules.known import matmul_shape
from dpc.rules.trace import NOT_KNOWN, Traced


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
    """The adjoints of a product: one for the matrix, if it varies, is not known."""
    if _is_sparse(x1):
        return NOT_KNOWN, NOT_KNOWN if _is_sparse(x2) else x1.T @ g
    return (x2 @ g if x1.rank == 1 else (x2 @ g.T).T), NOT_KNOWN
