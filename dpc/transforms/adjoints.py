"""The backward sweep of what an earlier backward sweep has written.

primal, of the first order                  backward sweep
`x_bar = dpc.gradient(g, x)`                `g_bar = dpc.unbroadcast(x_bar_bar, g)`
`t = dpc.accumulate(x_bar, g)`              `g_bar` and `x_bar_bar` are both `t_bar`
`dpc.add_at(x_bar, i, g)`                   `g_bar = x_bar_bar[i]`
`v_bar = dpc.shadow_view(v, a, a_bar)`      nothing: their shadows share memory as well

What is left to decide when the program runs, such as whether an adjoint is a list, has
no adjoint of its own here: it is refused, or waits for a call that tells.
"""

from __future__ import annotations

from dpc.errors import Diagnostic, UnsupportedError, UntilCalledError
from dpc.ir.build import Builder
from dpc.ir.library import LATE
from dpc.ir.nodes import Apply, Atom, Const, Slot, Stmt
from dpc.ir.walk import statements
from dpc.rules.apply import unbroadcast
from dpc.source import Span
from dpc.transforms.missing import of_late
from dpc.transforms.parts import assembled
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry

# Those that have an adjoint here, apart from effects on memory.
HANDLED = frozenset(
    "dpc.copy_tree dpc.gradient dpc.tangent dpc.accumulate dpc.added dpc.shadow_view "
    "dpc.shadow_item dpc.unshared dpc.unless_shared dpc.take_last dpc.give_last".split()
)
# What the backward sweep of the first order calls, and no second one can undo.
REFUSED = frozenset(
    "dpc.shadow_attr dpc.shadow_sequence dpc.shadow_copy dpc.cells dpc.shadow_parts "
    "dpc.shadow_joined dpc.shadow_repeated dpc.shadow_imag dpc.shadow_new "
    "dpc.assembled dpc.unjoined dpc.unrepeated dpc.replace "
    "dpc.of_summand dpc.add_cells dpc.pop_cells dpc.unpop dpc.uninsert "
    "dpc.exchange "
    "dpc.restore dpc.exchange_attr dpc.restore_attr "
    "dpc.tangent_of_view dpc.tangent_of_parts dpc.tangent_of_attribute "
    "dpc.tangent_of_items dpc.tangent_of_object dpc.assigned dpc.set_tangent "
    "dpc.shadow_of".split()
)
_UNKNOWN = frozenset(("any", "number", "other"))


def refuse_undoing(state: State) -> None:
    """Raise for what has no adjoint and would pass for a constant."""
    for statement in statements(state.program.function.body):
        _refuse(state, statement)


def _refuse(state: State, statement: Stmt) -> None:
    call = getattr(statement, "value", None)
    if not isinstance(call, Apply):
        return
    span = getattr(statement, "span", None)
    if not any(map(state.activity.is_varied, call.operands)):
        return
    if call.fn in LATE or (call.fn == "call" and _is_pullback(state, call.args[0])):
        raise refused_late(state.build, call, span)
    if call.fn in REFUSED or _is_of_stored(state, call):
        kinds = {state.build.fact(atom).kind for atom in call.operands}
        raise _refused(span, known=kinds.isdisjoint(_UNKNOWN))


def _is_of_stored(state: State, call: Apply) -> bool:
    """Something is added to an attribute of what is no adjoint that began as zero: of
    the shadow of an object that is written. Or arrays have the attribute as well."""
    if call.fn != "dpc.add_attr":
        return False
    place, _, name, _ = call.args
    found = state.build.definition(place)
    fresh = found is not None and found.fn == "dpc.zeros"
    of_arrays = isinstance(name, Const) and name.value in ("T", "mT", "real", "imag")
    return of_arrays or not fresh


def _is_pullback(state: State, callee: Atom) -> bool:
    """The callee is the second part of what a late `vjp` returned."""
    found = state.build.definition(callee)
    if found is None or found.fn != "getitem":
        return False
    pair = state.build.definition(found.args[0])
    return pair is not None and pair.fn in LATE


def adjoint_backward(state: State, entry: Entry, call: Apply, target: Slot) -> None:
    """`target = fn(...)` for one of `HANDLED`."""
    if call.fn in ("dpc.shadow_view", "dpc.shadow_item"):
        return
    bar = assembled(state, target)
    if bar is None:
        return
    if call.fn in ("dpc.unshared", "dpc.unless_shared"):
        part, base = call.args[-2:]
        bar = state.build.apply("dpc.unless_shared", bar, part, base)
    if call.fn in ("dpc.take_last", "dpc.give_last"):
        _last(state, entry, call, bar)
        return
    if call.fn == "dpc.accumulate":
        _accumulated(state, call, target, bar)
        return
    if state.shadowed(target):
        bar = _own(state, call.args[0], bar)
    if call.fn in ("dpc.gradient", "dpc.tangent") and isinstance(bar, Slot):
        # The adjoint of an object stands as a dict before it is finished.
        state.build.facts[bar] = state.build.fact(call.args[1])
    operands = call.args if call.fn == "dpc.added" else call.args[:1]
    for atom in operands:
        _give(state, atom, bar, target)


