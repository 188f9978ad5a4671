"""Binding a value to a target: names, unpacking, stores."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType
from typing import Any, NoReturn

from dpc.frontend.lifting.attributes import refuse_computed
from dpc.frontend.lifting.names import bound
from dpc.frontend.lifting.overloaded import method_of
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Scope, Val
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot, Undefined


def bind(lift: Lifter, name: str, value: Val, scope: Scope | None = None) -> Val:
    """Give a value to a name. What has another name gets a second one.

    A string has none: as a literal it says which part of a dict is meant.
    """
    scope = lift.scope if scope is None else scope
    named = isinstance(value, Slot) and value.name == name and not value.temp
    word = isinstance(value, Const) and isinstance(value.value, str)
    if isinstance(value, Slot | Const) and not (named or word) and name[:1] != "$":
        value = lift.copy(name, value)
    bound(scope, name, value)
    return value


def bind_walrus(lift: Lifter, name: str, value: Val) -> Val:
    """`(name := value)`: binds in the function around a comprehension."""
    scope = lift.scope
    while scope.inner and scope.parent is not None:
        scope = scope.parent
    return bind(lift, name, value, scope)


def assign(lift: Lifter, target: Any, value: Val, node: Any) -> None:
    """`target = value`, for any target."""
    match type(target).__name__:
        case "Name":
            bind(lift, target.id, value)
        case "Tuple" | "List":
            unpack(lift, target.elts, value, node)
        case "Subscript":
            base = lift.expr(target.value)
            set_item(lift, base, lift.expr(target.slice), value, target)
        case "Attribute":
            set_attribute(lift, lift.expr(target.value), target.attr, value, target)
        case "Starred":
            assign(lift, target.value, value, node)
        case _:
            lift.fail(target, "this cannot be assigned to")


def set_item(lift: Lifter, base: Val, index: Val, value: Val, node: Any) -> None:
    """`base[index] = value`."""
    method = method_of(lift, base, "__setitem__")
    if method is not None:
        lift.call(method, (base, index, value), node)
        return
    memory = memory_of(lift, base, node)
    lift.store("item", memory, lift.materialise(index), lift.materialise(value))


def set_attribute(lift: Lifter, base: Val, name: str, value: Val, node: Any) -> None:
    """`base.name = value`."""
    fact = lift.fact(base)
    if isinstance(base, Slot) and isinstance(fact.value, type):
        match lift.resolver.member(fact.value, name):
            case (owner, property(fset=FunctionType() as setter)):
                method = lift.resolver.method(owner, name, setter)
                lift.call(method, (base, value), node)
                return
        refuse_computed(lift, fact.value, name, node, writes=True)
    if name == "flat" and fact.kind != "object":
        refuse_flat(lift, node)
    if name == "shape" and fact.is_number:
        lift.fail(
            node,
            "the shape of an array cannot be assigned",
            "changes the array that others see",
            "make an array of the other shape: y = x.reshape(...)",
        )
    memory = memory_of(lift, base, node)
    lift.store("attr", memory, Const(name), lift.materialise(value))


def refuse_flat(lift: Lifter, node: Any) -> NoReturn:
    """`x.flat[i] = v` writes an array by way of an iterator over it."""
    lift.fail(
        node,
        "an array cannot be written through `flat`",
        "is an iterator over the array",
        "store to the array: y[i, j] = v, or y[...] = values.reshape(y.shape)",
    )


def memory_of(lift: Lifter, base: Val, node: Any) -> Atom:
    """What is stored to: it must be memory, and no tuple or function."""
    if isinstance(base, Slot):
        match lift.build.definition(base):
            case Apply("getattr", (Slot() as owner, Const("flat"))):
                if lift.fact(owner).kind != "object":
                    refuse_flat(lift, node)
    if isinstance(base, Slot) and lift.fact(base).kind not in ("tuple", "str"):
        return base
    if isinstance(base, Atom) and not isinstance(base, Const | Slot | Undefined):
        return base
    lift.fail(
        node,
        "this cannot be stored to",
        "is not an array, list, dict or object here",
        "build the new value, and assign it to a name",
    )


def unpack(lift: Lifter, targets: Sequence[Any], value: Val, node: Any) -> None:
    """`a, (b, *c) = value`."""
    stars = [i for i, t in enumerate(targets) if type(t).__name__ == "Starred"]
    items: Sequence[Val | Element] | None
    if isinstance(value, Slot):
        size = lift.parts.length(lift, value)
        items = None if size is None else [Element(value, i) for i in range(size)]
        if items is None and (names := _fields(lift.whole(value))):
            items = [lift.attribute(value, name, node) for name in names]
    else:
        items = lift.parts.items(lift, value)
    if items is None and stars:
        _unpack_starred(lift, targets, stars[0], value, node)
        return
    if items is None:
        items = _unpack(lift, targets, value, node)
    if stars:
        items = _gathered(lift, items, len(targets), stars[0], node)
    if len(items) != len(targets):
        few = "few" if len(items) < len(targets) else "many"
        lift.fail(
            node,
            f"too {few} values to unpack: {len(items)} for {len(targets)} targets",
            hint=f"write {len(items)} targets, or a starred one for the rest",
        )
    _assign_all(lift, targets, items, node)


def _assign_all(
    lift: Lifter, targets: Sequence[Any], items: Sequence[Val | Element], node: Any
) -> None:
    """Each target its element.

    All elements are read before any target is written, as a store to one may be to the
    sequence itself: `a[1], a[0] = a`.
    """
    if not all(map(_binds, targets)):
        items = [_named(lift, t, i) for t, i in zip(targets, items, strict=True)]
    for target, item in zip(targets, items, strict=True):
        assign(lift, target, _named(lift, target, item), node)


def _binds(target: Any) -> bool:
    """Whether a target gives names to what there is, and stores nothing."""
    match type(target).__name__:
        case "Tuple" | "List":
            return all(map(_binds, target.elts))
        case "Starred":
            return _binds(target.value)
        case kind:
            return kind == "Name"


def _fields(fact: Fact) -> tuple[str, ...]:
    """The names of the elements of a NamedTuple, in order."""
    cls = fact.value
    if fact.kind != "object" or not isinstance(cls, type) or not fact.fields:
        return ()
    plain = issubclass(cls, tuple) and cls.__iter__ is tuple.__iter__
    return tuple(getattr(cls, "_fields", ())) if plain else ()


class Element:
    """An element that is still to be read, into a slot with its target's name."""

    __slots__ = ("base", "index")

    def __init__(self, base: Atom, index: int) -> None:
        self.base = base
        self.index = index


