"""Memory that the branches of a relaxed test write: one blended store for each place.

before                          after
`if x > c: a[i] = v`            `old = a[i]`, then `a[i] = p * v + q * old`
`if x > c: f(a)`                `saved = np.copy(a)`; the branch runs on `a`; what it
                                left is copied, the other branch begins with
                                `a[...] = saved`; `a[...] = p * left + q * ...`

The first form serves branches that end with their stores. In the second every branch
finds the memory as it was, whatever other names it has, and views see the blend.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpc.analysis.aliases import Aliases
from dpc.analysis.classes import find
from dpc.ir import facts as F
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import definitions
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import (
    Arms,
    copy_place,
    is_cell,
    once,
    place_before,
    place_of,
    read_place,
    slots_of,
    writes_of,
)
from dpc.transforms.relax.state import Held, Relaxation


@dataclass(frozen=True, slots=True)
class Settled:
    """The merge of what both branches leave in a place, and where it goes."""

    place: Place
    merge: Merge


def settle_stores(
    relax: Relaxation, statement: If, arms: Arms, whole: bool
) -> list[Settled]:
    """Take the stores to outer memory out of the branches, as merges of places.

    whole: what is left of the memory as a whole is asked for, under some name.
    Emits what has to be saved before them. Raises UnsupportedError where the place of a
    store is not known before the branch runs.
    """
    writes = [list(writes_of(arm)) for arm in arms]
    if not any(writes):
        return []
    last = [_at_end(relax, arm) for arm in arms]
    if not whole and None not in last and not _conflict(relax, last):  # type: ignore[arg-type]
        found = _forwarded(relax, statement, arms, last)  # type: ignore[arg-type]
    else:
        found = _restored(relax, statement, arms, writes)
    for each in found:
        for end in (each.merge.then, each.merge.orelse):
            if not relax.build.fact(end).is_number:
                relax.held.append(Held(each.place.base, None, None))
    return found


def _at_end(relax: Relaxation, arm: list[Stmt]) -> list[Store | Update] | None:
    """The stores of a branch, if they are the last that it does."""
    writes = list(writes_of(arm))
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
    """A place may be written under two names, or stand in what another place holds."""
    aliases = relax.activity.aliases
    for one in arms[0]:
        for other in arms[1]:
            same = aliases.node(one.base) is aliases.node(other.base)
            if same and not place_of(one).same(place_of(other)):
                return True
    both = [*arms[0], *arms[1]]
    return any(_is_in(aliases, a.base, b.base) for a in both for b in both)


def _is_in(aliases: Aliases, part: Atom, container: Atom) -> bool:
    """Memory may be held by a container, at any depth."""
    node, wanted = aliases.node(container), aliases.node(part)
    passed = set[int]()
    while node is not None and node.element is not None and id(node) not in passed:
        passed.add(id(node))
        node = find(node.element)
        if node is wanted:
            return True
    return False


def _forwarded(
    relax: Relaxation, statement: If, arms: Arms, writes: list[list[Store | Update]]
) -> list[Settled]:
    """The stored values themselves are blended; nothing is saved."""
    outside = slots_of(arms)
    places: list[Place] = []
    left: list[list[tuple[Place, Atom]]] = []
    for arm, stores in zip(arms, writes, strict=True):
        values = []
        for write in stores:
            place = place_before(relax, arm, place_of(write), outside, statement.span)
            with relax.build.region() as new:
                value = _value(relax, write, place)
            arm[arm.index(write) : arm.index(write) + 1] = new
            values.append((place, value))
            if not any(place.same(p) for p in places) or isinstance(write, Store):
                places.append(place)
        left.append(values)
    return [_settled(relax, arms, place, left) for place in once(places)]


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
                ends.append(read_place(relax, place))
            arm += new
    return Settled(place, Merge(_slot(relax, place, *ends), *ends))


def _slot(relax: Relaxation, place: Place, a: Atom, b: Atom) -> Slot:
    name = place.base.name if isinstance(place.base, Slot) else "value"
    fact = F.join(relax.build.fact(a), relax.build.fact(b))
    return relax.build.slot(name, fact, temp=True)


def _value(relax: Relaxation, write: Store | Update, place: Place) -> Atom:
    """What a store leaves in its place."""
    if isinstance(write, Store):
        return write.value
    key = f"operator.{write.op}"
    return relax.build.apply(key, read_place(relax, place), write.value)


def _restored(
    relax: Relaxation, statement: If, arms: Arms, writes: list[list[Store | Update]]
) -> list[Settled]:
    """Each branch runs on the memory itself, which is restored after it."""
    inside = slots_of(arms)
    places = once(
        [
            place_before(relax, arm, place_of(write), inside, statement.span)
            for arm, stores in zip(arms, writes, strict=True)
            for write in stores
        ]
    )
    saved = [_saved(relax, place, bool(writes[0])) for place in places]
    ends: list[list[Atom]] = []
    for arm, stores in zip(arms, writes, strict=True):
        with relax.build.region() as new:
            ends.append([copy_place(relax, p) for p in places] if stores else saved)
        arm += new
    if writes[0] and (arms[1] or any(is_cell(relax, place) for place in places)):
        # Whether the first branch has run, or failed, or has no weight.
        arms[1][:0] = [
            Store(place.kind, place.base, place.index, old, statement.span)
            for place, old in zip(reversed(places), reversed(saved), strict=True)
        ]
    return [
        Settled(place, Merge(_slot(relax, place, a, b), a, b))
        for place, a, b in zip(places, *ends, strict=True)
    ]


def _saved(relax: Relaxation, place: Place, given_back: bool) -> Atom:
    """What stands in a place before the branches.

    given_back: it is what the second branch finds there again; what a container holds
      has to be the same object then, for whoever else has it.
    """
    if given_back and is_cell(relax, place):
        return read_place(relax, place)
    return copy_place(relax, place)


def emit_stores(relax: Relaxation, statement: If, settled: list[Settled]) -> None:
    """The blended stores."""
    for each in settled:
        place = each.place
        relax.build.emit(
            Store(
                place.kind, place.base, place.index, each.merge.target, statement.span
            )
        )
