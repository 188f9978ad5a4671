"""What is known of a primitive's result, from what is known of its operands.

The functions here are `Infer`s (see `dpc.ir.library`), or make one. Elementwise ones
give the fact as Python's operators have it; `of_key` adapts it to the function's own
habit: NumPy returns its own scalars, `math` returns floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.ir.library import Infer

Args = tuple[Fact, ...]
Kwargs = Mapping[str, Fact]

PYTHON = frozenset({"float", "int", "bool", "complex"})
# Less than double precision.
NARROW = frozenset({"f2", "f4", "c8"})


# Two numbers or arrays of them.
PAIR = Fact("tuple", items=(F.NUMBER, F.NUMBER))


class Unknown:
    """The type of `UNKNOWN`, for an operand that is not a literal."""


UNKNOWN = Unknown()


def fixed(fact: Fact) -> Infer:
    """Always the same fact."""
    return lambda args, kwargs: fact


def first(args: Args, kwargs: Kwargs) -> Fact:
    """The fact of the first operand."""
    return args[0] if args else F.ANY


def floating(args: Args, kwargs: Kwargs) -> Fact:
    """An elementwise function that is floating also on integers: `tanh`, `/`."""
    fact = F.elementwise(args)
    if fact.kind in ("int", "bool"):
        return F.FLOAT
    return replace(fact, dtype=float_dtype(fact.dtype), value=None)


def arithmetic(args: Args, kwargs: Kwargs) -> Fact:
    """An elementwise function that keeps integers integer: `+`, `abs`, `np.maximum`."""
    fact = F.elementwise(args)
    return F.INT if fact.kind == "bool" else replace(fact, value=None)


def comparison(args: Args, kwargs: Kwargs) -> Fact:
    """A truth value an element."""
    if all(fact.kind in PYTHON or fact.kind in ("str", "none") for fact in args):
        return F.BOOL
    if not any(fact.is_number for fact in args):
        return F.ANY
    return replace(F.elementwise(args), dtype="b1", value=None)


def of_key(key: str, infer: Infer) -> Infer:
    """An elementwise result as the function of this name returns it."""
    if key.startswith("math."):
        return fixed(F.FLOAT)
    if key.startswith("scipy."):
        return narrowed(numpys(infer))
    return numpys(infer) if key.startswith("np.") else infer


def narrowed(infer: Infer) -> Infer:
    """SciPy computes some of its functions in double precision whatever it is given."""

    def adapted(args: Args, kwargs: Kwargs) -> Fact:
        fact = infer(args, kwargs)
        return of_any_width(fact) if fact.dtype in NARROW else fact

    return adapted


def of_any_width(fact: Fact) -> Fact:
    """The same, floating or complex numbers of a precision that is not known."""
    return replace(fact, dtype=fact.dtype[:1]) if fact.dtype[:1] in "fc" else fact


def doubled(args: Args, kwargs: Kwargs) -> Fact:
    """What is computed in double precision, whatever comes."""
    fact = F.elementwise(args)
    dtype = {"": "", "c": "c16"}.get(fact.dtype[:1], "f8")
    return replace(fact, dtype=dtype, value=None)


def numpys(infer: Infer) -> Infer:
    """What NumPy's function returns where the operator has the result `infer`."""

    def adapted(args: Args, kwargs: Kwargs) -> Fact:
        fact = infer(args, kwargs)
        given = given_dtype(kwargs.get("dtype"))
        if given is not None:
            fact = replace(fact, dtype=given)
        if fact.kind in PYTHON:
            return Fact("scalar", fact.dtype, ())
        return F.NUMBER if fact.kind == "any" else fact

    return adapted


def float_dtype(dtype: str) -> str:
    """The dtype of a floating function's result on elements of `dtype`."""
    if dtype[:1] not in ("b", "i", "u"):
        return dtype
    return "f8" if dtype[1:] in ("4", "8") else "f"


