"""What follows a soft loop in the branches that know how it was left.

before                          after
`for ...: ... break`            `broke`, `x_broke`, `left`, `x`: weights and sums
`else: x = 3 * x`               `x = x_broke + left * (3 * x)`

Inside such a branch a name is the mean over the exits that lead there.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    If,
    Merge,
    Slot,
    Store,
)
from dpc.ir.program import RETURNED
from dpc.ir.rebuild import substitute
from dpc.ir.walk import reads
from dpc.transforms.relax.mixture import Case, View
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.state import Gate, Relaxation

NONE: Mapping[Slot, Atom] = {}


def open_flags(relax: Relaxation, view: View) -> None:
    """The gates of a loop's flags, as far as they are not known here."""
    build = relax.build
    for position, flag in enumerate(view.mixture.flags):
        yes = frozenset(case for case in view.cases if case[position])
        gate = Gate.of(view.mass(build, yes), view.mass(build, view.cases - yes))
        name = view.name(flag)
        relax.gates[name] = gate
        relax.views[name] = view
        relax.weights |= {a for a in (gate.p, gate.q) if isinstance(a, Slot)}
        bare = build.apply("dpc.bare", gate.p)
        build.assign(name, Apply("operator.gt", (bare, Const(0.5))))


def restricted(relax: Relaxation, statement: If) -> If:
    """An `if` over the flag of a loop, with branches that see the exits they follow."""
    found = view_of(relax, statement.test)
    if found is None:
        return statement
    view, flag, positive = found
    arms: list[Block] = []
    parts: list[dict[Slot, Atom]] = []
    read = any(map(relax.is_memory, reads((*statement.then, *statement.orelse))))
    for side, arm in ((True, statement.then), (False, statement.orelse)):
        cases = cases_by(view, flag, side is positive)
        with relax.build.region() as before:
            if read:
                stand_as(relax, statement.test, side)
        arms.append((*before, *_seen(relax, view, cases, arm)))
        parts.append({})
        atoms = [m.then if side else m.orelse for m in statement.merges]
        for atom in atoms:
            if isinstance(atom, Slot) and relax.views.get(atom) is view:
                slot = view.original(atom)
                if slot in view.mixture.mixed:
                    parts[-1][atom] = _part(relax, view, slot, cases, statement, side)
    merges = tuple(
        Merge(m.target, _in(m.then, parts[0]), _in(m.orelse, parts[1]))
        for m in statement.merges
    )
    return If(statement.test, arms[0], arms[1], merges, statement.span)


def cases_by(view: View, flag: Slot, truth: bool) -> frozenset[Case]:
    """The cases of a view in which a flag has this truth."""
    position = view.mixture.flags.index(view.original(flag))
    return frozenset(case for case in view.cases if case[position] is truth)


def _part(
    relax: Relaxation,
    view: View,
    slot: Slot,
    cases: frozenset[Case],
    statement: If,
    side: bool,
) -> Atom:
    """What goes through a branch unchanged, times the weight of the branch."""
    total = view.part(relax.build, slot, cases)
    name = relax.build.slot(slot.name, relax.build.fact(total))
    assert isinstance(total, Slot | Const)
    relax.build.assign(name, total)
    gate = relax.gates[statement.test]  # type: ignore[index]
    relax.parts[name] = gate if side else gate.opposite
    return name


def _in(atom: Atom, parts: Mapping[Slot, Atom]) -> Atom:
    return parts.get(atom, atom) if isinstance(atom, Slot) else atom


def _seen(relax: Relaxation, view: View, cases: frozenset[Case], arm: Block) -> Block:
    """A branch that reads the means over the exits that lead to it."""
    wanted = {s for s in reads(arm) if relax.views.get(s) is view}
    if not wanted or not cases:
        return arm
    with relax.build.region() as new:
        replace = _means(relax, view, cases, wanted)
    return (*new, *substitute(arm, replace))


