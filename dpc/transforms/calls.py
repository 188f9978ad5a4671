"""Calls of functions that are compiled when they are first reached.

primal              forward sweep                       backward sweep
`y = f(x, w)`       `y, f_back = vjp(f, x, w)`          `x_bar, w_bar = f_back(y_bar)`
"""

from __future__ import annotations

from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.facts import ANY
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, Object, Slot, Stmt
from dpc.transforms.effects import refuse_effects
from dpc.transforms.missing import of_late, refuse_sparse
from dpc.transforms.parts import assembled
from dpc.transforms.scopes import Scope
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry


def prepare_calls(state: State) -> None:
    """Let calls with active operands keep their pullback."""
    for entry in _entries(state):
        statement = entry.statement
        call = getattr(statement, "value", None)
        refuse_effects(state, statement)
        if isinstance(call, Apply) and _may_join(state, call):
            check = Apply("dpc.require_bits", call.args)
            entry.before.append(Do(check, getattr(statement, "span", None)))
        if not isinstance(call, Apply) or call.fn != "call":
            continue
        if not any(state.activity.is_varied(atom) for atom in _given(state, call)):
            continue
        for atom in filter(state.activity.is_varied, _given(state, call)):
            refuse_sparse(state.build.facts, atom, getattr(statement, "span", None))
        if any(map(state.shadowed, _given(state, call))):
            _share(state, entry, call)
            continue
        if not isinstance(statement, Assign) or not state.active(statement.target):
            entry.statement = _watched(state, statement, call)
            continue
        if state.shadowed(statement.target):
            raise _writes(state, entry, call)
        pair = Slot("pair", temp=True)
        back = Slot(f"{_name(call.args[0])}_pullback")
        state.note(statement.span, f"{_name(call.args[0])} is compiled when reached")
        call = _with_receiver(state, call)
        made = Assign(pair, call, statement.span)
        entry.before.append(made)
        first = Apply("getitem", (pair, Const(0)))
        entry.statement = Assign(statement.target, first, statement.span)
        state.kept.append(entry.statement)
        positions = state.aliases.positions
        positions[id(entry.statement)] = positions[id(statement)]
        entry.after.append(Assign(back, Apply("getitem", (pair, Const(1)))))
        scope = state.homes[statement.target]
        state.homes[pair] = state.homes[back] = scope
        state.build.facts[pair] = state.build.facts[back] = ANY
        state.pullbacks[statement.target] = (back, call)


def _may_join(state: State, call: Apply) -> bool:
    """`a | b` of what may be dicts with differentiated values, for all that is
    known."""
    return call.fn == "operator.or_" and any(
        state.activity.is_varied(atom) and state.build.fact(atom).kind == "any"
        for atom in call.args
    )


def _given(state: State, call: Apply) -> list[Atom]:
    """What the callee can reach: its arguments, and the object it is a method of."""
    given = list(call.operands[1:])
    found = state.build.definition(call.args[0])
    if found is not None and found.fn == "getattr":
        given.append(found.args[0])
    return given


def _with_receiver(state: State, call: Apply) -> Apply:
    """The call of `vjp`: of a method, with its object where that is differentiated."""
    callee, *args = call.args
    found = state.build.definition(callee)
    if found is not None and found.fn == "getattr" and state.active(found.args[0]):
        return Apply("vjp_method", (*found.args, *args), call.kwargs)
    if state.active(callee):
        return Apply("vjp_method", (callee, Const("__call__"), *args), call.kwargs)
    positions = tuple([i for i, atom in enumerate(args) if state.active(atom)])
    others = [a for i, a in enumerate(args) if i not in positions]
    if not call.kwargs and any(state.build.fact(a).is_float_like for a in others):
        return Apply("vjp_wrt", (callee, Const(positions), *args))
    return Apply("vjp", call.args, call.kwargs)


def _watched(state: State, statement: Stmt, call: Apply) -> Stmt:
    """The call, refused when it runs if it writes what is differentiated."""
    watched = Apply("call_watched", call.args, call.kwargs)
    new: Stmt
    if isinstance(statement, Assign):
        new = Assign(statement.target, watched, statement.span)
    else:
        new = Do(watched, getattr(statement, "span", None))
    positions = state.aliases.positions
    positions[id(new)] = positions[id(statement)]
    state.kept.append(new)
    return new


