"""Calls of functions that are compiled when they are first reached.

primal              forward sweep                       backward sweep
`y = f(x, w)`       `y, f_back = vjp(f, x, w)`          `x_bar, w_bar = f_back(y_bar)`
"""

from __future__ import annotations

from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.facts import ANY
from dpc.ir.nodes import Apply, Assign, Atom, Const, Object, Slot
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry


def prepare_calls(state: State) -> None:
    """Let calls with active operands keep their pullback."""
    for entry in _entries(state):
        statement = entry.statement
        if not isinstance(statement, Assign) or not state.active(statement.target):
            continue
        call = statement.value
        if not isinstance(call, Apply) or call.fn != "call":
            continue
        if not any(state.activity.is_varied(atom) for atom in call.operands[1:]):
            continue
        if state.shadowed(statement.target) or any(map(state.shadowed, call.operands)):
            raise _writes(entry)
        pair = Slot("pair", temp=True)
        back = Slot(f"{_name(call.args[0])}_pullback")
        made = Assign(pair, Apply("vjp", call.args, call.kwargs), statement.span)
        entry.before.append(made)
        entry.statement = Assign(
            statement.target, Apply("getitem", (pair, Const(0))), statement.span
        )
        entry.after.append(Assign(back, Apply("getitem", (pair, Const(1)))))
        scope = state.homes[statement.target]
        state.homes[pair] = state.homes[back] = scope
        state.build.facts[pair] = state.build.facts[back] = ANY
        state.pullbacks[statement.target] = (back, call)


def _entries(state: State) -> list[Entry]:
    found: list[Entry] = []
    pending = [state.region]
    while pending:
        region = pending.pop()
        found += region.entries
        for entry in region.entries:
            pending += entry.regions
    return found


def _name(callee: Atom) -> str:
    if isinstance(callee, Object):
        return callee.path[-1]
    return callee.name if isinstance(callee, Slot) and not callee.temp else "call"


def call_backward(state: State, target: Slot) -> None:
    """Pass the cotangent of a call's result to its operands."""
    if target not in state.pullbacks:
        return
    bar = state.take(target)
    if bar is None:
        return
    back, call = state.pullbacks[target]
    bars = state.build.apply("call", back, bar)
    for position, atom in enumerate(call.operands[1:]):
        if not state.active(atom):
            continue
        part = state.build.apply("getitem", bars, Const(position))
        if isinstance(part, Slot):
            state.build.facts[part] = state.cotangent_fact(atom)
        if not state.build.fact(atom).is_number:
            state.trees.add(part)
        state.contribute(atom, part)


def _writes(entry: Entry) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            "a function that is only known when it is called, on an array that is"
            " written in place",
            "its adjoint cannot be attributed",
            getattr(entry.statement, "span", None),
            hint="define the function above the decorated one, so that dpc can read it,"
            " or pass it a copy",
        )
    )
