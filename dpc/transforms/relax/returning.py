"""A relaxed `if` in which some paths return: what follows it is for those that go on.

before                              after
`if x > c:`                         `p, q = gates(x - c, temperature)`
`    if x > d: return u`            `p_in, q_in = gates(x - d, temperature)`
`    a = v`                         `result = p * (p_in * u)`
`else: a = w`                       `left = p * q_in + q`
                                    `a = p * q_in / left * v + q / left * w`

What has been returned adds up with its weights. Every other name is the mean over the
paths that go on, and a branch that surely returns leaves nothing in it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Assign,
    Atom,
    Const,
    If,
    Merge,
    Slot,
    Undefined,
)
from dpc.ir.program import RESULT, RETURNED
from dpc.transforms.relax.attempts import can_fail, emit_attempts, is_cheap
from dpc.transforms.relax.exits import (
    conditional,
    left_around,
    left_by_loops,
    whole_of,
)
from dpc.transforms.relax.state import Gate, Relaxation
from dpc.transforms.relax.values import (
    Arms,
    Term,
    as_part,
    blend_of,
    emit_blend,
    is_wild,
    weighted,
)
from dpc.transforms.relax.ways import Split

NO = Const(0.0)


@dataclass(frozen=True, slots=True)
class Returns:
    """Which paths of two branches return.

    flag: the merge that says so; None where one branch surely returns, and the other
      one does not. ends: what it says at the end of either branch.
    """

    flag: Merge | None
    ends: tuple[Atom, Atom]

    @property
    def sure(self) -> int | None:
        """The side that surely returns."""
        truths = [isinstance(e, Const) and e.value is True for e in self.ends]
        return truths.index(True) if True in truths else None


def returns_of(
    relax: Relaxation, gate: Gate, merges: Sequence[Merge], flags: Sequence[Merge]
) -> Returns | None:
    """How the branches return, if one has a return, and if all that is left beside it
    is bound on all paths."""
    found = _found(relax, merges, flags)
    if found is None:
        return None
    for merge in merges:
        result = relax.outcomes.get(merge.target) == RESULT
        for side, atom in enumerate((merge.then, merge.orelse)):
            if isinstance(atom, Slot) and atom in relax.loose and not result:
                return None
            own = (gate, gate.opposite)[side]
            part = relax.parts.get(atom) if isinstance(atom, Slot) else None
            bound = atom is not UNDEFINED and (part is None or part.p is own.p)
            if not bound and not result and side != found.sure:
                return None
    return found


def _found(
    relax: Relaxation, merges: Sequence[Merge], flags: Sequence[Merge]
) -> Returns | None:
    said = [m for m in flags if relax.outcomes.get(m.target) == RETURNED]
    if len(said) > 1:
        return None
    if said:
        ends = said[0].then, said[0].orelse
        never = all(isinstance(e, Const) and e.value is False for e in ends)
        return None if never else Returns(said[0], ends)
    for merge in merges:
        sides = (merge.then, merge.orelse)
        if relax.outcomes.get(merge.target) == RESULT and UNDEFINED in sides:
            other = merge.then if merge.orelse is UNDEFINED else merge.orelse
            if other is UNDEFINED or other in relax.parts:
                return None
            then = merge.orelse is UNDEFINED
            return Returns(None, (Const(then), Const(not then)))
    return None


def emit_returning(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    merges: Sequence[Merge],
    flags: Sequence[Merge],
    returns: Returns,
    places: Set[Slot],
) -> list[Merge]:
    """Emit both branches, what they return and what they leave for those that go on.

    merges: of names, of places in memory (`places`) and of the weights of `flags`.
    Returns the merges of truth values, as they are seen after the branches.
    """
    merges = left_by_loops(relax, arms, merges, returns.ends)
    results = [m for m in merges if relax.outcomes.get(m.target) == RESULT]
    weights = None if returns.flag is None else relax.gates[returns.flag.target]
    own = [m for m in merges if weights and m.target in (weights.p, weights.q)]
    names = [m for m in merges if m not in results and m not in own]
    names = [whole_of(relax, arms, gate, merge) for merge in names]
    around = left_around(relax, statement, arms, names)
    names += around.values()
    parts = [
        [_returned(relax, arms, gate, side, merge) for side in (0, 1)]
        for merge in results
    ]
    sides: list[tuple[Atom, Atom]] = [(a, b) for a, b in parts]
    sides += [(m.then, m.orelse) for m in (*own, *names, *flags)]
    gate, seen = emit_arms(relax, statement, gate, arms, sides)
    ends = iter(seen)
    returned = [next(ends) for _ in results]
    shares = {m.target: next(ends) for m in own}
    for target, pair in shares.items():
        relax.weights |= {a for a in pair if isinstance(a, Slot)}
        _blend(relax, statement, Merge(target, *pair), gate)
    if weights is None:
        weights = gate if returns.sure == 0 else gate.opposite
        if isinstance(statement.test, Slot):
            # As a flag, the test says what has become of its branches.
            relax.gates[statement.test] = gate
    for merge, pair in zip(results, returned, strict=True):
        _add_up(relax, statement, gate, merge, pair, weights)
    going = gate
    if returns.sure is None:
        assert isinstance(weights.q, Slot)  # of the flag that one branch sets in part
        going = shares_of(relax, gate, weights.q, shares[weights.q])
    for merge in names:
        pair = next(ends)
        if returns.sure is None:
            _blend(relax, statement, Merge(merge.target, *pair), going)
        elif merge.target in places:
            _leave(relax, statement, Merge(merge.target, *pair), weights.q, returns)
        else:
            _copy(relax, statement, merge, pair[1 - returns.sure])
    if returns.flag is not None and around:
        split = relax.splits.setdefault(returns.flag.target, Split(True))
        split.names.update({old: (m.target, old) for old, m in around.items()})
    return [Merge(m.target, *next(ends)) for m in flags]


def emit_arms(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    sides: Sequence[tuple[Atom, Atom]],
) -> tuple[Gate, Sequence[tuple[Atom, Atom]]]:
    """Emit the branches; returns the gate and the values as they are after them.

    sides: values at the end of either branch.
    """
    fails = any(can_fail(relax, arm) for arm in arms)
    if not fails and all(is_cheap(relax, arm) for arm in arms):
        relax.build.block.extend((*arms[0], *arms[1]))
        return gate, sides
    gate, seen = emit_attempts(relax, statement, gate, arms, sides)
    for before, after in zip(sides, seen, strict=True):
        for a, b in zip(before, after, strict=True):
            if isinstance(b, Slot) and (fails or is_wild(relax, a)):
                relax.wild.add(b)
    return gate, seen


def _blend(relax: Relaxation, statement: If, merge: Merge, gate: Gate) -> None:
    emit_blend(relax, statement, blend_of(relax, ([], []), merge, gate, []), gate)


def _returned(
    relax: Relaxation, arms: Arms, gate: Gate, side: int, merge: Merge
) -> Atom:
    """What a branch returns, times the share of its paths that do.

    What the branch begins with has been weighed by its own weight. Where the branch is
    not taken, a value that is not finite counts as a failure.
    """
    own, arm = (gate, gate.opposite)[side], arms[side]
    atom = (merge.then, merge.orelse)[side]
    if atom is UNDEFINED:
        return NO
    with relax.build.region() as new:
        value, part = as_part(relax, atom)
        if part.p is own.p:
            value = conditional(relax, value, own.p)
        if can_fail(relax, arm) and isinstance(value, Slot):
            dead = relax.apply("operator.lt", own.is_p, own.is_q)
            value = relax.apply("dpc.demand_finite", value, dead, name=value.name)
    arm += new
    return value


def _add_up(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    merge: Merge,
    pair: tuple[Atom, Atom],
    weights: Gate,
) -> None:
    """What has been returned, by weight; those that go on have no part in it."""
    total: Atom = NO
    for value, weight in zip(pair, (gate.p, gate.q), strict=True):
        if value is not NO:
            term = weighted(relax, Term(value, weight), merge.target)
            total = relax.apply("operator.add", total, term)
    was = relax.build.fact(merge.target).kind
    relax.build.facts[merge.target] = relax.build.fact(total)
    assert not isinstance(total, Undefined)
    relax.build.assign(merge.target, total)
    relax.parts[merge.target] = weights
    if was in ("int", "bool"):
        relax.promoted[merge.target] = statement


def shares_of(
    relax: Relaxation,
    gate: Gate,
    whole: Atom,
    parts: tuple[Atom, Atom],
    end: str = "on",
) -> Gate:
    """The weights of both branches among some paths: by default, those that go on.

    whole: the weight of these paths. parts: their weights in either branch.
    """
    build = relax.build
    with build.region() as new:
        of_both = [
            relax.apply("operator.mul", w, part)
            for w, part in zip((gate.p, gate.q), parts, strict=True)
        ]
        shares = [conditional(relax, part, whole) for part in of_both]
    found, merges = [], []
    for share, weight in zip(shares, (gate.p, gate.q), strict=True):
        name = weight.name if isinstance(weight, Slot) else "weight"
        found.append(build.slot(f"{name}_{end}", F.FLOAT))
        merges.append(Merge(found[-1], share, weight))
    bare = relax.apply("dpc.bare", whole)
    build.emit(If(bare, tuple(new), (), tuple(merges)))
    relax.weights |= set(found)
    return Gate.of(found[0], found[1])


def _leave(
    relax: Relaxation, statement: If, merge: Merge, going_on: Atom, returns: Returns
) -> None:
    """Memory is as the branch leaves it that goes on, if any path does."""
    ends = [merge.then, merge.orelse]
    if returns.sure == 0:
        ends.reverse()
    bare = relax.apply("dpc.bare", going_on)
    whole = Merge(merge.target, ends[0], ends[1])
    relax.build.emit(If(bare, (), (), (whole,), statement.span))


def _copy(relax: Relaxation, statement: If, merge: Merge, atom: Atom) -> None:
    """The name is what the one branch leaves that goes on."""
    relax.build.facts[merge.target] = relax.build.fact(atom)
    assert not isinstance(atom, Undefined)
    relax.build.emit(Assign(merge.target, atom, statement.span))
    if atom in relax.wild:
        relax.wild.add(merge.target)


def after_return(
    relax: Relaxation, gate: Gate, arms: Arms, merges: list[Merge]
) -> list[Merge]:
    """The merges of an `if` on a flag whose rest can fail: what has been returned
    before stands in for it, as a value and not by weight."""
    if not any(can_fail(relax, arm) for arm in arms):
        return merges
    found = []
    for merge in merges:
        ends = [merge.then, merge.orelse]
        for side, own in enumerate((gate, gate.opposite)):
            atom = ends[side]
            part = relax.parts.get(atom) if isinstance(atom, Slot) else None
            if part is not None and part.p is own.p:
                with relax.build.region() as new:
                    ends[side] = conditional(relax, atom, own.p)
                arms[side].extend(new)
        found.append(Merge(merge.target, ends[0], ends[1]))
    return found


def leave_out(
    relax: Relaxation, statement: If, merges: Sequence[Merge], places: Set[Slot]
) -> None:
    """In an `if` on a flag, those that have returned leave no names behind, and no
    memory if any path goes on."""
    test, side = statement.test, 0
    call = relax.definition(test)
    if call is not None and call.fn == "operator.not_":
        test, side = call.args[0], 1
    if not isinstance(test, Slot) or relax.outcomes.get(test) != RETURNED:
        return
    for merge in merges:
        if merge.target in places:
            relax.gone_places[merge.target] = side
        elif merge.target not in relax.weights and not relax.outcomes.get(merge.target):
            relax.gone[merge.target] = side