def dtype_name(value: object) -> str:
    """The dtype that a type or dtype object stands for, "" if it is none."""
    if value is None:
        return ""
    try:
        found = np.dtype(value)  # type: ignore[call-overload]
    except TypeError:
        return ""
    return f"{found.kind}{found.itemsize}" if found.kind in "biufc" else ""


def given_dtype(fact: Fact | None) -> str | None:
    """The dtype that `dtype=` asks for: "" if unknown, None if it is not there."""
    if fact is None or fact.kind == "none":
        return None
    if fact.value is None:
        return ""
    return dtype_name(fact.value)


def literal(fact: Fact | None, default: object = None) -> object:
    """The value of an operand that is a literal, `default` for one left out."""
    if fact is None:
        return default
    if fact.kind == "none":
        return None
    if fact.kind == "tuple" and fact.items is not None:
        values = tuple(literal(item) for item in fact.items)
        return UNKNOWN if UNKNOWN in values else values
    if fact.kind in ("int", "bool") and isinstance(fact.value, int):
        return fact.value
    if fact.kind == "str" and isinstance(fact.value, str):
        return fact.value
    return UNKNOWN


def operand(args: Args, kwargs: Kwargs, position: int, name: str) -> Fact | None:
    """An operand that may be given by position or by keyword."""
    if name in kwargs:
        return kwargs[name]
    return args[position] if position < len(args) else None


def axes(axis: object, rank: int) -> tuple[int, ...] | None:
    """Which axes a literal `axis` means: all for `None`; None if it does not say."""
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, tuple) else (axis,)
    found = []
    for one in given:
        if not isinstance(one, int) or not -rank <= one < rank:
            return None
        found.append(one % rank)
    return tuple(found)


def reduced_shape(shape: Shape, axis: object, keepdims: bool) -> Shape | None:
    """The shape after a reduction along `axis`."""
    along = axes(axis, len(shape))
    if along is None:
        return None
    if keepdims:
        return tuple(1 if i in along else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in along)


def shaped(kind: str, dtype: str, shape: Shape | None) -> Fact:
    """An array function's result: a NumPy scalar in place of a 0-d array."""
    if shape == ():
        return Fact("scalar", dtype, ())
    return Fact(kind if shape is None else "array", dtype, shape)


def size_of(shape: Shape) -> Dim:
    """The number of elements, where it is a literal."""
    total = 1
    for size in shape:
        if not isinstance(size, int):
            return None
        total *= size
    return total


def bits(args: Args, kwargs: Kwargs) -> Fact:
    """`& | ^ ~ << >>`: truth values stay truth values."""
    fact = F.elementwise(args)
    if all(one.kind == "bool" for one in args) and len(args) > 1:
        return F.BOOL
    return F.INT if fact.kind == "bool" else replace(fact, value=None)


def real_part(args: Args, kwargs: Kwargs) -> Fact:
    """A real number an element: `abs`, `np.real`, `np.angle`."""
    fact = arithmetic(args, kwargs)
    kind = "float" if fact.kind == "complex" else fact.kind
    dtype = fact.dtype
    if dtype[:1] == "c":
        dtype = f"f{int(dtype[1:]) // 2}" if dtype[1:] else "f"
    return replace(fact, kind=kind, dtype=dtype)


def rounded(args: Args, kwargs: Kwargs) -> Fact:
    """`np.round`: the number of decimals is not an operand of the broadcast."""
    return arithmetic(args[:1], {})


def integers(args: Args, kwargs: Kwargs) -> Fact:
    """Indices, in a shape of which nothing is known."""
    return Fact("number", "i8")


def unless_0d(infer: Infer) -> Infer:
    """For functions that, unlike NumPy's, may keep a 0-d array an array."""

    def adapted(args: Args, kwargs: Kwargs) -> Fact:
        fact = infer(args, kwargs)
        zero_d = any(one.is_array and one.shape in ((), None) for one in args)
        return Fact("number", fact.dtype) if zero_d else fact

    return adapted
