"""Facts of what is not arithmetic: containers, their elements, attributes, tests.

The rules know what NumPy's functions return. What tuples, lists, dicts and objects hold
is known here, because names, loops and calls depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.facts import Fact, element_of
from dpc.ir.nodes import Atom, Const

Infer = Callable[[tuple[Fact, ...], tuple[Atom, ...]], Fact | None]

_SEQUENCES = ("tuple", "list", "str", "range")


def plain(fact: Fact) -> Fact:
    """The fact without the value of a number or string: one that goes round a loop."""
    if fact.value is not None and fact.kind in ("int", "bool", "str", "slice"):
        return replace(fact, value=None)
    return fact


def infer(fn: str, facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    """The fact of a result; None where it is for the library to say."""
    found = RULES.get(fn)
    return None if found is None else found(facts, args)


def _tuple(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return Fact("tuple", items=facts)


def _list(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return Fact("list")


def _dict(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return Fact("dict")


def _getitem(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    base, index = facts
    value = args[1].value if isinstance(args[1], Const) else None
    if base.kind in ("tuple", "list", "object"):
        return _item(base, index, value)
    if base.kind == "dict":
        if isinstance(value, str):
            return base.field(value) if base.fields else base.element or F.ANY
        return base.element or F.ANY
    if base.kind == "str":
        return F.STR
    if base.kind == "range":
        return F.INT if index.kind == "int" else Fact("range")
    return None


def _item(base: Fact, index: Fact, value: object) -> Fact:
    if index.kind == "slice":
        if base.items is not None and isinstance(value, slice):
            return Fact(base.kind, items=base.items[value])
        element = element_of(base)
        return Fact(base.kind, element=element) if base.kind != "object" else F.ANY
    items = base.items
    if base.kind == "object":
        items = tuple(fact for _, fact in base.fields or ())
    if items is not None and isinstance(value, int):
        return items[value] if -len(items) <= value < len(items) else F.ANY
    return element_of(base) or F.ANY


def _getattr(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    base, name = facts[0], args[1]
    if not isinstance(name, Const):
        return F.ANY
    if base.kind == "object":
        return base.field(str(name.value))
    if not base.is_number:
        return None
    rank = 0 if base.is_scalar else base.rank
    match name.value:
        case "shape" if base.shape is not None and not base.is_scalar:
            sizes = (replace(F.INT, value=size) for size in base.shape)
            return Fact("tuple", items=tuple(sizes))
        case "shape":
            return Fact("tuple", element=F.INT)
        case "ndim":
            return F.INT if rank is None else replace(F.INT, value=rank)
        case "size" | "itemsize" | "nbytes":
            return F.INT
        case "T" | "mT" if base.shape is not None:
            return replace(base, shape=base.shape[::-1], value=None)
        case "real" | "imag" | "T" if base.dtype[:1] != "c":
            return replace(base, value=None)
        case "dtype":
            return Fact("other")
    return None


def _len(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    base = facts[0]
    if base.is_array and base.shape:
        return replace(F.INT, value=base.shape[0])
    if base.items is not None:
        return replace(F.INT, value=len(base.items))
    return F.INT


def _sequence(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    base = facts[0]
    if base.kind in (*_SEQUENCES, "array"):
        return base
    if base.kind == "dict":
        return Fact("list", element=None if not base.fields else F.STR)
    # An iterable number is an array.
    return F.array(base.dtype) if base.is_number else F.ANY


def _unpack(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    base, count = facts[0], args[1]
    assert isinstance(count, Const) and isinstance(count.value, int)
    if base.items is not None and len(base.items) == count.value:
        return Fact("tuple", items=base.items)
    element = part_of(base)
    return Fact("tuple", items=(element,) * count.value)


def part_of(base: Fact) -> Fact:
    """The fact of an element of something that is iterated over."""
    if base.is_array and base.shape:
        if len(base.shape) == 1:
            return Fact("scalar", base.dtype, ())
        return F.array(base.dtype, base.shape[1:])
    if base.kind in ("array", "number"):
        return Fact("number", base.dtype)
    if base.kind == "range":
        return F.INT
    if base.kind == "str":
        return F.STR
    return element_of(base) or F.ANY


def _joined(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    a, b = facts
    if a.kind not in ("tuple", "list", "str") or a.kind != b.kind:
        return None
    if a.items is not None and b.items is not None:
        return Fact(a.kind, items=a.items + b.items)
    if a.kind == "str":
        return F.STR
    parts = [element_of(a), element_of(b)]
    known = [part for part in parts if part is not None]
    return Fact(a.kind, element=F.join(*known) if len(known) == 2 else None)


def _repeated(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    for fact in facts:
        if fact.kind in ("tuple", "list"):
            return Fact(fact.kind, element=element_of(fact))
        if fact.kind == "str":
            return F.STR
    return None


def _modulo(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    return F.STR if facts[0].kind == "str" else None


def _compared(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    kinds = {fact.kind for fact in facts}
    if kinds <= {"int", "float", "bool"}:
        return F.BOOL
    if kinds <= {"str", "none", "int", "float", "bool", "tuple", "list", "dict"}:
        return F.BOOL
    return None


def _bool(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.BOOL


def _str(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.STR


RULES: dict[str, Infer] = {
    "tuple": _tuple,
    "list": _list,
    "dict": _dict,
    "getitem": _getitem,
    "getattr": _getattr,
    "len": _len,
    "sequence": _sequence,
    "unpack": _unpack,
    "operator.add": _joined,
    "operator.mul": _repeated,
    "operator.mod": _modulo,
    **dict.fromkeys([f"operator.{c}" for c in "lt le gt ge eq ne".split()], _compared),
    "operator.not_": _bool,
    "operator.is_": _bool,
    "operator.is_not": _bool,
    "operator.contains": _bool,
    "isinstance": _bool,
    "hasattr": _bool,
    "callable": _bool,
    "fstring": _str,
    "str": _str,
    "repr": _str,
    "format": _str,
    "builtins.list": lambda facts, args: Fact("list"),
    "builtins.dict": lambda facts, args: Fact("dict"),
    "builtins.tuple": lambda facts, args: Fact("tuple"),
    "sorted": lambda facts, args: Fact("list"),
    "range": lambda facts, args: Fact("range"),
    "slice": lambda facts, args: Fact("slice"),
    "method.keys": lambda facts, args: F.ANY,
}
