"""Memory that the branches of a relaxed test write: one blended store for each place.

before                          after
`if x > c: a[i] = v`            `old = a[i]`, then `a[i] = p * v + q * old`
`if x > c: f(a)`                `saved = np.copy(a)`; the branch runs on `a`; what it
                                left is copied, `a` restored; `a[...] = p * left + ...`

The first form serves branches that end with their stores. In the second every branch
finds the memory as it was, whatever other names it has, and views see the blend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import definitions, statements
from dpc.transforms.relax.state import Relaxation, refused

Arms = tuple[list[Stmt], list[Stmt]]
_WHOLE = Const(Ellipsis)


@dataclass(frozen=True, slots=True)
class Place:
    """Memory that was there before the branches: `base[index]` or `base.index`."""

    kind: str
    base: Atom
    index: Atom

    @property
    def name(self) -> str:
        """What a value from there is called."""
        return self.base.name if isinstance(self.base, Slot) else "value"

    def same(self, other: Place) -> bool:
        """Surely the same place."""
        return (
            self.kind == other.kind
            and self.base is other.base
            and (self.index is other.index or _literal(self.index, other.index))
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """The merge of what both branches leave in a place, and where it goes."""

    place: Place
    merge: Merge


def _literal(a: Atom, b: Atom) -> bool:
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and bool(a.value == b.value)
    )


def settle_stores(relax: Relaxation, statement: If, arms: Arms) -> list[Settled]:
    """Take the stores to outer memory out of the branches, as merges of places.

    Emits what has to be saved before them. Raises UnsupportedError where the place of a
    store is not known before the branch runs.
    """
    writes = [list(_writes(arm)) for arm in arms]
    if not any(writes):
        return []
    last = [_at_end(relax, arm) for arm in arms]
    if None not in last and not _conflict(relax, last):  # type: ignore[arg-type]
        return _forwarded(relax, arms, last)  # type: ignore[arg-type]
    return _restored(relax, statement, arms, writes)


def _writes(arm: list[Stmt]) -> Iterator[Store | Update]:
    """The stores of a branch to memory that is not its own."""
    own = set(definitions(tuple(arm)))
    made = {s.target: s.value for s in statements(tuple(arm)) if isinstance(s, Assign)}
    for statement in statements(tuple(arm)):
        if isinstance(statement, Store | Update) and not _is_own(
            statement.base, own, made
        ):
            yield statement


_VIEWS = frozenset(
    "getitem getattr np.reshape np.ravel np.transpose np.asarray".split()
)


def _is_own(base: Atom, own: set[Slot], made: Mapping[Slot, object]) -> bool:
    """The memory is made in the branch, and nobody else has it."""
    if not isinstance(base, Slot) or base not in own:
        return False
    match made.get(base):
        case Apply(fn) if fn not in _VIEWS and not fn.startswith("dpc.i"):
            return fn.startswith("np.") or fn in ("list", "dict", "new")
        case _:
            return False


def _at_end(relax: Relaxation, arm: list[Stmt]) -> list[Store | Update] | None:
    """The stores of a branch, if they are the last that it does."""
    writes = list(_writes(arm))
    if not writes:
        return []
    places = [arm.index(w) for w in writes if w in arm]
    if len(places) < len(writes):
        return None
    for statement in arm[places[0] :]:
        if statement in writes:
            continue
        if not isinstance(statement, Assign) or not _is_work_on_numbers(
            relax, statement
        ):
            return None
    own = set(definitions(tuple(arm)))
    if any(write.base in own for write in writes):
        return None
    updated = [w for w in writes if isinstance(w, Update)]
    return None if updated and len(writes) > 1 else writes


def _is_work_on_numbers(relax: Relaxation, statement: Assign) -> bool:
    value = statement.value
    atoms = value.operands if isinstance(value, Apply) else (value,)
    numbers = all(relax.build.fact(a).is_scalar or isinstance(a, Const) for a in atoms)
    return numbers and relax.build.fact(statement.target).is_scalar


def _conflict(relax: Relaxation, arms: list[list[Store | Update]]) -> bool:
    """Two branches may write one place under two names."""
    aliases = relax.activity.aliases
    for one in arms[0]:
        for other in arms[1]:
            same = aliases.node(one.base) is aliases.node(other.base)
            if same and not _place(one).same(_place(other)):
                return True
    return False


def _place(write: Store | Update) -> Place:
    if write.kind == "whole":
        return Place("item", write.base, _WHOLE)
    return Place(write.kind, write.base, write.index)


def _forwarded(
    relax: Relaxation, arms: Arms, writes: list[list[Store | Update]]
) -> list[Settled]:
    """The stored values themselves are blended; nothing is saved."""
    outside = _outside(arms)
    places: list[Place] = []
    left: list[list[tuple[Place, Atom]]] = []
    for arm, stores in zip(arms, writes, strict=True):
        values = []
        for write in stores:
            place = _before(relax, arm, _place(write), outside)
            with relax.build.region() as new:
                value = _value(relax, write, place)
            arm[arm.index(write) : arm.index(write) + 1] = new
            values.append((place, value))
            if not any(place.same(p) for p in places) or isinstance(write, Store):
                places.append(place)
        left.append(values)
    return [_settled(relax, arms, place, left) for place in _once(places)]


def _once(places: list[Place]) -> list[Place]:
    found: list[Place] = []
    for place in places:
        if not any(place.same(other) for other in found):
            found.append(place)
    return found


def _settled(
    relax: Relaxation,
    arms: Arms,
    place: Place,
    left: list[list[tuple[Place, Atom]]],
) -> Settled:
    ends = []
    for arm, values in zip(arms, left, strict=True):
        mine = [value for where, value in values if where.same(place)]
        if mine:
            ends.append(mine[-1])
        else:
            with relax.build.region() as new:
                ends.append(_read(relax, place))
            arm += new
    return Settled(place, Merge(_slot(relax, place, *ends), *ends))


def _slot(relax: Relaxation, place: Place, a: Atom, b: Atom) -> Slot:
    name = place.base.name if isinstance(place.base, Slot) else "value"
    return relax.build.slot(name, temp=True)


def _read(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place."""
    if place.index is _WHOLE:
        return place.base
    fn = "getitem" if place.kind == "item" else "getattr"
    return relax.build.apply(fn, place.base, place.index)


