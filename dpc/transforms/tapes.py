"""Adjoints of tapes: the backward sweep of a program that is a derivative itself.

What a backward loop takes off a tape has cotangents; they go onto a tape of their own,
and the backward sweep of the loop that recorded takes them off again, in the order in
which it needs them:

primal                                  backward sweep
`record tape (x, y)`                    `recall (x_bar_1, y_bar_1) = tape_bar`
`for (x_1, y_1) in reversed(tape):`     `record tape_bar (x_bar_1, y_bar_1)`
`recall (x_1, y_1) = tape`              `record tape_bar (x_bar_1, y_bar_1)`

The adjoint of a tape that is itself on a tape is a tape, and stands there in its place.
"""

from __future__ import annotations

from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.nodes import Apply, Assign, Atom, Recall, Record, Replay, Slot
from dpc.transforms.scopes import Scope
from dpc.transforms.state import State


def replay_backward(state: State, outside: Scope, loop: Replay) -> None:
    """Keep the cotangents of what a loop took off its tape, at the end of its body."""
    begun = state.tapes.origin(loop.tape)
    bars = {} if begun is None else _bars(state, begun, loop.targets)
    if begun is None or not bars:
        return
    kept = Slot(f"{loop.tape.name}_bar")
    _begin(state, outside, loop.tape, kept)
    state.build.emit(Record(kept, tuple(bars.values())))
    _lay_out(state, begun, tuple(bars), loop)


def recall_backward(state: State, recall: Recall) -> None:
    """The same for one tuple."""
    begun = state.tapes.origin(recall.tape)
    bars = {} if begun is None else _bars(state, begun, recall.targets)
    if begun is None or not bars:
        return
    kept = Slot(f"{recall.tape.name}_bar")
    home = state.homes.get(recall.tape, state.root)
    _begin(state, home, recall.tape, kept)
    state.build.emit(Record(kept, tuple(bars.values())))
    _lay_out(state, begun, tuple(bars), recall)


def record_backward(state: State, record: Record) -> None:
    """Take the cotangents of what was recorded off their tape."""
    kept = _tape_of(state, record.tape)
    if kept is None:
        return
    recalled: list[Slot] = []
    for place in state.layouts[record.tape]:
        value = record.values[place]
        assert isinstance(value, Slot)
        slot = Slot(state.name_of(value))
        state.build.facts[slot] = state.build.fact(value)
        recalled.append(slot)
    state.build.emit(Recall(tuple(recalled), kept))
    for place, slot in zip(state.layouts[record.tape], recalled, strict=True):
        value = record.values[place]
        if state.tapes.origin(value) is not None:
            assert isinstance(value, Slot)
            state.scope.adjoints[value] = slot
            continue
        if state.is_tree(value) or state.shadowed(value):
            state.trees.add(slot)
        state.contribute(value, slot)


def handed_to_branch(state: State, outside: Scope, merged: Slot, end: Atom) -> None:
    """A tape that left a branch has its adjoint there."""
    if not isinstance(end, Slot) or state.tapes.origin(merged) is None:
        return
    kept = _tape_of(state, merged, outside)
    if kept is not None and state.tapes.origin(end) is not None:
        state.scope.adjoints[end] = kept


def _bars(state: State, begun: Slot, targets: tuple[Slot, ...]) -> dict[int, Atom]:
    """The cotangents of what came off a tape, by place."""
    bars: dict[int, Atom] = {}
    for place, target in enumerate(targets):
        if state.tapes.origin(target) is not None:
            bar = state.scope.adjoints.get(target)
        elif state.active(target) and not (
            state.shadowed(target) and state.is_array(target)
        ):
            bar = state.current(target)
        else:
            bar = None
        if bar is not None and isinstance(state.tapes.value(begun, place), Slot):
            bars[place] = bar
    return bars


def _begin(state: State, home: Scope, tape: Slot, kept: Slot) -> None:
    """An empty tape, outside of every loop and branch between here and its home."""
    inside = state.scope.within(home)
    with state.at(inside[0].pre if inside else state.build.block):
        state.build.emit(Assign(kept, Apply("list", ())))
    state.trees.add(kept)
    state.kept_tapes.append(kept)
    home.adjoints[tape] = kept


def _lay_out(
    state: State, begun: Slot, places: tuple[int, ...], reader: Replay | Recall
) -> None:
    """Remember what is on the adjoint of a tape; there can be one only."""
    if begun in state.layouts:
        raise UnsupportedError(
            Diagnostic(
                "a loop is walked back more than once in a program that is"
                " differentiated",
                "the pullback of `vjp` is called again",
                getattr(reader, "span", None),
                hint="call dpc.vjp again",
            )
        )
    state.layouts[begun] = places


def _tape_of(state: State, tape: Slot, scope: Scope | None = None) -> Slot | None:
    """The tape of the cotangents of what is on a tape, if there are any."""
    at: Scope | None = scope or state.scope
    while at is not None:
        found = at.adjoints.get(tape)
        if found is not None:
            assert isinstance(found, Slot)
            return found
        at = at.parent
    return None
