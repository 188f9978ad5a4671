"""Forward mode of what a backward sweep is made of: tapes, and functions of adjoints.

of the first order              with tangents
`record tape (x, y)`            `record tape (x, y, x_dot)`
`for x, y in reversed(tape):`   `for x, y, x_dot in reversed(tape):`
`dpc.add_at(x_bar, i, g)`       and `dpc.add_at(x_bar_dot, i, g_dot)`

Tangents go on the tape of what they belong to, where they are wanted again.
"""

from __future__ import annotations

from dpc.ir.nodes import Apply, Assign, Do, Recall, Record, Replay, Slot
from dpc.rules.adjoints import linear_in
from dpc.transforms.forward.state import State


def recorded(state: State, record: Record) -> None:
    """Put the tangents on the tape that its readers want."""
    places = state.wanted.get(record.tape, ())
    dots = tuple(state.filled(record.values[place]) for place in places)
    state.build.emit(Record(record.tape, (*record.values, *dots)))


def taken_off(state: State, reader: Replay | Recall) -> tuple[Slot, ...]:
    """The targets of a reader, and those of the tangents beside them."""
    begun = state.aliases.tapes.origin(reader.tape)
    dots = []
    for place in state.wanted.get(begun, ()) if begun is not None else ():
        target = reader.targets[place]
        dot = state.new(target, temp=False)
        if state.active(target):
            state.dots[target] = dot
        dots.append(dot)
    return (*reader.targets, *dots)


def moved(state: State, statement: Assign | Do, call: Apply) -> None:
    """A function of adjoints, and the same of their tangents."""
    build = state.build
    build.emit(statement)
    linear = linear_in(call)
    target = statement.target if isinstance(statement, Assign) else None
    if all(state.dot(call.args[place]) is None for place in linear):
        if target is not None and state.mirrored(target):
            state.define(target, state.zero(target))
        return
    first = call.args[0]
    added = call.fn == "dpc.accumulate" and state.is_array(first)
    if added and state.dot(call.args[1]) is None and target is not None:
        state.dots[target] = state.filled(first)
        return
    args = tuple(
        state.filled(atom) if place in linear else atom
        for place, atom in enumerate(call.args)
    )
    new = Apply(call.fn, args, call.kwargs)
    if target is None:
        build.emit(Do(new, build.span))
        return
    made = build.assign(state.new(target), new)
    if state.active(target):
        state.dots[target] = made
