"""Tangents that the program may write: memory of its own, or parts of such memory."""

from __future__ import annotations

from dpc.analysis.fresh import makes_array
from dpc.analysis.layout import by_layout
from dpc.ir.nodes import Apply, Assign, Atom, Const, Object, Slot, Value
from dpc.transforms.forward.state import State

# Of numbers, or of lists that are joined or repeated.
_JOINING = ("operator.add", "operator.mul")
_ZEROS = ("np.zeros_like", "dpc.shadow")


def own(state: State, target: Slot, value: Value, dot: Atom | None = None) -> None:
    """Define a tangent that the program may write, `dot` at first or zero."""
    build = state.build
    if isinstance(value, Object):
        key = (value.scope, *value.path)
        if key not in state.globals:
            shadow = state.globals[key] = state.new(target, temp=False)
            call = Apply("dpc.zero_tangent", (value,))
            state.start.append(Assign(shadow, call))
        state.dots[target] = state.globals[key]
        return
    made = state.new(target)
    state.dots[target] = made
    if isinstance(value, Apply) and value.args:
        base = state.dot(value.args[0])
        inside = by_layout(state.library, build.facts, value)
        if base is not None and inside:
            parts = state.library[value.fn].memory == "parts"
            fn = "dpc.tangent_of_parts" if parts else "dpc.tangent_of_view"
            copied = state.filled(target) if dot is None else dot
            build.assign(made, Apply(fn, (base, value.args[0], target, copied)))
            return
        if base is not None and _is_view(state, value):
            build.assign(made, Apply(value.fn, (base, *value.args[1:]), value.kwargs))
            return
    if dot is None:
        zeros = Apply(state.zeros_of(target), (target,))
        if isinstance(value, Apply) and value.fn in _ZEROS and zeros.fn == value.fn:
            zeros = value  # The same zeros: of what it is like, not of itself.
        build.assign(made, zeros)
        return
    if dot in state.short:
        dot = build.apply("dpc.full_like", dot, target)
    if state.is_laid_out(target) or not state.is_array(target):
        lists = isinstance(value, Apply) and value.fn in _JOINING
        lists = lists and not build.fact(target).is_number
        also = (("number", Const(True)),) if lists else ()
        build.assign(made, Apply("dpc.shadow_of", (target, dot), also))
        return
    found = build.definition(dot) if state.is_new(dot) else None
    same = build.fact(dot).dtype == build.fact(target).dtype
    fresh = found is not None and (
        found.fn == "np.copy" or makes_array(state.library, found)
    )
    if fresh and same:
        build.assign(made, dot)  # type: ignore[arg-type]
    else:
        build.assign(made, Apply("np.copy", (dot,)))


def _is_view(state: State, call: Apply) -> bool:
    """The result is a view of the first operand, whatever that is."""
    primitive = state.library[call.fn]
    return primitive.memory in ("view", "parts") and state.is_array(call.args[0])