def _last(state: State, entry: Entry, call: Apply, bar: Atom) -> None:
    """Of elements that an index names several times the last one, and back."""
    first, *rest = call.args
    if not state.active(first):
        return
    index = state.value(rest[-1], entry)
    if call.fn == "dpc.take_last":
        amount = state.build.apply("dpc.give_last", bar, first, index)
    else:
        amount = state.build.apply("dpc.take_last", bar, index)
    state.contribute(first, amount)


def _give(state: State, atom: Atom, bar: Atom, out: Atom) -> None:
    """Pass a cotangent to an operand that may be smaller than the result."""
    if not state.active(atom):
        return
    if state.is_tree(atom) or state.is_tree(out):
        state.trees.add(bar)
    elif state.build.fact(atom).is_number:
        bar = unbroadcast(state.build, bar, atom, out)
        if state.shadowed(atom):  # It may be one with its shadow.
            state.trees.add(bar)
    else:
        bar = state.build.apply("dpc.of_summand", bar, atom)
        state.trees.add(bar)
    state.contribute(atom, bar)


def _accumulated(state: State, call: Apply, target: Slot, bar: Atom) -> None:
    """`total = accumulate(x, y)`: of arrays and trees the memory of `x`."""
    x, y = call.args
    kept = state.build.apply("dpc.copy_tree", bar) if state.shadowed(target) else bar
    if isinstance(x, Slot) and state.active(x):
        before = state.current(x)
        if state.shadowed(x) and before is not None:
            total = state.build.apply("dpc.replace", before, bar, kept)
            state.scope.adjoints[x] = total
        else:
            _give(state, x, kept, target)
    _give(state, y, bar if state.shadowed(y) else kept, target)


def adder_backward(state: State, entry: Entry, call: Apply) -> None:
    """`dpc.add_at(place, index, amount)`; `dpc.add_attr(place, of, name, amount)`;
    `dpc.accumulate(places, amounts)`, of which the arrays that a list holds are left.
    """
    place, *index, amount = call.args
    if not state.shadowed(place) or not state.active(amount):
        return
    assert isinstance(place, Slot)
    shadow = state.current(place)
    assert shadow is not None
    if not index:
        _give(state, amount, _own(state, amount, shadow), place)
        return
    if call.fn == "dpc.add_attr":
        names = (place, shadow, index[1])
        part = state.build.apply("dpc.shadow_attr", amount, *names)
    else:
        part = state.build.apply("getitem", shadow, state.value(index[0], entry))
    bar = _own(state, amount, part)
    if state.is_tree(amount):
        state.trees.add(bar)
    elif state.is_array(place) or _is_number_or_held(state, amount):
        bar = state.build.apply("dpc.unbroadcast", bar, amount)
        if state.shadowed(amount):
            state.trees.add(bar)
    else:
        # A part of a list, which may be a list in its turn.
        bar = state.build.apply("dpc.of_summand", bar, amount)
        state.trees.add(bar)
    state.contribute(amount, bar)


def _own(state: State, amount: Atom, bar: Atom) -> Atom:
    """What `amount` gets of the adjoint of a place: a copy, for that is written later.

    A shadow gets the place itself, and knows it where both are one: what is added to
    where it stands already is counted once.
    """
    if not state.shadowed(amount):
        return state.build.apply("dpc.copy_tree", bar)
    state.trees.add(bar)
    return bar


def _is_number_or_held(state: State, amount: Atom) -> bool:
    """A list without a shadow that may stand in the place that it is added to would be
    counted twice: as a number it is refused when it is met."""
    found = state.build.definition(amount)
    held = found is not None and found.fn == "dpc.unshared"
    return (held and not state.shadowed(amount)) or state.build.fact(amount).is_number


def shadow_of_view(state: State, call: Apply, target: Slot) -> Apply | None:
    """The shadow of a shadow that is a part of another one."""
    if call.fn not in ("dpc.shadow_view", "dpc.shadow_item"):
        return None
    whole = call.args[2]
    base = state.shadows.get(whole) if isinstance(whole, Slot) else None
    if not isinstance(base, Slot):
        return state.zeros(target)
    return Apply(call.fn, (target, whole, base, *call.args[3:]))


def refused_late(build: Builder, call: Apply, span: Span | None) -> UnsupportedError:
    """The error for a second derivative of what is compiled when it is reached."""
    return of_late(build, call)(
        Diagnostic(
            "the derivative of a function that is compiled when it is reached is"
            " differentiated in its turn",
            "is bound late, or calls itself",
            span,
            hint="define the function above the one that calls it; write a recursion as"
            " a loop",
        )
    )


def _refused(span: Span | None, known: bool) -> UnsupportedError:
    what = (
        "a list, dict or object that is joined or written in place as here has no"
        " second derivative, reverse over reverse"
    )
    hint = "use dpc.hvp, collect the values in an array, or build a new container"
    kind = UnsupportedError if known else UntilCalledError
    label = "the derivative of this line is differentiated again"
    return kind(Diagnostic(what, label, span, hint=hint))