def _value(relax: Relaxation, write: Store | Update, place: Place) -> Atom:
    """What a store leaves in its place."""
    if isinstance(write, Store):
        return write.value
    key = f"operator.{write.op}"
    return relax.build.apply(key, _read(relax, place), write.value)


def _outside(arms: Arms) -> set[Slot]:
    """The slots that the branches define."""
    return {slot for arm in arms for slot in definitions(tuple(arm))}


def _before(
    relax: Relaxation, arm: list[Stmt], place: Place, inside: set[Slot]
) -> Place:
    """The place, with an index that is computed before the branches."""
    index = place.index
    if not isinstance(index, Slot) or index not in inside:
        return place
    moved = _moved(relax, arm, index, inside)
    if moved is None:
        return Place("item", place.base, _WHOLE)
    return Place(place.kind, place.base, moved)


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


def _restored(
    relax: Relaxation, statement: If, arms: Arms, writes: list[list[Store | Update]]
) -> list[Settled]:
    """Each branch runs on the memory itself, which is restored after it."""
    inside = _outside(arms)
    places: list[Place] = []
    for arm, stores in zip(arms, writes, strict=True):
        for write in stores:
            place = _place(write)
            if isinstance(place.base, Slot) and place.base in inside:
                place = Place(
                    "item", _root(relax, statement, place.base, inside), _WHOLE
                )
            places.append(_before(relax, arm, place, inside))
    places = _once(places)
    saved = [_copy(relax, place) for place in places]
    ends: list[list[Atom]] = []
    for side, (arm, stores) in enumerate(zip(arms, writes, strict=True)):
        if not stores:
            ends.append(saved)
            continue
        with relax.build.region() as new:
            ends.append([_copy(relax, place) for place in places])
            if side == 0:
                for place, old in zip(reversed(places), reversed(saved), strict=True):
                    relax.build.emit(
                        Store(place.kind, place.base, place.index, old, statement.span)
                    )
        arm += new
    return [
        Settled(place, Merge(_slot(relax, place, a, b), a, b))
        for place, a, b in zip(places, *ends, strict=True)
    ]


def outer_places(relax: Relaxation, block: Block) -> list[Place]:
    """The memory that a block writes and that was there before it."""
    inside = set(definitions(block))
    found = []
    for write in _writes(list(block)):
        base = write.base
        if isinstance(base, Slot) and base in inside:
            base = _root(relax, write, base, inside)
        attr = write.kind == "attr"
        found.append(Place("attr", base, write.index) if attr else _whole(base))
    return _once(found)


def _whole(base: Atom) -> Place:
    return Place("item", base, _WHOLE)


def read_place(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place."""
    return _read(relax, place)


def copy_place(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place, safe from what is written there later."""
    return _copy(relax, place)


def _copy(relax: Relaxation, place: Place) -> Atom:
    """What stands in a place, safe from what is written there later."""
    value = _read(relax, place)
    fact = relax.build.fact(value)
    if fact.is_scalar:
        return value
    return relax.build.apply("np.copy" if fact.is_array else "dpc.snapshot", value)


def _root(
    relax: Relaxation, statement: If | Store | Update, base: Atom, inside: set[Slot]
) -> Atom:
    """The array from outside that a name of the branch is a view of."""
    while isinstance(base, Slot) and base in inside:
        found = relax.build.definitions.get(base)
        if isinstance(found, Slot):
            base = found
        elif isinstance(found, Apply) and found.args:
            base = found.args[0]
        else:
            raise refused(
                statement.span,
                f"it is not known before this `if` which memory `{base.name}` names,"
                " and its branch writes it",
                "write dpc.hard(test), or give the array a name before the `if`",
            )
    return base


def emit_stores(relax: Relaxation, statement: If, settled: list[Settled]) -> None:
    """The blended stores."""
    for each in settled:
        place = each.place
        relax.build.emit(
            Store(
                place.kind, place.base, place.index, each.merge.target, statement.span
            )
        )
