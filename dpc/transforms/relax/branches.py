"""A relaxed `if`: both branches run, and what they leave is blended.

before                          after
`if x > c: y = f(x)`            `p, q = gates(x - c, temperature)`
`else: y = g(x)`                `if p: y_1 = p * f(x)` ...
                                `if q: y = y_1 + q * g(x)`

Branches of a few operations on numbers run always, and the `if`s are left out.
"""

from __future__ import annotations

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    If,
    Merge,
    Slot,
    Undefined,
)
from dpc.ir.program import RESULT, RETURNED
from dpc.transforms.relax.alone import left_by
from dpc.transforms.relax.attempts import can_fail, emit_attempts, is_cheap
from dpc.transforms.relax.deciding import is_truth
from dpc.transforms.relax.gates import certain, gate_of
from dpc.transforms.relax.leaves import (
    drop_displays,
    leaves_of,
    make_containers,
)
from dpc.transforms.relax.parted import parting_of
from dpc.transforms.relax.rebound import kept_ends, written_under_names
from dpc.transforms.relax.returning import (
    after_return,
    emit_returning,
    leave_out,
    returns_of,
)
from dpc.transforms.relax.skipping import emit_hard_parting, emit_parting
from dpc.transforms.relax.state import Gate, Relaxation
from dpc.transforms.relax.stores import emit_stores, settle_stores
from dpc.transforms.relax.values import (
    Arms,
    Blend,
    as_part,
    blend_of,
    emit_blend,
    is_wild,
    note,
    weighted,
)


def relaxed_if(relax: Relaxation, statement: If, gate: Gate) -> None:
    """Emit both branches, and the blend of each value that is read after them."""
    with relax.assuming(statement.test, True):
        then = list(relax.block(statement.then))
    with relax.assuming(statement.test, False):
        orelse = list(relax.block(statement.orelse))
    arms = then, orelse
    bases = written_under_names(relax, statement, arms)
    settled = settle_stores(relax, statement, arms, bool(bases))
    flags: list[Merge] = []
    merges: list[Merge] = [each.merge for each in settled]
    wanted = [m for m in statement.merges if m.target in relax.used]
    left = left_by(relax, statement, settled, wanted)
    kept = kept_ends(relax, statement, gate, arms, bases, left.merges)
    leaves = leaves_of(relax, statement, kept)
    for merge in leaves.merges:
        if are_tests(relax, merge):
            merges += gate_merges(relax, statement.test, arms, merge)
            flags.append(merge)
        else:
            merges.append(merge)
    drop_displays(relax, arms, leaves, [*merges, *flags])
    merges = after_return(relax, gate, arms, merges)
    leave_out(relax, statement, merges, {each.merge.target for each in settled})
    returns = returns_of(relax, gate, merges, flags)
    parting = parting_of(relax, statement, flags)
    if returns is not None:
        places = {each.merge.target for each in settled}
        flags = emit_returning(
            relax, statement, gate, arms, merges, flags, returns, places
        )
    elif parting is not None:
        flags = emit_parting(
            relax, statement, gate, arms, merges, flags, leaves, settled, parting
        )
    elif _is_guarded(relax, arms, merges):
        gate, merges, flags = _guarded(relax, statement, gate, arms, merges, flags)
        for merge in merges:
            emit_blend(relax, statement, blend_of(relax, arms, merge, gate, []), gate)
    else:
        flags = _unguarded(relax, statement, gate, arms, merges, flags)
    for number in left.numbers:
        relax.build.emit(Do(Apply("dpc.require_number", (number,)), statement.span))
    emit_stores(relax, statement, settled)
    for flag in flags:
        _truth(relax, statement.test, flag)
    make_containers(relax, statement, leaves)
    for target, first in left.again.items():
        relax.build.assign(target, first)


def _unguarded(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    merges: list[Merge],
    flags: list[Merge],
) -> list[Merge]:
    blends = [blend_of(relax, arms, merge, gate, flags) for merge in merges]
    if not all(is_cheap(relax, arm) for arm in arms):
        return _accumulate(relax, statement, arms, blends, flags, gate)
    relax.build.block.extend((*arms[0], *arms[1]))
    for blend in blends:
        emit_blend(relax, statement, blend, gate)
    return flags