def _means(
    relax: Relaxation, view: View, cases: frozenset[Case], wanted: set[Slot]
) -> dict[Slot, Atom]:
    """Emit what the names of a loop are over some of its exits."""
    names: dict[Slot, Slot] = {}
    mixture = view.mixture
    for slot in (*mixture.flags, *mixture.mixed):
        names[slot] = relax.build.slot(slot.name, relax.build.fact(slot))
    inner = View(mixture, cases, names)
    for slot in mixture.mixed:
        if view.name(slot) in wanted and not inner.is_unbound(slot, cases):
            value = inner.mean(relax.build, slot, cases)
            relax.build.facts[names[slot]] = F.ANY
            assert isinstance(value, Slot | Const)
            relax.build.assign(names[slot], value)
        relax.views[names[slot]] = inner
    if any(view.name(flag) in wanted for flag in mixture.flags):
        open_flags(relax, inner)
    found: dict[Slot, Atom] = {
        view.name(slot): names[slot] for slot in names if view.name(slot) in wanted
    }
    for slot in mixture.mixed:
        if view.name(slot) in wanted and inner.is_unbound(slot, cases):
            found[view.name(slot)] = UNDEFINED
    for position, flag in enumerate(mixture.flags):
        truths = {case[position] for case in cases}
        if len(truths) == 1 and view.name(flag) in wanted:
            found[view.name(flag)] = Const(truths.pop())
    return found


def view_of(
    relax: Relaxation, test: Atom, same: Mapping[Slot, Atom] = NONE
) -> tuple[View, Slot, bool] | None:
    """What is known where a test looks at how a loop was left; its flag, and whether
    the test is not its opposite."""
    flag, positive = _flag(relax, test, same)
    view = None if flag is None else relax.views.get(flag)
    if view is None or flag is None or view.original(flag) not in view.mixture.flags:
        return None
    return view, flag, positive


def places_by(
    relax: Relaxation, test: Atom, same: Mapping[Slot, Atom] = NONE
) -> list[Place]:
    """The places that a soft loop has written, where a test tells how it was left.

    Those that go on know that it has not returned: so does memory as it stands.
    """
    found = view_of(relax, test, same)
    if found is None or relax.outcomes.get(found[0].original(found[1])) == RETURNED:
        return []
    return list(dict.fromkeys(place for _, place in found[0].mixture.memory))


def stand_as(
    relax: Relaxation, test: Atom, side: bool, same: Mapping[Slot, Atom] = NONE
) -> None:
    """Write to memory what it is where a test of how a loop was left has come out."""
    places, found = places_by(relax, test, same), view_of(relax, test, same)
    if not places or found is None:
        return
    view, flag, positive = found
    cases = cases_by(view, flag, side is positive)
    for place in places if cases else ():
        value = view.content(relax.build, place, cases)
        relax.build.emit(Store(place.kind, place.base, place.index, value))


def entered(
    relax: Relaxation, test: Atom, side: bool, same: Mapping[Slot, Atom]
) -> dict[Slot, Atom]:
    """What the names of a loop are where a test of how it was left has come out.

    same: what names are there already, because of tests before.
    """
    found = view_of(relax, test, same)
    if found is None:
        return {}
    view, flag, positive = found
    cases = cases_by(view, flag, side is positive)
    slots = (*view.mixture.flags, *view.mixture.mixed)
    wanted = {view.name(slot) for slot in slots} - {flag}
    return _means(relax, view, cases, wanted) if cases else {}


def _flag(
    relax: Relaxation, test: Atom, same: Mapping[Slot, Atom] = NONE
) -> tuple[Slot | None, bool]:
    """The flag that a test looks at, and whether it is not its opposite."""
    positive = True
    while isinstance(test, Slot) and (test not in relax.views or test in same):
        if test in same:
            test = same[test]
            continue
        # As it is here: in a branch that knows more, another flag stands for the first.
        match relax.build.definitions.get(test) or relax.definitions.get(test):
            case Assign(_, Apply("operator.not_", (part,))):
                test, positive = part, not positive
            case Apply("operator.not_", (part,)):
                test, positive = part, not positive
            case Assign(_, Slot() as copied):
                test = copied
            case _:
                return None, True
    return (test, positive) if isinstance(test, Slot) else (None, True)
