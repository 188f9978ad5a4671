"""Parameters that are containers, and are read item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.nodes import Apply, Assign, Atom, Const, Function, Slot
from dpc.ir.walk import inner, operands, statements


def items_of(fact: Fact) -> Mapping[object, Fact]:
    """What is known of the items of a container, by index, key or name."""
    if fact.kind in ("tuple", "list") and fact.items is not None:
        return dict(enumerate(fact.items))
    if fact.kind in ("dict", "object") and fact.fields is not None:
        return dict(fact.fields)
    return {}


# By slot: the parameter that holds it, and the keys that lead there.
Roots = dict[Slot, tuple[Slot, tuple[object, ...]]]


def find_roots(
    function: Function,
    facts: Facts,
    wrt: Iterable[Slot],
    written: Callable[[Slot], bool],
) -> Roots:
    """Parameters whose items have adjoints of their own, and items that are like them:
    they are read item by item, and in no other way."""
    loads: dict[Slot, list[tuple[object, Slot]]] = {}
    other: set[Atom] = {function.result}
    for statement in statements(function.body):
        match statement:
            case Assign(target, Apply("getitem" | "getattr", (Slot() as base, key))):
                items = items_of(facts.get(base, ANY))
                name = key_of(key.value, len(items)) if isinstance(key, Const) else None
                if name in items:
                    loads.setdefault(base, []).append((name, target))
                else:
                    other.add(base)
            case _:
                other.update((*operands(statement), *inner(statement)))
    found: Roots = {}

    def look(root: Slot, path: tuple[object, ...], held: list[Slot]) -> None:
        bad = any(slot in other or written(slot) for slot in held)
        if bad or not items_of(facts.get(held[0], ANY)):
            return
        found.update(dict.fromkeys(held, (root, path)))
        below: dict[object, list[Slot]] = {}
        for name, target in (load for slot in held for load in loads.get(slot, ())):
            below.setdefault(name, []).append(target)
        for name, targets in below.items():
            look(root, (*path, name), targets)

    for slot in wrt:
        look(slot, (), [slot])
    return found


def key_of(key: object, count: int) -> object:
    """The index from the start; not a boolean, which is another key."""
    if isinstance(key, bool) or not isinstance(key, int):
        return key if isinstance(key, str) else None
    return key + count if key < 0 else key
