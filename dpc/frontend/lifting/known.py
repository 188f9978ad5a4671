"""Facts of attributes, tests and strings, and of containers that cannot be written to.

The rules know what NumPy's functions return. What names, loops and calls depend on is
known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact, element_of
from dpc.ir.nodes import Atom, Const

Infer = Callable[[tuple[Fact, ...], tuple[Atom, ...]], Fact | None]


def plain(fact: Fact) -> Fact:
    """The fact without the value of a number or string: one that goes round a loop."""
    if fact.value is not None and fact.kind in ("int", "bool", "str", "slice"):
        return replace(fact, value=None)
    return fact


def infer(fn: str, facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    """The fact of a result; None where it is for the library to say."""
    found = RULES.get(fn)
    return None if found is None else found(facts, args)


def _getitem(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    base, index = facts
    value = args[1].value if isinstance(args[1], Const) else None
    if base.kind == "str":
        return F.STR
    if base.kind == "range":
        return Fact("range") if index.kind == "slice" else F.INT
    if base.kind in ("list", "dict", "object"):
        return F.ANY
    if base.kind != "tuple":
        return None
    if index.kind == "slice":
        if base.items is not None and isinstance(value, slice):
            return Fact("tuple", items=base.items[value])
        return Fact("tuple", element=element_of(base))
    if base.items is not None and isinstance(value, int):
        size = len(base.items)
        return base.items[value] if -size <= value < size else F.ANY
    return element_of(base) or F.ANY


def _getattr(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    base, name = facts[0], args[1]
    if not isinstance(name, Const):
        return F.ANY
    if base.kind == "sparse" and name.value == "T":
        return replace(base, shape=base.shape and base.shape[::-1], value=None)
    if base.kind in ("any", "sparse"):
        # What has a shape is taken for an array, as what has the methods of one is.
        return _OF_ARRAYS.get(str(name.value), F.ANY)
    if not base.is_number:
        return F.ANY
    rank = 0 if base.is_scalar else base.rank
    match name.value:
        case "shape" if base.shape is not None and not base.is_scalar:
            sizes = (replace(F.INT, value=size) for size in base.shape)
            return Fact("tuple", items=tuple(sizes))
        case "shape":
            return Fact("tuple", element=F.INT)
        case "ndim":
            return F.INT if rank is None else replace(F.INT, value=rank)
        case "size" if rank == 1 and base.shape is not None:
            return replace(F.INT, value=base.shape[0])
        case "size" | "itemsize" | "nbytes":
            return F.INT
        case "T" | "mT" if base.shape is not None:
            return replace(base, shape=base.shape[::-1], value=None)
        case "real" | "imag" | "T" if base.dtype[:1] not in ("c", ""):
            return replace(base, value=None)
        case "dtype":
            return Fact("other")
    return None


_OF_ARRAYS = {
    "shape": Fact("tuple", element=F.INT),
    "ndim": F.INT,
    "dtype": Fact("other"),
}


def _len(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    base = facts[0]
    if base.is_array and base.shape:
        return replace(F.INT, value=base.shape[0])
    if base.items is not None:
        return replace(F.INT, value=len(base.items))
    return F.INT


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
    if a.kind == "str":
        return F.STR
    if a.kind != "tuple" or b.kind != "tuple":
        return None
    if a.items is not None and b.items is not None:
        return Fact("tuple", items=a.items + b.items)
    parts = [element_of(a), element_of(b)]
    known = [part for part in parts if part is not None]
    return Fact("tuple", element=F.join(*known) if len(known) == 2 else None)


def _repeated(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    for fact in facts:
        if fact.kind == "tuple":
            return Fact("tuple", element=element_of(fact))
        if fact.kind == "str":
            return F.STR
    return None


def _modulo(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    return F.STR if facts[0].kind == "str" else None


_COMPARED = frozenset("str none int float bool tuple list dict".split())


def _compared(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact | None:
    return F.BOOL if {fact.kind for fact in facts} <= _COMPARED else None


def _either(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.join(*facts)


def _bool(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.BOOL


def _str(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.STR


def _int(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return F.INT


def of_constant(value: object) -> Fact:
    """The fact of a literal; the common ones without a detour."""
    kind = type(value)
    if kind is int:
        return Fact("int", "i8", (), value=value)
    return F.FLOAT if kind is float else F.of_constant(value)


# Whose methods draw random numbers.
GENERATORS = (np.random.Generator, np.random.RandomState)


def _generator(facts: tuple[Fact, ...], args: tuple[Atom, ...]) -> Fact:
    return Fact("object", value=np.random.Generator)


RULES: dict[str, Infer] = {
    "np.random.default_rng": _generator,
    "getitem": _getitem,
    "getattr": _getattr,
    "len": _len,
    "operator.add": _joined,
    "operator.mul": _repeated,
    "operator.mod": _modulo,
    **dict.fromkeys([f"operator.{c}" for c in "lt le gt ge eq ne".split()], _compared),
    **dict.fromkeys(
        "operator.not_ operator.is_ operator.is_not operator.contains isinstance "
        "hasattr callable method.startswith method.endswith".split(),
        _bool,
    ),
    **dict.fromkeys("fstring str repr ascii format method.format".split(), _str),
    "and": _either,
    "or": _either,
    "method.index": _int,
    "method.count": _int,
    "range": lambda facts, args: Fact("range"),
    "slice": lambda facts, args: Fact("slice", items=facts),
}
