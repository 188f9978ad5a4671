"""The places that a branch or a loop writes, in memory that was there before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    For,
    Slot,
    Stmt,
    Store,
    Update,
    While,
)
from dpc.ir.walk import definitions, statements
from dpc.source import Span
from dpc.transforms.relax.place import Place, is_literal
from dpc.transforms.relax.state import Relaxation, refused

Arms = tuple[list[Stmt], list[Stmt]]
WHOLE = Const(Ellipsis)  # an array
ITEMS = Const(slice(None))  # a list
_VIEWS = frozenset(
    "getitem getattr np.reshape np.ravel np.transpose np.asarray".split()
)
_CONTAINERS = frozenset(("list", "dict", "object", "tuple"))


def place_of(write: Store | Update) -> Place:
    """Where a store goes, as the program has it."""
    if write.kind == "whole":
        return Place("item", write.base, WHOLE)
    return Place(write.kind, write.base, write.index)


def once(places: Sequence[Place]) -> list[Place]:
    """The places, each once."""
    found: list[Place] = []
    for place in places:
        if not any(place.same(other) for other in found):
            found.append(place)
    return found


def outermost(places: Sequence[Place]) -> list[Place]:
    """The places, each once and without the parts of an array or list among them."""
    whole = [p.base for p in places if p.index is WHOLE or p.index is ITEMS]
    return [
        p
        for p in once(places)
        if p.index is WHOLE or p.index is ITEMS or not any(p.base is b for b in whole)
    ]


# Writes


def writes_of(arm: Sequence[Stmt]) -> Iterator[Store | Update]:
    """The stores of a branch to memory that is not its own."""
    own = made_in(tuple(arm))
    for statement in statements(tuple(arm)):
        if isinstance(statement, Store | Update) and not own(statement.base):
            yield statement


def made_in(block: Block) -> Callable[[Atom], bool]:
    """Whether memory is made in a block, and nobody else has it."""
    own = set(definitions(block))
    made = {s.target: s.value for s in statements(block) if isinstance(s, Assign)}
    return lambda base: _is_own(base, own, made)


def _is_own(base: Atom, own: set[Slot], made: Mapping[Slot, object]) -> bool:
    if not isinstance(base, Slot) or base not in own:
        return False
    match made.get(base):
        case Apply(fn) if fn not in _VIEWS and not fn.startswith("dpc.i"):
            return fn.startswith("np.") or fn in ("list", "dict", "new")
        case _:
            return False


def slots_of(arms: Arms) -> set[Slot]:
    """The slots that the branches define."""
    return {slot for arm in arms for slot in definitions(tuple(arm))}


# What stands in a place


def read_place(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place."""
    if place.index is WHOLE:
        return place.base
    fn = "getitem" if place.kind == "item" else "getattr"
    return relax.build.apply(fn, place.base, place.index)


