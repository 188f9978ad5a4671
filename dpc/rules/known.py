"""Facts of array functions' results, by the names of their parameters.

`infers` makes a function of such facts an `Infer`; an operand that is left out has the
parameter's default. Where a call has an operand that the function does not list,
nothing is known of its result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import reduce

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.ir.library import Infer
from dpc.rules import results, sizes

# The fact of an operand that is left out, where its default is None.
NONE = F.NONE


def infers(describe: Callable[..., Fact]) -> Infer:
    """`describe`, whose parameters are the primal's, as the library wants it."""
    parameters = list(inspect.signature(describe).parameters.values())
    star = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    names = {p.name for p in parameters}
    required = [p.name for p in parameters if p.default is p.empty and not star]
    most = 1000 if star else len(parameters)

    def infer(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
        missing = any(name not in kwargs for name in required[len(args) :])
        if missing or len(args) > most or not names.issuperset(kwargs):
            return F.ANY
        return describe(*args, **kwargs)

    return infer


def array_of(fact: Fact) -> Fact:
    """The fact of `np.asarray(x)`: lists of numbers count as arrays here."""
    if fact.is_array:
        return fact
    if fact.is_scalar:
        return F.array(fact.dtype, ())
    if fact.kind not in ("list", "tuple"):
        return F.array(fact.dtype)
    if fact.items is not None:
        rows = tuple(array_of(item) for item in fact.items)
        if not rows:
            return F.array("f8", (0,))
        dtype = reduce(F.promote, (row.dtype for row in rows))
        return F.array(dtype, _stacked(len(rows), rows))
    if fact.element is None:
        return F.array()
    row = array_of(fact.element)
    shape = None if row.shape is None else (None, *row.shape)
    # An empty list makes an array of f8.
    return F.array(row.dtype if row.dtype == "f8" else "", shape)


def _stacked(count: int, rows: tuple[Fact, ...]) -> Shape | None:
    shape = rows[0].shape
    for row in rows[1:]:
        shape = agreed(shape, row.shape)
    return None if shape is None else (count, *shape)


def agreed(a: Shape | None, b: Shape | None) -> Shape | None:
    """What two shapes say of one that both must have, or NumPy raises."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(m if m is not None else n for m, n in zip(a, b, strict=True))


def lengths(fact: Fact) -> Shape | None:
    """The shape that a `shape` operand names: an integer or a sequence of them."""
    if fact.kind == "int":
        return (sizes.as_size(fact.value),)
    if fact.kind in ("tuple", "list") and fact.items is not None:
        return tuple(sizes.as_size(item.value) for item in fact.items)
    return None


def axes_of(fact: Fact, rank: int | None) -> tuple[int, ...] | None:
    """The axes that an `axis` operand names, counted from the front; all for None."""
    return None if rank is None else results.axes(results.literal(fact), rank)


def one_axis(fact: Fact, rank: int | None) -> int | None:
    """The one axis that an `axis` operand names."""
    axes = axes_of(fact, rank)
    return axes[0] if axes is not None and fact.kind == "int" else None


def scalar_or_array(dtype: str, shape: Shape | None) -> Fact:
    """The result of a reduction or product, which NumPy returns as a scalar if 0-d."""
    return results.shaped("number", dtype, shape)


def resized(shape: Shape, axis: int, *size: Dim) -> Shape:
    """The shape with other sizes, or none, in place of the one at `axis`."""
    return (*shape[:axis], *size, *shape[axis + 1 :])


def matmul_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    """The shape of `a @ b`."""
    if not a or not b:
        return None
    front = F.broadcast((a[:-2], b[:-2]))
    if front is None:
        return None
    return (*front, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
