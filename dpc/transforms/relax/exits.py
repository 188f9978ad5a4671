"""Merges of what a soft loop has left, or what had a weight, where branches return.

Those that go on see the exits that lead there: a name that goes through a branch, or
around it, is the mean over them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dpc.ir.nodes import Atom, If, Merge, Slot, Stmt
from dpc.transforms.relax.cases import cases_by, view_of
from dpc.transforms.relax.mixture import Case, View
from dpc.transforms.relax.state import Gate, Relaxation
from dpc.transforms.relax.values import Arms


def conditional(relax: Relaxation, value: Atom, weight: Atom) -> Atom:
    """What has been weighed, without its weight, in a branch that has this one."""
    relax.shares.add((value, weight))
    return relax.apply("operator.truediv", value, weight)


def whole_of(relax: Relaxation, arms: Arms, gate: Gate, merge: Merge) -> Merge:
    """A merge of what goes through a branch unchanged, without the branch's weight."""
    ends = [merge.then, merge.orelse]
    for side, own in enumerate((gate, gate.opposite)):
        atom = ends[side]
        part = relax.parts.get(atom) if isinstance(atom, Slot) else None
        if part is None or part.p is not own.p:
            continue
        with relax.build.region() as new:
            bare = relax.apply("dpc.bare", own.p)
            with relax.build.region() as inner:
                value = conditional(relax, atom, own.p)
            slot = relax.build.slot(merge.target.name, relax.build.fact(atom))
            relax.build.emit(If(bare, tuple(inner), (), (Merge(slot, value, atom),)))
        arms[side].extend(new)
        ends[side] = slot
    return Merge(merge.target, *ends)


def left_around(
    relax: Relaxation, statement: If, arms: Arms, names: Sequence[Merge]
) -> dict[Slot, Merge]:
    """What no branch changes, and is not the same in both: the test tells how a loop
    was left. By name, the merge into another one for those that go on."""
    found = view_of(relax, statement.test)
    if found is None:
        return {}
    view, flag, positive = found
    merged = {merge.target for merge in names}
    around: dict[Slot, Merge] = {}
    for slot in view.mixture.mixed:
        name = view.name(slot)
        if name in merged or not relax.is_used(name):
            continue
        sides = [cases_by(view, flag, truth) for truth in (positive, not positive)]
        if all(cases and not view.is_unbound(slot, cases) for cases in sides):
            ends = [
                _over(relax, arm, view, name, cases)
                for arm, cases in zip(arms, sides, strict=True)
            ]
            target = relax.build.slot(name.name, relax.build.fact(name))
            around[name] = Merge(target, *ends)
    return around


def left_by_loops(
    relax: Relaxation, arms: Arms, merges: Sequence[Merge], flags: Sequence[Atom]
) -> list[Merge]:
    """The merges, of what soft loops leave where they have not returned."""
    found = list(merges)
    for side, flag in enumerate(flags):
        split = relax.splits.get(flag) if isinstance(flag, Slot) else None
        names = {} if split is None else split.names
        for position, merge in enumerate(found):
            ends = [merge.then, merge.orelse]
            atom = ends[side]
            if relax.outcomes.get(merge.target) is None and isinstance(atom, Slot):
                ends[side] = names.get(atom, (atom, atom))[False]
                found[position] = Merge(merge.target, *ends)
        view = relax.views.get(flag) if isinstance(flag, Slot) else None
        if view is None or not isinstance(flag, Slot):
            continue
        place = view.mixture.flags.index(view.original(flag))
        cases = frozenset(case for case in view.cases if not case[place])
        for position, merge in enumerate(found):
            ends = [merge.then, merge.orelse]
            atom = ends[side]
            if not isinstance(atom, Slot) or relax.views.get(atom) is not view:
                continue
            if relax.outcomes.get(merge.target) is None and cases:
                ends[side] = _over(relax, arms[side], view, atom, cases)
                found[position] = Merge(merge.target, ends[0], ends[1])
    return found


def _over(
    relax: Relaxation, arm: list[Stmt], view: View, atom: Slot, cases: frozenset[Case]
) -> Atom:
    """The mean of a name of a soft loop over some of the ways in which it was left."""
    slot = view.original(atom)
    if slot not in view.mixture.mixed:
        return atom
    build = relax.build
    with build.region() as new:
        mass = relax.apply("dpc.bare", view.mass(build, cases))
        with build.region() as inner:
            mean = view.mean(build, slot, cases)
        found = build.slot(slot.name, build.fact(atom))
        build.emit(If(mass, tuple(inner), (), (Merge(found, mean, atom),)))
    arm += new
    return found
