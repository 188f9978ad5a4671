"""What is known of a value before the program runs: the facts beside each slot.

A fact is an upper bound: it holds for every value that the slot can have. `ANY` knows
nothing. Dimensions are symbols, never the sizes of a call: two equal symbols are equal
sizes in every call that the program is specialised for, `1` is the size one, `None` is
a size of which nothing is known.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass, replace

# A size: 1, a symbol, or unknown. Sizes that are literals in the source are ints as
# well.
Dim = int | str | None
Shape = tuple[Dim, ...]

# float, int, bool, complex and str are Python's own; "scalar" is a NumPy scalar or any
# of Python's numbers; "number" is a scalar or an array of any rank.
SCALARS = frozenset({"float", "int", "bool", "complex", "scalar"})
NUMBERS = SCALARS | {"array", "number"}


@dataclass(frozen=True, slots=True)
class Fact:
    """The kind of a value and what is known of its parts.

    kind: any, number, array, scalar, float, int, bool, complex, str, none, tuple, list,
      dict, object, function, module, slice, range, sparse, other.
    dtype: kind letter and size as NumPy has them: "f8", "f4", "i8", "b1", "c16"; "f" or
      "i" or "c" where only the kind is known; "" unknown. Only for scalar, array,
      number.
    shape: of an array, or None if even the rank is unknown. A scalar has ().
    items: facts of a tuple's or list's elements where their number is known; of a list
      of any length there is one fact in `element`.
    fields: of a dict with known string keys or of an object, by name.
    value: for an int, the symbol of its value (so that `np.zeros(x.shape[0])` has a
      known shape); for a function, module or object class, the live thing itself.
    """

    kind: str = "any"
    dtype: str = ""
    shape: Shape | None = None
    items: tuple[Fact, ...] | None = None
    element: Fact | None = None
    fields: tuple[tuple[str, Fact], ...] | None = None
    value: object = None

    @property
    def rank(self) -> int | None:
        """The number of dimensions, if it is known."""
        return None if self.shape is None else len(self.shape)

    @property
    def is_scalar(self) -> bool:
        """Proven to be an immutable number, not an array of any rank."""
        return self.kind in SCALARS

    @property
    def is_array(self) -> bool:
        """Proven to be an array."""
        return self.kind == "array"

    @property
    def is_number(self) -> bool:
        """Proven to be a number or an array of numbers."""
        return self.kind in NUMBERS

    @property
    def is_integer(self) -> bool:
        """Proven to be a whole number, of Python or of NumPy: an index of one place."""
        number = self.kind == "scalar" and self.dtype[:1] in ("i", "u")
        return self.kind == "int" or number

    @property
    def is_float_like(self) -> bool:
        """Could carry a derivative: not proven integer, boolean, string or None."""
        if self.kind in ("any", "float", "complex"):
            return True
        if self.kind in ("scalar", "array", "number", "sparse"):
            return self.dtype[:1] in ("", "f", "c", "O")
        return self.kind in ("tuple", "list", "dict", "object")

    def field(self, name: str) -> Fact:
        """The fact of a field or key, `ANY` if it is not known."""
        return dict(self.fields or ()).get(name, ANY)


ANY = Fact()
NUMBER = Fact("number")
FLOAT = Fact("float", "f8", ())
INT = Fact("int", "i8", ())
BOOL = Fact("bool", "b1", ())
COMPLEX = Fact("complex", "c16", ())
STR = Fact("str")
NONE = Fact("none")
SCALAR = Fact("scalar", "", ())


def array(dtype: str = "", shape: Shape | None = None) -> Fact:
    """The fact of an array."""
    return Fact("array", dtype, shape)


def of_constant(value: object) -> Fact:
    """The fact of a literal."""
    match value:
        case bool():
            return Fact("bool", "b1", (), value=value)
        case int():
            return Fact("int", "i8", (), value=value)
        case float():
            return FLOAT
        case complex():
            return COMPLEX
        case str():
            return Fact("str", value=value)
        case None:
            return NONE
        case tuple():
            return Fact("tuple", items=tuple(of_constant(item) for item in value))
        case slice():
            return Fact("slice", value=value)
        case types.EllipsisType():
            return Fact("other", value=value)
        case _:
            return Fact("other")


def join(a: Fact, b: Fact) -> Fact:
    """The least fact that holds for both."""
    if a == b:
        return a
    if a.is_number and b.is_number:
        return _join_numbers(a, b)
    if a.kind != b.kind:
        return ANY
    items = None
    if a.items is not None and b.items is not None and len(a.items) == len(b.items):
        items = tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True))
    element = None
    x, y = element_of(a), element_of(b)
    if x is not None and y is not None:
        element = join(x, y)
    elif a.kind == "tuple" and () in (a.items, b.items):  # All are of the other one.
        element = y if a.items == () else x
    fields = None
    if a.fields is not None and b.fields is not None:
        other = dict(b.fields)
        fields = tuple((k, join(f, other[k])) for k, f in a.fields if k in other)
    value = a.value if a.value is b.value else None
    shape = a.shape if a.shape == b.shape else None
    return Fact(a.kind, "", shape, items, element, fields, value)


def with_numpy(fact: Fact) -> Fact:
    """The fact of a container like this, in which NumPy's scalars may be the floats."""
    if fact.kind not in ("tuple", "list", "dict", "object"):
        return fact
    items = fact.items and tuple(map(_of_numpy, fact.items))
    element = fact.element and _of_numpy(fact.element)
    fields = fact.fields and tuple([(k, _of_numpy(part)) for k, part in fact.fields])
    return replace(fact, items=items, element=element, fields=fields)


