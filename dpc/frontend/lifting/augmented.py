"""Augmented assignment: `target op= value`.

Python reads what stands at the target, computes the value, combines the two and stores
the result: in this order. An update reads the target last, which is the same thing
unless computing the value writes to memory, as a function that is called may.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dpc.frontend.lifting.attributes import refuse_computed
from dpc.frontend.lifting.binding import bind, memory_of, set_attribute, set_item
from dpc.frontend.lifting.expressions import item
from dpc.frontend.lifting.names import look_up, outside
from dpc.frontend.lifting.operators import BINARY, operate
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Table, Tuple, Val
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, Slot, Stmt, Store, Update
from dpc.ir.walk import statements

# Values of these kinds are immutable: `+=` binds the name anew.
_REBOUND = frozenset("float int bool complex scalar str none tuple range slice".split())
_WRITTEN = frozenset("array list".split())
# Indices of these make a view of an array, or a number; arrays make a copy.
_BASIC = frozenset("int slice none".split())

_READS = {"item": "getitem", "attr": "getattr"}
# These make something of their operands, and write nothing.
_HARMLESS = frozenset(
    "getitem getattr list tuple dict new slice unpack sequence fstring format and or "
    "assert raise print repr str ascii len builtins.list builtins.tuple".split()
)


def augmented(lift: Lifter, node: Any) -> None:
    """`target op= value`."""
    op = BINARY[type(node.op).__name__]
    target = node.target
    match type(target).__name__:
        case "Name":
            _name(lift, target, op, node)
        case "Subscript":
            base, index = lift.expr(target.value), lift.expr(target.slice)
            if method_of(lift, base, "__setitem__") is not None:
                old = item(lift, base, index, "", target)
                new = _combined(lift, op, old, lift.expr(node.value), "", node)
                set_item(lift, base, index, new, target)
                return
            memory, place = memory_of(lift, base, target), lift.materialise(index)
            _place(lift, "item", memory, place, op, node)
        case "Attribute":
            _attribute(lift, target, op, node)


def _attribute(lift: Lifter, target: Any, op: str, node: Any) -> None:
    base = lift.expr(target.value)
    fact = lift.fact(base)
    if isinstance(base, Slot) and isinstance(fact.value, type):
        member = lift.resolver.member(fact.value, target.attr)
        if member is not None and isinstance(member[1], property):
            old = lift.attribute(base, target.attr, target)
            new = _combined(lift, op, old, lift.expr(node.value), "", node)
            set_attribute(lift, base, target.attr, new, target)
            return
        refuse_computed(lift, fact.value, target.attr, target)
        refuse_computed(lift, fact.value, target.attr, target, writes=True)
    memory = memory_of(lift, base, target)
    _place(lift, "attr", memory, Const(target.attr), op, node)


def _name(lift: Lifter, target: Any, op: str, node: Any) -> None:
    old = outside(lift, look_up(lift, target.id, target), target.id)
    new = _combined(lift, op, old, lift.expr(node.value), target.id, node)
    if new is not old:
        bind(lift, target.id, new)


def _combined(lift: Lifter, op: str, old: Val, value: Val, name: str, node: Any) -> Val:
    """What `old op= value` leaves: `old` itself where that is written.

    A scalar is left as it is, an array or list is written, the rest is told apart
    when the program runs.
    """
    kind = lift.fact(old).kind
    if isinstance(old, Slot):
        method = method_of(lift, old, f"__i{op.rstrip('_')}__")
        if method is not None:
            return lift.call(method, (old, value), node, name)
        if _extended(lift, old, op, lift.materialise(value)):
            return old
    if kind in _WRITTEN and isinstance(old, Atom):
        lift.update("whole", op, old, Const(None), lift.materialise(value))
        return old
    if isinstance(old, Const | Tuple | Table) or kind in _REBOUND or kind == "object":
        return operate(lift, op, (old, value), name, node)
    atoms = lift.materialise(old), lift.materialise(value)
    return lift.apply(f"dpc.i{op.rstrip('_')}", atoms, name=name)


def _extended(lift: Lifter, held: Slot, op: str, value: Atom) -> bool:
    """Whether `held op= value` is an operator of arrays, lists or dicts that writes."""
    kind = lift.fact(held).kind
    if op == "or_" and kind == "any" and lift.fact(value).kind == "dict":
        kind = "dict"
    match kind, op:
        case ("array", _) | ("list", "add"):
            lift.update("whole", op, held, Const(None), value)
        case "list", "mul":
            repeated = lift.apply("operator.mul", (held, value))
            lift.store("item", held, Const(slice(None)), repeated)
        case "dict", "or_":
            lift.do("method.update", (held, value))
        case _:
            return False
    return True


def _place(
    lift: Lifter, kind: str, memory: Atom, place: Atom, op: str, node: Any
) -> None:
    """`memory[place] op= value`, or for the kind "attr" `memory.place op= value`."""
    block = lift.build.block
    start = len(block)
    old = lift.apply(_READS[kind], (memory, place))
    value = lift.expr(node.value)
    base, found = lift.fact(memory), lift.fact(old)
    written = _writes(lift, block[start + 1 :])
    if _holds(base, found) and _extended(lift, old, op, lift.materialise(value)):
        if written:  # Something else may stand there by now.
            lift.store(kind, memory, place, old)
        return
    is_object = found.kind == "object" and isinstance(found.value, type)
    is_view = base.is_array and found.is_array and _is_basic(lift, place)
    if not is_object and (is_view or not written):
        # A view of an array sees what has been written since, too.
        del block[start]
        lift.update(kind, op, memory, place, lift.materialise(value))
        return
    if base.is_array and not _is_basic(lift, place):
        new = operate(lift, op, (old, value), "", node)
    else:
        new = _combined(lift, op, old, value, "", node)
    lift.store(kind, memory, place, lift.materialise(new))


def _holds(base: Fact, found: Fact) -> bool:
    """Whether what was found is memory of its own, and no view of what it is in."""
    if found.kind in ("list", "dict"):
        return True
    return found.is_array and base.kind in ("list", "dict", "object")


def _is_basic(lift: Lifter, place: Atom) -> bool:
    """Whether an index makes a view of an array, as far as its dimensions go."""
    fact = lift.fact(place)
    parts = fact.items if fact.kind == "tuple" and fact.items is not None else (fact,)
    return all(part.kind in _BASIC or part.value is Ellipsis for part in parts)


def _writes(lift: Lifter, block: Sequence[Stmt]) -> bool:
    """Whether statements may write to memory that was there before them."""
    fresh: set[Atom] = set()
    for statement in statements(tuple(block)):
        match statement:
            case Assign(target, Apply(fn)):
                if fn in ("list", "dict", "new") or (
                    fn in lift.library and lift.library[fn].memory == "fresh"
                ):
                    fresh.add(target)
                if _acts(lift, fn):
                    return True
            case Store(base=base) | Update(base=base):
                if base not in fresh:
                    return True
            case Do(Apply(fn, args)):
                if _acts(lift, fn) and not (fn[:7] == "method." and args[0] in fresh):
                    return True
    return False


def _acts(lift: Lifter, fn: str) -> bool:
    if fn in _HARMLESS or fn.startswith("operator."):
        return False
    return lift.library[fn].effect in ("writes", "world")
