"""The tangent of a primitive's result, by its rule."""

from __future__ import annotations

from dpc.analysis.blanks import POLES
from dpc.analysis.fresh import makes_array
from dpc.ir.gradients import has_floating_leaf
from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot
from dpc.rules.apply import reaches
from dpc.rules.pushed import bound_by, tangent
from dpc.rules.ruleset import Refused, Rule
from dpc.transforms.forward.owned import own
from dpc.transforms.forward.state import State
from dpc.transforms.missing import no_rule, refuse_objects

INSIDE = ("element", "holds", "view")


def ruled(state: State, statement: Assign, call: Apply) -> None:
    """Define the tangent of `target = fn(...)`."""
    target = statement.target
    rule = state.rules.get(call.fn)
    active = [atom for atom in call.operands if state.dot(atom) is not None]
    dot: Atom | None = None
    if active and call.fn != "dpc.stop_gradient":
        dot = pushed(state, rule, call, target)
    if state.mirrored(target):
        own(state, target, call, dot)
    elif dot is not None:
        state.define(target, _kept(state, statement, active, dot))


def _kept(state: State, statement: Assign, operands: list[Atom], dot: Atom) -> Atom:
    """A tangent that outlives what is written to the memory it comes from.

    That of `x + 1` is `x_dot` itself. The sum is new memory, and stays as it is when
    `x` is written: so has its tangent to.
    """
    aliases, build = state.aliases, state.build
    later = [
        atom
        for atom in operands
        if aliases.rewritten(atom, statement, after=True)
        or aliases.altered(atom, statement, after=True)
    ]
    if not later or not _shares(state, dot):
        return dot
    kept = build.apply("np.copy" if build.fact(dot).is_array else "dpc.copy_tree", dot)
    if dot in state.short:
        state.short.add(kept)
    return kept


def _shares(state: State, dot: Atom) -> bool:
    """The tangent may lie in memory that the program writes."""
    build = state.build
    if not isinstance(dot, Slot) or build.fact(dot).is_scalar:
        return False
    if dot in build.opaque:
        return True
    found = build.definition(dot)
    if found is None or makes_array(state.library, found):
        return False
    return any(_shares(state, atom) for atom in found.operands)


def pushed(state: State, rule: Rule | None, call: Apply, out: Atom) -> Atom | None:
    """The tangent of a result, None where it carries none."""
    build, span = state.build, state.build.span
    if rule is None:
        raise no_rule(call, span, state.rules)
    if rule.kind == "constant":
        inside = state.library[call.fn].memory in INSIDE
        first = call.args[0] if call.args and inside else Const(None)
        # Lists of whole numbers carry nothing: `np.ix_([0, 2], [1])` is an index.
        if state.active(first) and has_floating_leaf(build.fact(first)):
            raise no_rule(call, span, state.rules)
        return None
    if rule.kind == "general" and rule.pushforward is None:
        why = f"{call.fn} has a reverse rule, and no forward rule"
        raise no_rule(call, span, why=why, forward=True)
    active = [atom for atom in call.operands if state.dot(atom) is not None]
    refuse_objects(build.facts, call, active, span)
    elementwise = rule.kind == "elementwise" and rule.pushforward is None
    try:
        bound = bound_by(rule, call)
        dots: dict[str, Atom] = {}
        for name, atom in bound.items():
            dot = state.dot(atom) if elementwise else state.whole(atom)
            if dot is not None and not (isinstance(dot, Const) and dot.value == 0):
                dots[name] = dot
        if not dots:
            return None
        fails = rule.partial_can_fail and call.fn not in POLES
        masked = fails and any(a in state.blanks for a in bound.values())
        found = tangent(build, rule, call, out, dots, masked)
    except Refused as why_not:
        raise no_rule(call, span, why=str(why_not), forward=True) from None
    if isinstance(found, Const):
        return None
    if elementwise and _is_short(state, call, out, found):
        return _marked(state, found, out)
    return found


def _marked(state: State, dot: Atom, out: Atom) -> Atom:
    """A tangent that may be smaller than its value, until its full shape is needed."""
    if state.is_new(dot):
        state.short.add(dot)
        return dot
    return state.build.apply("dpc.full_like", dot, out)


def _is_short(state: State, call: Apply, out: Atom, dot: Atom) -> bool:
    """The tangent may lack axes along which operands without one broadcast."""
    build = state.build
    want, have = build.fact(out), build.fact(dot)
    if want.is_scalar:
        return False
    if want.shape is not None and have.shape is not None:
        return not reaches(have.shape, want.shape)
    seen = _spanned(state, dot)
    if out in seen:
        return False
    for atom in call.operands:
        if not isinstance(atom, Slot) or build.fact(atom).is_scalar:
            continue
        mine = state.dot(atom)
        whole = mine is not None and mine in seen and mine not in state.short
        if atom not in seen and not whole:
            return True
    return False


def _spanned(state: State, dot: Atom) -> set[Atom]:
    """The atoms of which an expression of elementwise functions has the shape."""
    seen: set[Atom] = set()
    pending = [dot]
    while pending:
        atom = pending.pop()
        if atom in seen:
            continue
        seen.add(atom)
        found = state.build.definition(atom)
        rule = None if found is None else state.rules.get(found.fn)
        if found is not None and rule is not None and rule.kind == "elementwise":
            pending += found.operands
    return seen
