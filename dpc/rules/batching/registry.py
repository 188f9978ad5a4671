"""The declarations: what a primitive does when some operands have a batch axis.

A declaration is array code over `Value`s, with the primal's parameters:

    @over_rows("np.tril", "np.triu")
    def triangle(b, m, k=0):
        return b.same(b.rows(m), k)

`b` is the `Batch` that builds the program. The result is an array with the batch in
front, or a `Value`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

Declared = Callable[..., Any]
DECLARED: dict[str, Declared] = {}


def over_rows(*keys: str) -> Callable[[Declared], Declared]:
    """Declare what these primitives do over a batch."""

    def declare(body: Declared) -> Declared:
        for key in keys:
            if key in DECLARED:
                raise ValueError(f"{key} has two declarations for batches")
            DECLARED[key] = body
        return body

    return declare


def fits(body: Declared, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a declaration has parameters for these operands."""
    try:
        inspect.signature(body).bind(None, *args, **kwargs)
    except TypeError:
        return False
    return True
