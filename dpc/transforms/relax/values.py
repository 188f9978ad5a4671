"""What two branches leave in one name: its blend, or a part of it.

A name that only one branch binds is left as a *part*: its value times the weight with
which it is bound. The parts of a returned value add up to the whole, once the branch
for those that have not returned has its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Stmt,
    Value,
)
from dpc.ir.program import RESULT, RETURNED
from dpc.ir.walk import definitions
from dpc.transforms.relax.gates import certain, conjunction
from dpc.transforms.relax.state import Gate, Relaxation, refused

Arms = tuple[list[Stmt], list[Stmt]]


@dataclass(frozen=True, slots=True)
class Term:
    """One branch's contribution: `weight * value`, or just `value` without weight."""

    value: Atom
    weight: Atom | None


@dataclass(frozen=True, slots=True)
class Blend:
    """What becomes of a merge. A side is None where it contributes nothing."""

    merge: Merge
    then: Term | None
    orelse: Term | None
    part: Gate | None = None  # the weight with which the name is bound

    @property
    def is_whole(self) -> bool:
        """Both branches bind the name themselves."""
        terms = (self.then, self.orelse)
        return self.part is None and all(t is not None and t.weight for t in terms)


def blend_of(
    relax: Relaxation, arms: Arms, merge: Merge, gate: Gate, flags: list[Merge]
) -> Blend:
    """How a merge is formed. `flags` are the merges of truth values beside it."""
    sides = [
        _bound_side(relax, arm, a) for arm, a in zip(arms, _sides(merge), strict=True)
    ]
    parts = [relax.parts.get(a) if isinstance(a, Slot) else None for a in sides]
    weights = (gate.p, gate.q)
    terms: list[Term | None] = [
        None if atom is UNDEFINED else Term(source(relax, atom), weight)
        for atom, weight in zip(sides, weights, strict=True)
    ]
    gone = relax.gone.get(merge.target)
    if gone is not None:
        left = sides[1 - gone]
        if left is not UNDEFINED and parts[1 - gone] is None:
            terms[gone], terms[1 - gone] = None, Term(left, Const(1.0))
            return Blend(merge, terms[0], terms[1])
    if UNDEFINED not in sides and parts == [None, None]:
        return Blend(merge, terms[0], terms[1])
    owns = (gate, gate.opposite)
    for side, (part, own) in enumerate(zip(parts, owns, strict=True)):
        if part is not None and part.p is own.p and UNDEFINED not in sides:
            # It is weighed already: what has been returned, or left by one exit.
            terms[side], parts[side] = Term(sides[side], None), None
    if UNDEFINED not in sides and parts == [None, None]:
        return Blend(merge, terms[0], terms[1])
    changed = Merge(merge.target, *sides)
    return Blend(
        merge, terms[0], terms[1], _bound(relax, merge, changed, gate, parts, flags)
    )


def _sides(merge: Merge) -> tuple[Atom, Atom]:
    return merge.then, merge.orelse


def _bound_side(relax: Relaxation, arm: list[Stmt], atom: Atom) -> Atom:
    """What a branch leaves: nothing, where only a loop before it may have returned."""
    if not isinstance(atom, Slot) or atom not in relax.loose:
        return atom
    if atom not in set(definitions(tuple(arm))):
        return UNDEFINED
    with relax.build.region() as new:
        value, gate = as_part(relax, atom)
    arm += new
    assert isinstance(value, Slot)
    relax.parts[value] = gate
    return value


def as_part(relax: Relaxation, atom: Atom) -> tuple[Atom, Gate]:
    """A value times the weight with which it is bound, and that weight."""
    if atom is UNDEFINED:
        return Const(0.0), certain(relax, Const(False))
    if isinstance(atom, Slot) and atom in relax.parts:
        return atom, relax.parts[atom]
    flag = relax.loose.get(atom) if isinstance(atom, Slot) else None
    if flag is None:
        return atom, certain(relax, Const(True))
    value = relax.build.slot(atom.name, relax.build.fact(atom))  # type: ignore[union-attr]
    relax.build.emit(If(flag, (), (), (Merge(value, atom, Const(0.0)),)))
    return value, certain(relax, flag)


def _bound(
    relax: Relaxation,
    named: Merge,
    merge: Merge,
    gate: Gate,
    parts: list[Gate | None],
    flags: list[Merge],
) -> Gate:
    """With which weight a name is bound that is not bound on every path."""
    first, second = merge.then, merge.orelse
    for flag in flags:
        found = relax.gates[flag.target]
        ends = [
            relax.gates.get(a) if isinstance(a, Slot) else a
            for a in (flag.then, flag.orelse)
        ]
        if _says(ends[0], first, parts[0]) and _says(ends[1], second, parts[1]):
            return found
        of_function = (relax.outcomes.get(m.target) for m in (flag, named))
        if all(kind in (RESULT, RETURNED) for kind in of_function):
            return found
    if first is UNDEFINED:
        return bound_under(relax, gate.opposite, parts[1])
    if second is UNDEFINED:
        return bound_under(relax, gate, parts[0])
    one, other = (
        bound_under(relax, g, part)
        for g, part in zip((gate, gate.opposite), parts, strict=True)
    )
    p = relax.apply("operator.add", one.p, other.p)
    return Gate.of(p, relax.apply("operator.sub", Const(1.0), p))