def _is_guarded(relax: Relaxation, arms: Arms, merges: list[Merge]) -> bool:
    """A branch can fail, or leaves an infinity or what may have no blend; and all of
    it is whole."""
    left = [a for merge in merges for a in (merge.then, merge.orelse)]
    whole = all(
        a is not UNDEFINED
        and not (isinstance(a, Slot) and (a in relax.parts or a in relax.loose))
        for a in left
    )
    numbers = all(relax.build.fact(a).is_number for a in left)
    wild = any(is_wild(relax, a) for a in left)
    fails = any(can_fail(relax, arm) for arm in arms)
    return whole and (wild or fails or not numbers)


def _guarded(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    merges: list[Merge],
    flags: list[Merge],
) -> tuple[Gate, list[Merge], list[Merge]]:
    """Emit branches that may fail; the gate and the merges as they are after them."""
    both = [*merges, *flags]
    sides = [(m.then, m.orelse) for m in both]
    gate, seen = emit_attempts(relax, statement, gate, arms, sides)
    new = [Merge(m.target, *ends) for m, ends in zip(both, seen, strict=True)]
    fails = any(can_fail(relax, arm) for arm in arms)
    for before, after in zip(sides, seen, strict=True):
        for a, b in zip(before, after, strict=True):
            if isinstance(b, Slot) and (fails or is_wild(relax, a)):
                relax.wild.add(b)
    return gate, new[: len(merges)], new[len(merges) :]


def _truth(relax: Relaxation, test: Atom, flag: Merge) -> None:
    """What a merged test says, for where it is not a condition."""
    first = relax.apply("and", test, flag.then)
    against = relax.apply("operator.not_", test)
    second = relax.apply("and", against, flag.orelse)
    relax.build.assign(flag.target, Apply("or", (first, second)))


def hard_if(relax: Relaxation, statement: If) -> None:
    """Emit an `if` that stays, with the gates and parts that its branches leave."""
    arms = list(relax.block(statement.then)), list(relax.block(statement.orelse))
    merges: list[Merge] = []
    for merge in statement.merges:
        merges.append(merge)
        if are_tests(relax, merge, certain_too=False):
            merges += gate_merges(relax, statement.test, arms, merge)
    _hard_parts(relax, statement, arms, merges)
    emit_hard_parting(relax, statement, arms, merges)


def _hard_parts(
    relax: Relaxation,
    statement: If,
    arms: Arms,
    merges: list[Merge],
) -> None:
    """What has been returned by weight goes through an `if` that stays."""
    flags = [m for m in merges if relax.outcomes.get(m.target) == RETURNED]
    for place, merge in enumerate(merges):
        sides = (merge.then, merge.orelse)
        if relax.outcomes.get(merge.target) != RESULT and not any(
            isinstance(a, Slot) and a in relax.parts for a in sides
        ):
            continue
        if not any(isinstance(a, Slot) and a in relax.parts for a in sides):
            loose = [a for a in sides if isinstance(a, Slot) and a in relax.loose]
            if flags and (UNDEFINED in sides or loose):
                relax.loose[merge.target] = flags[0].target
            continue
        ends = []
        for arm, atom in zip(arms, sides, strict=True):
            with relax.build.region() as new:
                ends.append(as_part(relax, atom))
            arm += new
        (a, first), (b, second) = ends
        merges[place] = Merge(merge.target, a, b)
        known = relax.gates.get(flags[0].target) if flags else None
        if known is None:
            p, q = (relax.build.slot(f"bound{end}", F.FLOAT) for end in ("", "_not"))
            merges += [Merge(p, first.p, second.p), Merge(q, first.q, second.q)]
            known = Gate.of(p, q)
        relax.parts[merge.target] = known


def gate_merges(
    relax: Relaxation, test: Atom, arms: Arms, merge: Merge
) -> tuple[Merge, Merge]:
    """The merges of a truth value's weights."""
    found = []
    for side, arm in enumerate(arms):
        atom = (merge.then, merge.orelse)[side]
        with relax.build.region() as new:
            found.append(certain(relax, relax.ways.known(test, side == 0, atom)))
        arm += new
    name = merge.target.name
    p, q = (relax.build.slot(f"{name}{end}", F.FLOAT) for end in ("", "_not"))
    relax.weights |= {p, q}
    relax.gates[merge.target] = Gate.of(p, q)
    first, second = found
    return Merge(p, first.p, second.p), Merge(q, first.q, second.q)