def _name(target: Any) -> str:
    """The name in a target, also a starred one."""
    target = getattr(target, "value", target)
    return str(target.id) if type(target).__name__ == "Name" else ""


def _named(lift: Lifter, target: Any, item: Val | Element) -> Val:
    if not isinstance(item, Element):
        return item
    return lift.apply("getitem", (item.base, Const(item.index)), name=_name(target))


def _unpack(
    lift: Lifter, targets: Sequence[Any], value: Val, node: Any
) -> list[Val | Element]:
    """The elements of a sequence whose length is only known when the program runs."""
    atom = lift.materialise(value)
    fact = lift.fact(atom)
    count = len(targets)
    if not (fact.is_array and fact.shape and fact.shape[0] == count):
        atom = lift.apply("unpack", (atom, Const(count)))
    return [Element(atom, index) for index in range(count)]


def _gathered(
    lift: Lifter, items: Sequence[Val | Element], count: int, star: int, node: Any
) -> list[Val | Element]:
    """The elements, those for the starred target in one list."""
    size = len(items) - count + 1
    if size < 0:
        lift.fail(node, f"not enough values to unpack: {len(items)} for {count - 1}")
    middle = items[star : star + size]
    atoms = [lift.materialise(_named(lift, None, item)) for item in middle]
    rest = lift.apply("list", atoms)
    return [*items[:star], rest, *items[star + size :]]


def _unpack_starred(
    lift: Lifter, targets: Sequence[Any], star: int, value: Val, node: Any
) -> None:
    """`first, *middle, last = value`, where the length of `value` is not known."""
    base = lift.apply("sequence", (lift.materialise(value),))
    after = len(targets) - star - 1
    items: list[Val | Element] = []
    for position, target in enumerate(targets):
        if position == star:
            stop = -after if after else None
            cut = lift.apply("getitem", (base, Const(slice(star, stop, None))))
            items.append(lift.parts.fresh_list(lift, cut, node, _name(target)))
        else:
            index = position if position < star else position - len(targets)
            items.append(Element(base, index))
    _assign_all(lift, targets, items, node)