def copy_place(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place, safe from what is written there later."""
    value = read_place(relax, place)
    fact = relax.build.fact(value)
    if fact.is_scalar:
        return value
    return relax.build.apply("np.copy" if fact.is_array else "dpc.snapshot", value)


def is_cell(relax: Relaxation, place: Place) -> bool:
    """A place of a container: it can be given back the very object that it held."""
    if place.index is WHOLE or place.index is ITEMS:
        return False
    return relax.build.fact(place.base).kind in _CONTAINERS


# What is known before the branches


def place_before(
    relax: Relaxation,
    arm: list[Stmt],
    place: Place,
    inside: set[Slot],
    span: Span | None,
) -> Place:
    """The place, with a base and an index that are computed before the branches.

    Where they are not known, it is the whole of what the branch can write.
    """
    base, index = place.base, place.index
    if isinstance(base, Slot) and base in inside:
        moved = _moved_base(relax, arm, base, inside)
        if moved is None:
            return whole(relax, root_of(relax, span, base, inside), span)
        base = moved
    if isinstance(index, Slot) and index in inside:
        before = _moved(relax, arm, index, inside)
        if before is None:
            return whole(relax, base, span)
        index = before
    return Place(place.kind, base, index)


def whole(relax: Relaxation, base: Atom, span: Span | None) -> Place:
    """All of an array or of a list. What else a branch writes has to be known."""
    kind = relax.build.fact(base).kind
    if kind in ("dict", "object", "tuple"):
        name = f"`{base.name}`" if isinstance(base, Slot) else "this"
        raise refused(
            span,
            f"it is not known before this statement which part of {name} it writes",
            "give the key a name before it, or write dpc.hard(test)",
        )
    return Place("item", base, ITEMS if kind == "list" else WHOLE)


def _moved_base(
    relax: Relaxation, arm: list[Stmt], slot: Slot, inside: set[Slot]
) -> Slot | None:
    """A load from a container that the branch does not write, before the branches."""
    made = next((s for s in arm if isinstance(s, Assign) and s.target is slot), None)
    if made is None:
        made = _same_load(relax, arm, slot) or _inner_load(relax, arm, slot)
    if made is not None and isinstance(made.value, Slot):
        same = made.value
        return same if same not in inside else _moved_base(relax, arm, same, inside)
    if made is None or not isinstance(made.value, Apply):
        return None
    call = made.value
    if call.fn not in ("getitem", "getattr"):
        return None
    base, key = call.args
    if relax.build.fact(base).kind not in _CONTAINERS or _writes(relax, arm, base, key):
        return None
    if isinstance(base, Slot) and base in inside:
        outer = _moved_base(relax, arm, base, inside)
        if outer is None:
            return None
        base = outer
    if isinstance(key, Slot) and key in inside:
        moved = _moved(relax, arm, key, inside)
        if moved is None:
            return None
        key = moved
    again = relax.build.slot(slot.name, relax.build.fact(slot), slot.temp)
    relax.build.assign(again, Apply(call.fn, (base, key)))
    return again


def _same_load(relax: Relaxation, arm: Sequence[Stmt], slot: Slot) -> Assign | None:
    """What every run of a branch loads, and an inner branch of it once more."""
    call = relax.definition(slot)
    if call is None or call.fn not in ("getitem", "getattr"):
        return None
    for statement in arm:
        match statement:
            case Assign(_, Apply(fn, (base, key))) if fn == call.fn:
                if base is call.args[0] and is_literal(key, call.args[1]):
                    return statement
    return None


def _inner_load(relax: Relaxation, arm: Sequence[Stmt], slot: Slot) -> Assign | None:
    """What a loop or an inner branch loads from a container that surely holds it."""
    for statement in statements(tuple(arm)):
        match statement:
            case Assign(target, Apply("getattr")) if target is slot:
                return statement
            case Assign(target, Apply("getitem", (base, Const(key)))) if target is slot:
                whole = relax.definition(base)
                if whole is None or whole.fn not in ("list", "tuple", "dict"):
                    return None
                keys = [a.value for a in whole.args[::2] if isinstance(a, Const)]
                size = len(whole.args)
                held = key in (keys if whole.fn == "dict" else range(-size, size))
                return statement if held else None
    return None


def _writes(relax: Relaxation, arm: Sequence[Stmt], base: Atom, key: Atom) -> bool:
    """A branch may write what a container has under a key."""
    aliases = relax.activity.aliases
    node = aliases.node(base)
    return any(
        aliases.node(write.base) is node and not _differ(write.index, key)
        for write in writes_of(arm)
    )


def _differ(a: Atom, b: Atom) -> bool:
    """Two literal keys of different parts."""
    if not isinstance(a, Const) or not isinstance(b, Const):
        return False
    plain = isinstance(a.value, int | str) and isinstance(b.value, int | str)
    apart = type(a.value) is not type(b.value) or a.value != b.value
    negative = any(isinstance(k.value, int) and k.value < 0 for k in (a, b))
    return plain and apart and not negative


def _moved(
    relax: Relaxation, arm: list[Stmt], slot: Slot, inside: set[Slot]
) -> Slot | None:
    """A copy of an index's computation, before the branches."""
    made = next((s for s in arm if isinstance(s, Assign) and s.target is slot), None)
    if made is None or not isinstance(made.value, Apply):
        return None
    call = made.value
    pure = call.fn in ("tuple", "slice") or call.fn.startswith("operator.")
    if not pure or call.kwargs:
        return None
    args: list[Atom] = []
    for atom in call.args:
        if isinstance(atom, Slot) and atom in inside:
            again = _moved(relax, arm, atom, inside)
            if again is None:
                return None
            atom = again
        args.append(atom)
    copy = relax.build.slot(slot.name, relax.build.fact(slot), slot.temp)
    relax.build.assign(copy, Apply(call.fn, tuple(args)))
    return copy


def root_of(
    relax: Relaxation, span: Span | None, base: Atom, inside: set[Slot]
) -> Atom:
    """The memory from outside that a name of the branch is a part of."""
    while isinstance(base, Slot) and base in inside:
        found = relax.build.definitions.get(base)
        if isinstance(found, Slot):
            base = found
        elif isinstance(found, Apply) and found.args:
            base = found.args[0]
        else:
            raise refused(
                span,
                f"which memory `{base.name}` names here is not known before it is "
                "written",
                "write dpc.hard(test), or give the memory a name of its own before",
            )
    return base


def outer_places(
    relax: Relaxation, block: Block, heads: Iterable[Slot] = ()
) -> list[Place]:
    """The memory that a block writes and that was there before it.

    heads: what else is not known before it, where the block is the body of a loop.
    """
    inside = {*definitions(block), *heads}
    found = []
    for write in writes_of(block):
        base, known = write.base, isinstance(write.index, Const)
        if isinstance(base, Slot) and base in inside:
            moved = _moved_base(relax, list(block), base, inside)
            known = known and moved is not None
            base = moved or root_of(relax, write.span, base, inside)
        fields = relax.build.fact(base).kind in ("dict", "object")
        if known and (fields or write.kind == "attr"):
            found.append(Place(write.kind, base, write.index))
        else:
            found.append(whole(relax, base, write.span))
    return once(found)


def heads_of(loop: For | While) -> Iterator[Slot]:
    """What each iteration of a loop begins with."""
    if isinstance(loop, For):
        yield loop.index
    yield from (carry.header for carry in loop.carries)
