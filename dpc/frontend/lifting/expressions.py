"""Expressions: literals, displays, subscripts, f-strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dpc.frontend.lifting.binding import bind_walrus
from dpc.frontend.lifting.indexers import indexed
from dpc.frontend.lifting.operators import UNARY, operate
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    CALLABLES,
    Choice,
    Known,
    Literals,
    Missing,
    Table,
    Tuple,
    Val,
)
from dpc.frontend.resolve import INDEXERS
from dpc.ir.nodes import UNDEFINED, Apply, Atom, Const, Slot, Undefined


def constant(lift: Lifter, node: Any, name: str) -> Val:
    value = node.value
    return UNDEFINED if isinstance(value, Undefined) else Const(value)


def unary(lift: Lifter, node: Any, name: str) -> Val:
    value = lift.expr(node.operand)
    op = type(node.op).__name__
    if op == "Not":
        return lift.parts.negated(lift, value, name)
    if op == "USub" and type(node.operand).__name__ == "Constant":
        literal = node.operand.value
        if isinstance(literal, int | float | complex) and literal is not True:
            return Const(-literal)
    return operate(lift, UNARY[op], (value,), name, node)


def walrus(lift: Lifter, node: Any, name: str) -> Val:
    value = lift.expr(node.value, node.target.id)
    return bind_walrus(lift, node.target.id, value)


# Displays.


def elements(lift: Lifter, nodes: list[Any]) -> list[Val] | None:
    """The values of a display, None if it holds a starred part of unknown length."""
    out: list[Val] = []
    mark = len(lift.build.block)
    for node in nodes:
        if type(node).__name__ != "Starred":
            out.append(lift.expr(node))
            continue
        items = lift.parts.items(lift, lift.expr(node.value))
        if items is None:
            del lift.build.block[mark:]
            return None
        out += items
    return out


def tuple_(lift: Lifter, node: Any, name: str) -> Val:
    items = elements(lift, node.elts)
    if items is not None:
        return Tuple(tuple(items))
    return lift.apply("builtins.tuple", (_pieced(lift, node.elts),), name=name)


def list_(lift: Lifter, node: Any, name: str) -> Val:
    items = elements(lift, node.elts)
    if items is None:
        return _pieced(lift, node.elts, name)
    if any(map(holds_function, items)):
        return Table(dict(enumerate(items)), is_list=True)
    atoms = [lift.materialise(item) for item in items]
    return lift.apply("list", atoms, name=name)


def _pieced(lift: Lifter, nodes: list[Any], name: str = "") -> Atom:
    """A list that is put together from parts of unknown length."""
    whole = lift.apply("list", (), name=name)
    for node in nodes:
        if type(node).__name__ == "Starred":
            part = lift.parts.listed(lift, lift.expr(node.value), node)
            lift.do("method.extend", (whole, part))
        else:
            lift.do("method.append", (whole, lift.atom(node)))
    return whole


def dict_(lift: Lifter, node: Any, name: str) -> Val:
    if any(key is None for key in node.keys):
        return _spread(lift, node, name)
    keys: list[Atom] = []
    values: list[Val] = []
    for key, value in zip(node.keys, node.values, strict=True):
        keys.append(lift.atom(key))
        values.append(lift.expr(value))
    if any(map(holds_function, values)):
        if not all(isinstance(key, Const) for key in keys):
            lift.fail(node, "functions can only be kept under keys that are literals")
        literals = [key.value for key in keys if isinstance(key, Const)]
        return Table(dict(zip(literals, values, strict=True)))
    return dict_of(lift, keys, [lift.materialise(value) for value in values], name)


def dict_of(
    lift: Lifter, keys: Sequence[Atom], values: Sequence[Atom], name: str
) -> Slot:
    """A new dict. Of equal keys the last one counts, so those that are not literals,
    and may be equal, are stored one after the other."""
    pairs = list(zip(keys, values, strict=True))
    literal = {key.value: value for key, value in pairs if isinstance(key, Const)}
    if len(pairs) > 1 and not all(isinstance(key, Const) for key in keys):
        whole = lift.apply("dict", (), name=name)
        for key, value in pairs:
            lift.store("item", whole, key, value)
        return whole
    if all(isinstance(key, Const) for key in keys):
        pairs = [(Const(key), value) for key, value in literal.items()]
    return lift.apply("dict", [atom for pair in pairs for atom in pair], name=name)


def _spread(lift: Lifter, node: Any, name: str) -> Val:
    """`{**a, "k": v}`: a dict that is filled step by step."""
    whole = lift.apply("dict", (), name=name)
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            lift.do("method.update", (whole, lift.atom(value)))
        else:
            index = lift.atom(key)
            lift.store("item", whole, index, lift.atom(value))
    return whole


def set_(lift: Lifter, node: Any, name: str) -> Val:
    """A set display: in `x in {1, 2}` as good as a tuple."""
    items = elements(lift, node.elts)
    if items is None:
        lift.fail(node, "a set cannot be made of a starred part")
    atoms = [lift.materialise(item) for item in items]
    values = [atom.value for atom in atoms if isinstance(atom, Const)]
    if len(values) == len(atoms):
        return Literals(tuple(map(Const, dict.fromkeys(values))))
    whole = lift.apply("tuple", atoms)
    return lift.apply("set", (whole,), name=name)


def holds_function(value: Val) -> bool:
    """Whether a value is, or holds, a function that only exists while lifting."""
    if isinstance(value, Tuple):
        return any(map(holds_function, value.items))
    if isinstance(value, Known):
        return callable(value.value) and not isinstance(value.value, type)
    return isinstance(value, (*CALLABLES, Table))


# Subscripts.


def subscript(lift: Lifter, node: Any, name: str) -> Val:
    base = lift.expr(node.value)
    index = lift.expr(node.slice)
    return item(lift, base, index, name, node)


def item(lift: Lifter, base: Val, index: Val, name: str, node: Any) -> Val:
    """`base[index]`."""
    literal = lift.constant(index)
    found: Val | None
    if isinstance(base, Tuple):
        found = _item_of_tuple(lift, base, index, literal, name, node)
        if found is not None:
            return found
    if isinstance(base, Table):
        return _item_of_table(lift, base, index, node)
    if isinstance(base, Known) and isinstance(base.value, INDEXERS):
        return indexed(lift, base.value, index, name)
    method = method_of(lift, base, "__getitem__")
    if method is not None:
        return lift.call(method, (base, index), node, name)
    atom, place = lift.materialise(base), lift.materialise(index)
    owner = flat_owner(lift, atom)
    if owner is None:
        return lift.apply("getitem", (atom, place), name=name)
    whole = lift.apply("np.ravel", (owner,))
    if lift.fact(place).kind == "int":
        return lift.apply("getitem", (whole, place), name=name)
    # Several elements are a copy, whatever the shape is.
    return lift.apply("np.copy", (lift.apply("getitem", (whole, place)),), name=name)


def flat_owner(lift: Lifter, atom: Atom, sure: bool = True) -> Atom | None:
    """The array of which an atom is `x.flat`, in whose place it is read by index.

    sure: it is known to be an array, and no object with such a field.
    """
    match lift.build.definition(atom):
        case Apply("getattr", (Slot() as owner, Const("flat"))):
            fact = lift.fact(owner)
            if fact.kind == "object" or (sure and not fact.is_number):
                return None
            block = lift.build.block
            if isinstance(atom, Slot) and atom.temp:
                block[:] = [s for s in block if getattr(s, "target", None) is not atom]
            return owner
    return None


def _item_of_tuple(
    lift: Lifter, base: Tuple, index: Val, literal: Const | None, name: str, node: Any
) -> Val | None:
    if literal is not None and isinstance(literal.value, int):
        if not -len(base.items) <= literal.value < len(base.items):
            lift.fail(
                node,
                f"a tuple of {len(base.items)} has no element {literal.value}",
                hint=f"indices run from 0 to {len(base.items) - 1}",
            )
        return base.items[literal.value]
    if literal is not None and isinstance(literal.value, slice):
        return Tuple(base.items[literal.value])
    if any(map(holds_function, base.items)):
        table = Table(dict(enumerate(base.items)), is_list=True)
        return _item_of_table(lift, table, index, node)
    return None


def _item_of_table(lift: Lifter, base: Table, index: Val, node: Any) -> Val:
    """An entry; where the key is not known, one of all of them."""
    literal = lift.constant(index)
    size = len(base.entries)
    if literal is not None:
        key = literal.value
        if base.is_list and isinstance(key, int) and -size <= key < 0:
            key += size
        if key in base.entries:
            return base.entries[key]
        lift.fail(node, f"there is no {key!r} to look up")
    key_atom = lift.materialise(index)
    found: Val = Missing(key_atom)
    for key, value in reversed(list(base.entries.items())):
        test = lift.apply("operator.eq", (key_atom, Const(key)))
        found = Choice(test, value, found)
    return found


def slice_(lift: Lifter, node: Any, name: str) -> Val:
    parts = [
        Const(None) if part is None else lift.atom(part)
        for part in (node.lower, node.upper, node.step)
    ]
    if all(isinstance(part, Const) for part in parts):
        return Const(slice(*(part.value for part in parts if isinstance(part, Const))))
    return lift.apply("slice", parts, name=name)


# Strings.


def fstring(lift: Lifter, node: Any, name: str) -> Val:
    parts = [lift.atom(part) for part in node.values]
    if all(isinstance(p, Const) and isinstance(p.value, str) for p in parts):
        return Const("".join(p.value for p in parts if isinstance(p, Const)))  # type: ignore[misc]
    return lift.apply("fstring", parts, name=name)


def formatted(lift: Lifter, node: Any, name: str) -> Val:
    """`{value!r:.2f}`."""
    value = lift.atom(node.value)
    convert = {ord("r"): "repr", ord("s"): "str", ord("a"): "ascii"}
    if node.conversion in convert:
        value = lift.apply(convert[node.conversion], (value,))
    if node.format_spec is not None:
        value = lift.apply("format", (value, lift.atom(node.format_spec)))
    return value


def starred(lift: Lifter, node: Any, name: str) -> Val:
    lift.fail(node, "a starred expression cannot stand here")
