"""Branches that can fail where they are not taken.

before                          after
`if x > 0: y = log(x)`          `p, q = gates(x, temperature)`
                                `if p:`
                                `    then = attempt(p < q)`
                                `    with then: y_then = log(x)`
                                `    if not then: y_then, p, q = 0.0, 0.0, 1.0`
                                `y = blend_finite(p, y_then, q, y)`
`if c > 0: y = np.log(x)`       `if p:`
                                `    with ignoring(p < q): y_then = np.log(x)`

What NumPy computes of arrays does not raise: it warns, and the blend sees what is not
finite. In the program an attempt is an `if` on the attempt itself, whose body begins by
entering it: where it fails, the other values of the merges hold, and the backward
sweep, which asks the attempt again, leaves the branch out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, If, Merge, Slot, Stmt, With
from dpc.ir.walk import definitions, statements
from dpc.transforms.relax.failing import raises, warns
from dpc.transforms.relax.state import GATES, Gate, Relaxation
from dpc.transforms.relax.values import Arms

# The tests of a branch itself do not fail.
OF_GATES = frozenset("dpc.gates dpc.weights unpack dpc.gate dpc.against".split())


def can_fail(relax: Relaxation, arm: Iterable[Stmt]) -> bool:
    """The branch holds an operation that can raise or give what is not finite."""
    return any(True for _ in _failing(relax, arm))


def _failing(relax: Relaxation, arm: Iterable[Stmt]) -> Iterator[Apply]:
    """The operations of a branch that can raise or give what is not finite."""
    for statement in statements(tuple(arm)):
        value = getattr(statement, "value", None)
        if not isinstance(statement, Assign) or not isinstance(value, Apply):
            continue
        if value.fn not in OF_GATES and relax.fails(value):
            yield value


def is_cheap(relax: Relaxation, block: Sequence[Stmt]) -> bool:
    """A few operations on numbers that cannot fail: as well run as tested for."""
    if len(block) > 12:
        return False
    for statement in block:
        if not isinstance(statement, Assign):
            return False
        value, fact = statement.value, relax.build.fact(statement.target)
        if isinstance(value, Apply):
            of_gates = value.fn in GATES or value.fn in OF_GATES
            effect = relax.build.library[value.fn].effect
            if (relax.fails(value) and not of_gates) or effect == "world":
                return False
            if not (fact.is_scalar or of_gates):
                return False
    return True


def emit_attempts(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    sides: Sequence[tuple[Atom, Atom]],
) -> tuple[Gate, list[tuple[Atom, Atom]]]:
    """Emit both branches, each under its weight, so that the one not taken may fail.

    `sides` are the values wanted of them. Returns the gate, which is closed where one
    has failed, and the values as they are seen after the branches.
    """
    p, q = _followed(relax, gate)
    seen: list[list[Atom]] = []
    for side, arm in enumerate(arms):
        test, other = (gate.is_p, gate.is_q) if side == 0 else (gate.is_q, gate.is_p)
        own = set(definitions(tuple(arm)))
        inside = dict.fromkeys(
            a for pair in sides if isinstance(a := pair[side], Slot) and a in own
        )
        weights: list[Atom] = [p, q]
        with relax.build.region() as body:
            values = list(inside)
            quiet = _ignoring(relax, statement, (test, other), arm)
            if any(raises(relax.build, call) for call in _failing(relax, arm)):
                closed = (0.0, 1.0) if side == 0 else (1.0, 0.0)
                tried = _attempt(relax, statement, (test, other), quiet, side)
                merges = [_merge(relax, value) for value in values]
                ends = [
                    Merge(_like(relax, w), w, Const(c))
                    for w, c in zip(weights, closed, strict=True)
                ]
                relax.build.emit(If(*tried, (), (*merges, *ends), statement.span))
                values = [m.target for m in merges]
                weights = [m.target for m in ends]
            else:
                relax.build.block.extend(quiet)
        outer = [_merge(relax, value) for value in values]
        ends = [
            Merge(_like(relax, new), new, old)
            for new, old in zip(weights, (p, q), strict=True)
            if new is not old
        ]
        relax.build.emit(If(test, tuple(body), (), (*outer, *ends), statement.span))
        if ends:
            p, q = (m.target for m in ends)
        names = dict(zip(inside, (m.target for m in outer), strict=True))
        wanted = (pair[side] for pair in sides)
        seen.append([names.get(a, a) if isinstance(a, Slot) else a for a in wanted])
    return _closed(relax, gate, p, q), list(zip(*seen, strict=True))


def _followed(relax: Relaxation, gate: Gate) -> tuple[Atom, Atom]:
    """The weights that change where a branch fails: with a derivative only if the
    gate is computed from others, and then only one of them."""
    if _of_comparison(relax, gate) is not None:
        return gate.is_p, gate.is_q
    return gate.p, gate.is_q


def _of_comparison(relax: Relaxation, gate: Gate) -> tuple[Apply, bool] | None:
    """The weight of a comparison as a function of it, and whether it is the gate's."""
    for weight in (gate.p, gate.q):
        call = relax.definition(weight)
        if call is not None and call.fn == "dpc.gate":
            return call, weight is gate.p
    return None


def _closed(relax: Relaxation, gate: Gate, p: Atom, q: Atom) -> Gate:
    """The gate with the weights that it has after the branches."""
    found = _of_comparison(relax, gate)
    if found is not None and not found[1]:
        return _closed(relax, gate.opposite, q, p).opposite
    varied = p
    if found is not None:
        name = p.name if isinstance(p, Slot) else ""
        varied = relax.apply("dpc.gate", p, q, *found[0].args[2:], name=name)
    new = Gate(varied, relax.apply("dpc.against", q, varied), p, q)
    relax.weights |= {w for w in (new.p, new.q, p, q) if isinstance(w, Slot)}
    return new


def _attempt(
    relax: Relaxation,
    statement: If,
    weights: tuple[Atom, Atom],
    arm: Sequence[Stmt],
    side: int,
) -> tuple[Atom, tuple[Stmt, ...]]:
    dead = relax.apply("operator.lt", *weights)
    name = "otherwise" if side else "then"
    tried = relax.apply("dpc.attempt", dead, name=name)
    enter = Do(Apply("dpc.enter", (tried,)), statement.span)
    return tried, (enter, *arm)


def _ignoring(
    relax: Relaxation, statement: If, weights: tuple[Atom, Atom], arm: Sequence[Stmt]
) -> Sequence[Stmt]:
    """The branch without the warnings of what is not taken."""
    if not any(warns(relax.build, call) for call in _failing(relax, arm)):
        return arm
    with relax.build.region() as body:
        dead = relax.apply("operator.lt", *weights)
        context = relax.apply("dpc.ignoring", dead)
        relax.build.emit(With(context, None, tuple(arm), statement.span))
    return tuple(body)


def _merge(relax: Relaxation, value: Slot) -> Merge:
    fact = relax.build.fact(value)
    nothing = Const(False) if fact.kind == "bool" else Const(0.0)
    return Merge(_like(relax, value), value, nothing)


def _like(relax: Relaxation, atom: Atom) -> Slot:
    name = atom.name if isinstance(atom, Slot) else "weight"
    return relax.build.slot(name, relax.build.fact(atom))