def _entries(state: State) -> list[Entry]:
    found: list[Entry] = []
    pending = [state.region]
    while pending:
        region = pending.pop()
        found += region.entries
        for entry in region.entries:
            pending += entry.regions
    return found


def _share(state: State, entry: Entry, call: Apply) -> None:
    """A call that may write differentiated memory: the callee works on its shadow."""
    statement = entry.statement
    target = statement.target if isinstance(statement, Assign) else None
    found = state.build.definition(call.args[0])
    if call.kwargs or (target is not None and state.shadowed(target)):
        raise _writes(state, entry, call)
    callee: tuple[Atom, ...] = (call.args[0], Const(None))
    given = list(call.args[1:])
    if found is not None and found.fn == "getattr":
        callee, given = found.args, [found.args[0], *given]
    scope = entry_scope(state, entry)
    shadows = tuple(
        state.shadows[a] if isinstance(a, Slot) and a in state.shadows else Const(None)
        for a in given
    )
    packs = [Slot("t", temp=True), Slot("t", temp=True), Slot("pair", temp=True)]
    back = Slot(f"{_name(call.args[0])}_pullback")
    span = getattr(statement, "span", None)
    made = Apply("vjp_shared", (*callee, packs[0], packs[1]))
    entry.before += [
        Assign(packs[0], Apply("tuple", tuple(given)), span),
        Assign(packs[1], Apply("tuple", shadows), span),
        Assign(packs[2], made, span),
    ]
    out = target or Slot("t", temp=True)
    new = Assign(out, Apply("getitem", (packs[2], Const(0))), span)
    entry.after.append(Assign(back, Apply("getitem", (packs[2], Const(1)))))
    state.aliases.positions[id(new)] = state.aliases.positions[id(statement)]
    state.kept.append(new)
    entry.statement = new
    for slot in (*packs, back):
        state.homes[slot] = scope
        state.build.facts[slot] = ANY
    state.shared[out] = (back, given)


def entry_scope(state: State, entry: Entry) -> Scope:
    """The scope that an entry stands in."""
    pending = [state.region]
    while pending:
        region = pending.pop()
        if any(each is entry for each in region.entries):
            return region.scope
        for each in region.entries:
            pending += each.regions
    raise AssertionError("an entry of another sweep")


def shared_backward(state: State, target: Slot) -> None:
    """The adjoint of a call that worked on the caller's shadows."""
    back, given = state.shared[target]
    bar = assembled(state, target) if state.active(target) else None
    bars = state.build.apply("call", back, Const(0.0) if bar is None else bar)
    for position, atom in enumerate(given):
        if not state.active(atom):
            continue
        part = state.build.apply("getitem", bars, Const(position))
        state.trees.add(part)
        state.contribute(atom, part)


def _name(callee: Atom) -> str:
    if isinstance(callee, Object):
        return callee.path[-1]
    return callee.name if isinstance(callee, Slot) and not callee.temp else "call"


def call_backward(state: State, target: Slot) -> None:
    """Pass the cotangent of a call's result to its operands."""
    if target not in state.pullbacks:
        return
    bar = assembled(state, target)
    if bar is None:
        return
    back, call = state.pullbacks[target]
    bars = state.build.apply("call", back, bar)
    given = (*_passed(call), *(atom for _, atom in call.kwargs))
    for position, atom in enumerate(given):
        if not state.active(atom):
            continue
        part = state.build.apply("getitem", bars, Const(position))
        if isinstance(part, Slot):
            state.build.facts[part] = state.cotangent_fact(atom)
        if not state.build.fact(atom).is_number:
            state.trees.add(part)
        state.contribute(atom, part)


def _passed(call: Apply) -> tuple[Atom, ...]:
    """The arguments of a call of `vjp` that the pullback answers for."""
    match call.fn:
        case "vjp_wrt":
            return call.args[2:]
        case "vjp_method":
            return (call.args[0], *call.args[2:])
        case _:
            return call.args[1:]


def _writes(state: State, entry: Entry, call: Apply) -> UnsupportedError:
    return of_late(state.build, call)(
        Diagnostic(
            "a function that is only known when it is called, on an array that is"
            " written in place",
            "its adjoint cannot be attributed",
            getattr(entry.statement, "span", None),
            hint="define the function above the decorated one, so that dpc can read it,"
            " or pass it a copy",
        )
    )