def bound_under(relax: Relaxation, gate: Gate, part: Gate | None) -> Gate:
    """The weight of what is bound under a gate, by a part if it is one itself."""
    return gate if part is None else conjunction(relax, gate, part, True)


def _says(flag: object, atom: Atom, part: Gate | None) -> bool:
    """A flag's end tells whether the name is bound at that end."""
    if atom is UNDEFINED:
        return isinstance(flag, Const) and flag.value is False
    if part is None:
        return isinstance(flag, Const) and flag.value is True
    return isinstance(flag, Gate) and flag.p is part.p


def emit_blend(relax: Relaxation, statement: If, blend: Blend, gate: Gate) -> None:
    """Emit what a name is after two branches that have both run."""
    build, target = relax.build, blend.merge.target
    was = build.fact(target)
    if target in relax.gone_places and blend.then and blend.orelse:
        _emit_left(relax, statement, blend, gate)
        return
    terms = [t for t in (blend.then, blend.orelse) if t is not None]
    finite = all(is_finite(relax, term.value) for term in terms)
    if blend.is_whole and not finite:
        assert blend.then is not None and blend.orelse is not None
        a, b = blend.then.value, blend.orelse.value
        wild = any(is_wild(relax, term.value) for term in terms)
        key = "dpc.blend_finite" if wild else "dpc.blend"
        if any(_may_have_parts(build.fact(atom)) for atom in (a, b)):
            key = "dpc.blend_parts"
        whole = Apply(key, (gate.p, a, gate.q, b))
        value: Value = whole
        numbers = build.fact(a).is_scalar and build.fact(b).is_scalar
        if target in relax.rewritten and not numbers:
            # A blend with a weight of 1 is the very object, which is read later.
            value = Apply("dpc.snapshot", (build.computed(whole),))
    else:
        total: Atom = Const(0.0)
        for term in terms:
            total = relax.apply("operator.add", total, weighted(relax, term, target))
        assert total is not UNDEFINED
        value = total  # type: ignore[assignment]
    build.facts[target] = build.infer(value)
    build.assign(target, value)
    note(relax, statement, blend, was.kind)


def _emit_left(relax: Relaxation, statement: If, blend: Blend, gate: Gate) -> None:
    """Memory is as those leave it that go on, if any path does."""
    assert blend.then is not None and blend.orelse is not None
    ends = [blend.then.value, blend.orelse.value]
    weights = [gate.p, gate.q]
    if relax.gone_places[blend.merge.target] == 0:
        ends, weights = ends[::-1], weights[::-1]
    bare = relax.apply("dpc.bare", weights[0])
    merge = Merge(blend.merge.target, *ends)
    relax.build.emit(If(bare, (), (), (merge,), statement.span))


def _may_have_parts(fact: Fact) -> bool:
    """The value may be a container: it is blended leaf by leaf."""
    return not fact.is_number


def note(relax: Relaxation, statement: If, blend: Blend, was: str) -> None:
    """Remember what a blended name has become."""
    target = blend.merge.target
    if was in ("int", "bool"):
        relax.promoted[target] = statement
    if blend.part is not None:
        relax.parts[target] = blend.part


def weighted(relax: Relaxation, term: Term, target: Slot) -> Atom:
    """The contribution of one branch."""
    if term.weight is None or (isinstance(term.value, Const) and term.value.value == 0):
        return term.value
    kind = relax.build.fact(term.value).kind
    returned = relax.outcomes.get(target) == RESULT
    if returned and kind in ("list", "tuple", "dict", "object", "str", "none"):
        what = "None" if kind == "none" else f"a {kind}"
        raise refused(
            relax.build.span,
            f"{what} is returned on some paths, before what follows has its weight",
            "return it in one place, after the `if`, or write dpc.hard(test)",
        )
    return relax.apply("operator.mul", term.weight, term.value)


def is_wild(relax: Relaxation, atom: Atom) -> bool:
    """The value may be infinite or NaN although all arguments are finite."""
    if isinstance(atom, Const):
        return isinstance(atom.value, float) and not math.isfinite(atom.value)
    return atom in relax.wild


def is_finite(relax: Relaxation, atom: Atom) -> bool:
    """A finite literal, or the weight of a test."""
    if isinstance(atom, Const):
        value = atom.value
        return isinstance(value, int | float) and math.isfinite(value)
    return atom in relax.weights


def source(relax: Relaxation, atom: Atom) -> Atom:
    """The number that an atom is a copy of."""
    while isinstance(atom, Slot) and relax.build.fact(atom).is_scalar:
        found = relax.build.definitions.get(atom)
        if not isinstance(found, Slot | Const):
            break
        atom = found
    return atom
