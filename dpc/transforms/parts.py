"""Adjoints of containers item by item, where it is known what they hold.

program                         backward sweep
`y = p["w"] * p["b"]`           `w_bar = y_bar * p["b"]`, `b_bar = y_bar * p["w"]`
`return y`                      `{"w": w_bar, "b": b_bar}` is the gradient of `p`

An item that is read has a slot for its adjoint, as any other value; that of the whole
is put together where the container was made, or at the end. Memory that is written has
shadows instead, and what loops and branches leave is one tree.
"""

from __future__ import annotations

from dpc.ir.gradients import has_floating_leaf
from dpc.ir.nodes import Atom, Const, Slot
from dpc.rules.apply import materialised_part
from dpc.transforms.roots import items_of, key_of
from dpc.transforms.state import State


def part_of(state: State, base: Atom, key: Atom) -> Slot | None:
    """The slot whose adjoint is that of an item; None where the whole has one tree."""
    if not isinstance(base, Slot) or not isinstance(key, Const):
        return None
    if base in state.roots:
        base, names = state.roots[base]
        for name in names:
            base = _part(state, base, name)
    elif not _is_local(state, base):
        return None
    items = items_of(state.build.fact(base))
    place = key_of(key.value, len(items))
    return _part(state, base, place) if place in items else None


def _is_local(state: State, base: Slot) -> bool:
    """A tuple that the program makes, and that keeps what it holds.

    Within an equation, which is swept several times, the whole has one tree.
    """
    if state.only is not None or base in state.solved:
        return False
    if base not in state.primal or state.build.fact(base).kind != "tuple":
        return False
    return not state.aliases.written(base) and base not in state.undefined


def _part(state: State, base: Slot, name: object) -> Slot:
    known = state.parts.setdefault(base, {})
    if name not in known:
        fact = items_of(state.build.fact(base))[name]
        known[name] = part = Slot(_name(base, name), temp=base.temp)
        state.items[part] = base, name
        state.build.facts[part] = fact
        state.homes[part] = state.homes.get(base, state.root)
        if has_floating_leaf(fact):
            state.activity.varied.add(part)
            state.activity.useful.add(part)
    return known[name]


def _name(base: Slot, key: object) -> str:
    if isinstance(key, str) and key.isidentifier():
        return key
    return base.name if base.temp else f"{base.name}_{key}"


def spread(state: State, base: Atom, bar: Atom) -> bool:
    """Give each item its part of a cotangent that stands as a list; whether it did."""
    found = state.build.definition(bar)
    if found is None or found.fn != "list":
        return False
    slots = [part_of(state, base, Const(place)) for place in range(len(found.args))]
    if not slots or None in slots:
        return False
    for slot, part in zip(slots, found.args, strict=True):
        assert slot is not None
        state.contribute(slot, part)
    return True


def assembled(state: State, slot: Slot) -> Atom | None:
    """The adjoint of a tuple, put together of those of its items."""
    known = state.parts.get(slot)
    whole = state.current(slot)
    if not known or slot in state.roots:
        return whole
    bars = {key: state.current(part) for key, part in known.items()}
    if all(bar is None for bar in bars.values()):
        return whole
    build = state.build
    atoms: list[Atom] = []
    for key, fact in items_of(build.fact(slot)).items():
        bar = bars.get(key)
        if bar is None and fact.is_scalar:
            bar = Const(0.0)
        elif bar is None:
            item = build.apply("getitem", slot, Const(key))
            bar = build.computed(state.zeros(item))
        else:
            bar = materialised_part(build, bar, slot, Const(key), fact)
        atoms.append(bar)
    tree = build.apply("list", *atoms)
    state.trees.add(tree)
    if whole is not None:
        tree = build.apply("dpc.accumulate", tree, whole)
        state.trees.add(tree)
    return tree


def parts_of(state: State, slot: Slot) -> dict[object, Slot]:
    """The items of a parameter by index, key or name; none if it has one tree."""
    if slot not in state.parts:
        return {}
    names = items_of(state.build.fact(slot))
    return {name: _part(state, slot, name) for name in names}
