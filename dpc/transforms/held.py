"""Lists and dicts that a checkpointed loop writes: part of its snapshots.

A snapshot holds such a container as a new one of the same elements, so that nothing may
write those. Its shadow grows and shrinks with it: in the first run of the loop, and as
the backward sweep undoes that. A run of a segment leaves the shadow alone:

primal              first run                       run again
`ys.append(y)`      `ys.append(y)`                  `ys.append(y)`
                    `ys_bar.append(0.0)`
"""

from __future__ import annotations

from dpc.analysis.classes import Node, find
from dpc.errors import Diagnostic, UnsupportedError, UntilCalledError
from dpc.ir.nodes import Apply, Assign, Atom, Do, Slot, Stmt, Store
from dpc.source import Span
from dpc.transforms.cells import is_plain
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry, Region

GROWING = frozenset("append insert pop reverse extend".split())


def can_be_held(state: State, slot: Slot, writers: list[Stmt]) -> bool:
    """Whether a snapshot may hold a container that these statements write."""
    if state.build.fact(slot).kind not in ("list", "dict"):
        return False
    node = state.aliases.node(slot)
    element = None if node is None else node.element
    if element is not None and _is_written(find(element)):
        return False
    return not state.shadowed(slot) or all(_is_undone(state, s) for s in writers)


def _is_written(node: Node) -> bool:
    """Something may write what is in this class, or in what it holds."""
    seen = set[int]()
    while id(node) not in seen:
        if node.written or node.last >= 0:
            return True
        seen.add(id(node))
        node = node if node.element is None else find(node.element)
    return False


def _is_undone(state: State, statement: Stmt) -> bool:
    """The backward sweep undoes on a shadow what the statement did to it, and needs
    nothing from the run for that."""
    match statement:
        case Store(_, base, index):
            # There is nothing to put aside where a number took a number's place.
            return is_plain(state, base, index) and state.contents.numeric(base, index)
        case Do(Apply("method.extend", (_, items))):
            return not state.shadowed(items)
        case Assign(target, Apply("method.pop")):
            return state.build.fact(target).is_scalar
        case Do(Apply("method.pop")):
            return False
    return True


def leave_shadows(state: State, region: Region, grown: set[int]) -> None:
    """Take out of these statements' entries what keeps shadows in step with lists."""
    for entry in region.entries:
        if id(entry.statement) in grown:
            state.repeats.in_step[id(entry.statement)] = _taken_out(state, entry)
        for inside in entry.regions:
            leave_shadows(state, inside, grown)


def _taken_out(state: State, entry: Entry) -> list[Stmt]:
    """The statements behind an entry that change a shadow, and what only they need."""
    found: list[Stmt] = []
    needed: set[Atom] = set()
    for statement in reversed(entry.after):
        if isinstance(statement, Do) and _grows(state, statement.value):
            found.append(statement)
            needed |= set(statement.value.args[1:])
        elif isinstance(statement, Assign) and statement.target in needed:
            found.append(statement)
    entry.after[:] = [s for s in entry.after if not any(s is each for each in found)]
    return found[::-1]


def _grows(state: State, call: Apply) -> bool:
    method = call.fn.removeprefix("method.")
    return method in GROWING and call.args[0] in state.shadow_slots


def cannot_be_held(state: State, slot: Slot, span: Span | None) -> UnsupportedError:
    """The error for a container that no snapshot holds.

    Where the kinds of arguments are not known, what it holds may turn out to be plain
    numbers.
    """
    kind = state.build.fact(slot).kind
    params = [state.build.fact(p.slot) for p in state.program.function.params]
    unknown = any(fact.kind in ("any", "number") for fact in params)
    error = UntilCalledError if unknown else UnsupportedError
    return error(
        Diagnostic(
            f"a checkpointed loop that writes the {kind} `{slot.name}`",
            "a snapshot holds arrays, and lists and dicts of numbers",
            span,
            hint="let numbers, arrays, and lists and dicts of numbers go from one step"
            "\nto the next: xs.append(x), xs.pop(), d['key'] = x",
        )
    )