def are_tests(relax: Relaxation, merge: Merge, certain_too: bool = True) -> bool:
    """Both branches leave truth values, and at least one of them is a gate."""
    if merge.target not in relax.tests:
        return False
    sides = (merge.then, merge.orelse)
    gates = [gate_of(relax, a) for a in sides]
    is_flag = relax.outcomes.get(merge.target) == RETURNED
    literal = [is_flag or is_truth(relax, a) for a in sides]
    if not certain_too and gates == [None, None]:
        return False
    return all(g is not None or known for g, known in zip(gates, literal, strict=True))


def _accumulate(
    relax: Relaxation,
    statement: If,
    arms: Arms,
    blends: list[Blend],
    flags: list[Merge],
    gate: Gate,
) -> list[Merge]:
    """Emit each branch under its weight, and the sum of what they leave by weight.

    Returns the merges of truth values, over what is seen after the branches.
    """
    build = relax.build
    held = [blend for blend in blends if _is_held(relax, blend)]
    blends = [blend for blend in blends if blend not in held]
    flags = [*flags, *(blend.merge for blend in held)]
    sums: list[Atom] = [_before(blend) for blend in blends]
    found: list[list[Atom]] = []
    weights = ((gate.p, gate.is_p), (gate.q, gate.is_q))
    for side, ((weight, test), arm) in enumerate(zip(weights, arms, strict=True)):
        new: list[Merge] = []
        with build.region() as body:
            body.extend(arm)
            for position, blend in enumerate(blends):
                before, target = sums[position], blend.merge.target
                term = (blend.then, blend.orelse)[side]
                total = before
                if term is not None and term.weight is not None:
                    total = build.apply(
                        "operator.add", before, weighted(relax, term, target)
                    )
                was = build.fact(target).kind
                if not side and term is None:
                    continue
                slot = target if side else Slot(target.name)
                build.facts[slot] = build.fact(total)
                new.append(Merge(slot, total, before))
                sums[position] = slot
                if side:
                    note(relax, statement, blend, was)
            seen = [
                Merge(
                    build.slot(m.target.name, build.fact(m.target), temp=True),
                    (m.then, m.orelse)[side],
                    Const(False),
                )
                for m in flags
            ]
        weighed = If(test, tuple(body), (), (*new, *seen), statement.span)
        _emit_weighed(relax, weighed, weight)
        found.append([m.target for m in seen])
    left = [
        Merge(merge.target, then, orelse)
        for merge, then, orelse in zip(flags, *found, strict=True)
    ]
    count = len(flags) - len(held)
    for merge in left[count:]:
        emit_blend(relax, statement, blend_of(relax, arms, merge, gate, []), gate)
    return left[:count]


def _is_held(relax: Relaxation, blend: Blend) -> bool:
    """What is no number is blended after the branches, as a whole."""
    ends = (blend.merge.then, blend.merge.orelse)
    if blend.merge.target in relax.gone_places:
        return True
    return blend.is_whole and not all(relax.build.fact(a).is_number for a in ends)


def _emit_weighed(relax: Relaxation, statement: If, weight: Atom) -> None:
    """A branch under its weight, unless it computes nothing and leaves what would be
    there without it: what was before, or the weight itself, 0 where it is not run."""

    def is_same(merge: Merge) -> bool:
        before = merge.orelse
        is_zero = isinstance(before, Const) and before.value == 0.0
        return merge.then is before or (merge.then is weight and is_zero)

    literals = all(
        isinstance(s, Assign) and isinstance(s.value, Const) for s in statement.then
    )
    if not (literals and all(map(is_same, statement.merges))):
        relax.build.emit(statement)
        return
    relax.build.block.extend(statement.then)
    for merge in statement.merges:
        assert not isinstance(merge.then, Undefined)
        relax.build.assign(merge.target, merge.then)


def _before(blend: Blend) -> Atom:
    """What the sum begins with: what has been returned before the branches."""
    for term in (blend.then, blend.orelse):
        if term is not None and term.weight is None:
            return term.value
    return Const(0.0)
