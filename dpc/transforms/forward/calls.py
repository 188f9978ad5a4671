"""Calls of functions that are compiled when they are first reached.

primal              with its tangent
`y = f(x, w)`       `y, y_dot = jvp(f, (x, w), (x_dot, w_dot))`

A function that may write the memory it is given writes the caller's tangents, too:
`written` names the arguments whose tangent may be written.
"""

from __future__ import annotations

from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.facts import ANY
from dpc.ir.library import LATE
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, Object, Slot
from dpc.rules.adjoints import OPAQUE
from dpc.transforms.adjoints import refused_late
from dpc.transforms.forward.state import NOTHING, State
from dpc.transforms.missing import no_rule, of_late


def refuse_late(state: State, call: Apply) -> None:
    """Raise for the second derivative of a function that is compiled when reached, and
    for functions of batches."""
    if call.fn in LATE and any(map(state.activity.is_varied, call.operands)):
        raise refused_late(state.build, call, state.build.span)
    if call.fn in OPAQUE:
        shapes = state.library[call.fn].shape_only
        contents = [a for place, a in enumerate(call.args) if place not in shapes]
        if any(map(state.activity.is_varied, contents)):
            raise no_rule(call, state.build.span, state.rules, forward=True)


def is_late(state: State, call: Apply) -> bool:
    """A call of which nothing is known, that is given something that varies."""
    return call.fn == "call" and any(
        state.activity.is_varied(atom) for atom in _given(state, call)
    )


def _given(state: State, call: Apply) -> list[Atom]:
    """What the callee can reach: its arguments, and the object it is a method of."""
    given = list(call.operands)
    found = state.build.definition(call.args[0])
    if found is not None and found.fn == "getattr":
        given.append(found.args[0])
    return given


def call_forward(
    state: State, statement: Assign | Do, target: Slot | None, call: Apply
) -> None:
    """The call, and the tangent of its result."""
    build = state.build
    if target is not None and state.mirrored(target):
        raise _shares(state, call)
    callee, args = call.args[0], call.args[1:]
    found = build.definition(callee)
    if found is not None and found.fn == "getattr" and state.active(found.args[0]):
        # A method of what varies: its object is an argument.
        callee, args = _method(state, *found.args), (found.args[0], *args)
    elif state.active(callee):
        callee, args = _method(state, callee, Const("__call__")), (callee, *args)
    name = _name(call.args[0])
    state.note(build.span, f"{name} is compiled when reached")
    written = tuple(i for i, atom in enumerate(args) if state.mirrored(atom))
    pack = build.apply("tuple", *args)
    dots = build.apply("tuple", *(_dot(state, atom) for atom in args))
    given: list[Atom] = [callee, pack, dots]
    if call.kwargs:
        for values in (call.kwargs, [(k, _dot(state, a)) for k, a in call.kwargs]):
            pairs = [part for k, a in values for part in (Const(k), a)]
            given.append(build.apply("dict", *pairs))
    extra = (("written", Const(written)),) if written else ()
    pair = build.assign(Slot("pair", temp=True), Apply("jvp", tuple(given), extra))
    build.facts[pair] = ANY
    if target is None:
        return
    parts = build.assign(Slot("parts", temp=True), Apply("unpack", (pair, Const(2))))
    value = Apply("getitem", (parts, Const(0)))
    build.emit(Assign(target, value, statement.span))
    if state.active(target):
        made, dot = state.new(target), Apply("getitem", (parts, Const(1)))
        state.dots[target] = build.assign(made, dot)


def _method(state: State, receiver: Atom, name: Atom) -> Atom:
    """`type(receiver).name`: the function to which the object is an argument."""
    return state.build.apply("getattr", state.build.apply("type", receiver), name)


def _dot(state: State, atom: Atom) -> Atom:
    """The tangent of an argument, None where it has none."""
    dot = state.whole(atom)
    return NOTHING if dot is None else dot


def _name(callee: Atom) -> str:
    if isinstance(callee, Object):
        return callee.path[-1]
    return callee.name if isinstance(callee, Slot) and not callee.temp else "call"


def _shares(state: State, call: Apply) -> UnsupportedError:
    return of_late(state.build, call)(
        Diagnostic(
            "the result of a function that is only known when it is called is written"
            " in place",
            "whose memory it is cannot be known",
            state.build.span,
            hint="define the function above the decorated one, so that dpc can read it,"
            " or write to a copy",
        )
    )