def _of_numpy(fact: Fact) -> Fact:
    if fact.kind == "float":
        return Fact("scalar", fact.dtype, ())
    return with_numpy(fact)


def element_of(fact: Fact) -> Fact | None:
    """One fact that holds for every element of a sequence; None if there is no
    telling."""
    if fact.element is not None:
        return fact.element
    if fact.items:
        out = fact.items[0]
        for item in fact.items[1:]:
            out = join(out, item)
        return out
    return None


def _join_numbers(a: Fact, b: Fact) -> Fact:
    dtype = a.dtype if a.dtype == b.dtype else _join_dtype(a.dtype, b.dtype)
    value = a.value if a.value == b.value and a.kind == b.kind else None
    if a.kind == b.kind:
        kind = a.kind
    elif a.is_scalar and b.is_scalar:
        kind = "scalar"
    else:
        kind = "number"
    if kind in SCALARS:
        return Fact(kind, dtype, (), value=value)
    if kind == "number" or a.shape is None or b.shape is None:
        return Fact(kind, dtype, None)
    if len(a.shape) != len(b.shape):
        return Fact(kind, dtype, None)
    shape = tuple(m if m == n else None for m, n in zip(a.shape, b.shape, strict=True))
    return Fact(kind, dtype, shape)


def _join_dtype(a: str, b: str) -> str:
    return a[0] if a and b and a[0] == b[0] else ""


def broadcast(shapes: Iterable[Shape | None]) -> Shape | None:
    """The shape that operands of these shapes broadcast to."""
    out: list[Dim] = []
    for shape in shapes:
        if shape is None:
            return None
        missing: list[Dim] = [1] * (len(shape) - len(out))
        out = missing + out
        for axis in range(1, len(shape) + 1):
            out[-axis] = _broadcast_dim(out[-axis], shape[-axis])
    return tuple(out)


def _broadcast_dim(a: Dim, b: Dim) -> Dim:
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    # Two sizes that differ can only broadcast if one of them is one.
    candidates = [size for size in (a, b) if never_one(size)]
    return min(candidates, key=lambda size: (isinstance(size, str), size), default=None)


def never_one(size: Dim) -> bool:
    """Proven not to be one: a literal, a size of an argument, or their product.

    What is computed of sizes in another way, as `(n-2)`, may be one.
    """
    if size is None or isinstance(size, int):
        return size is not None and size != 1
    return all(part.isidentifier() or part.isdigit() for part in size.split("*"))


_ORDER = "?biufcO"


def promote(a: str, b: str) -> str:
    """The dtype of an operation on two arrays' dtypes ("" where it is not known)."""
    if not a or not b:
        return ""
    if a == b:
        return a
    if len(a) > 1 and len(b) > 1 and "O" not in a + b:
        return _promote_sized(a, b)
    high = max(a[0], b[0], key=_ORDER.index)
    return high if high in "fc" else ""


def _promote_sized(a: str, b: str) -> str:
    (ka, sa), (kb, sb) = (a[0], int(a[1:])), (b[0], int(b[1:]))
    if ka == kb:
        return ka + str(max(sa, sb))
    low, high = sorted(((ka, sa), (kb, sb)), key=lambda k: _ORDER.index(k[0]))
    if low[0] == "b":
        return high[0] + str(high[1])
    if low[0] in "iu" and high[0] == "f":
        return "f" + str(min(8, max(high[1], 2 * low[1])))
    if low[0] in "iu" and high[0] == "c":
        return "c" + str(min(16, max(high[1], 4 * low[1])))
    if low[0] == "f" and high[0] == "c":
        return "c" + str(max(high[1], 2 * low[1]))
    return ""


def elementwise(operands: Iterable[Fact]) -> Fact:
    """The fact of an elementwise operation, before its own effect on the dtype.

    Python's scalars are weak: they take part in the shape, but not in the dtype if an
    operand that is not a Python scalar has one of the same kind or a higher.
    """
    facts = tuple(operands)
    if not all(fact.is_number for fact in facts):
        return NUMBER
    dtype = _elementwise_dtype(facts)
    if all(fact.is_scalar for fact in facts):
        kinds = {fact.kind for fact in facts}
        if "scalar" in kinds:
            return Fact("scalar", dtype, ())
        for kind in ("complex", "float", "int"):
            if kind in kinds:
                return Fact(kind, dtype, ())
        return INT
    if not any(fact.is_array for fact in facts):
        return Fact("number", dtype)
    shape = broadcast(fact.shape for fact in facts)
    # NumPy turns the result of 0-d arrays into a scalar.
    if shape == ():
        return Fact("scalar", dtype, ())
    kind = "array" if shape is not None or _has_rank(facts) else "number"
    return Fact(kind, dtype, shape)


def _has_rank(facts: tuple[Fact, ...]) -> bool:
    return any(fact.is_array and fact.rank for fact in facts)


def _elementwise_dtype(facts: tuple[Fact, ...]) -> str:
    strong = [
        f.dtype for f in facts if f.kind not in ("float", "int", "bool", "complex")
    ]
    weak = [f.dtype for f in facts if f.kind in ("float", "int", "bool", "complex")]
    if not strong:
        out = weak[0]
        for dtype in weak[1:]:
            out = promote(out, dtype)
        return out
    out = strong[0]
    for dtype in strong[1:]:
        out = promote(out, dtype)
    if not out:
        return ""
    for dtype in weak:
        if _ORDER.index(dtype[0]) > _ORDER.index(out[0]):
            if out[0] == "f" and dtype[0] == "c":
                out = "c" + str(2 * int(out[1:])) if len(out) > 1 else "c"
            else:
                out = dtype
    return out
