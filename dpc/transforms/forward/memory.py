"""Tangents of memory: what mirrors the arrays, lists, dicts and objects of the primal.

What is read from memory has the part of the tangent at the same place, and what is
written to it writes its tangent there. Memory that the program writes has a tangent of
its own, allocated where the primal's memory comes into being; what shares memory in the
primal shares it in the tangents:

primal                      beside it
`a = np.zeros(n)`           `a_dot = np.zeros_like(a)`
`v = a[1:]`                 `v_dot = a_dot[1:]`
`a[i] *= x`                 `a_dot[i] = a_dot[i] * x + a[i] * x_dot`, before it
`w = a.reshape(-1)`         `w_dot = shadow_view(w, a, a_dot)`: a view if `w` is one
"""

from __future__ import annotations

from dpc.analysis.sharing import COPIES, SEQUENCES, joins, may_be_metadata, takes_keys
from dpc.ir.descriptors import standing_in
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import value_operands
from dpc.source import Span
from dpc.transforms.cells import NAMESPACE
from dpc.transforms.forward.owned import own
from dpc.transforms.forward.rules import pushed
from dpc.transforms.forward.state import ZERO, State
from dpc.transforms.memory import HANDLED, REFUSED
from dpc.transforms.missing import refuse_sparse, refused_method
from dpc.transforms.rounded import asked

AUGMENTED = frozenset(
    f"dpc.i{op}" for op in "add sub mul truediv pow matmul floordiv mod".split()
)
PRODUCTS = frozenset(("np.outer", "operator.matmul"))
PURE = ("", "reads")
_LITERALS = frozenset("tuple list dict new".split())


# Reading


def loaded(state: State, target: Slot, call: Apply) -> None:
    """`target = base[index]`, `base.name`, or the elements of `base` in order."""
    build, base = state.build, call.args[0]
    if call.fn == "getattr" and may_be_metadata(build.facts, call):
        state.do("dpc.require_metadata", *call.args)
        return
    dot = state.whole(base)
    if dot is None or takes_keys(build.facts, call):
        if state.mirrored(target):
            own(state, target, call)
        return
    if call.fn == "getitem":
        refuse_sparse(build.facts, base, build.span)
    fact = build.fact(base)
    known = fact.is_number or fact.kind in SEQUENCES
    if call.fn == "getitem":
        part = build.apply("getitem", dot, call.args[1])
    elif call.fn != "getattr":
        if not known:
            dot = build.apply("dpc.tangent_of_items", base, dot)
        part = (
            dot if call.fn == "sequence" else build.apply("unpack", dot, call.args[1])
        )
    elif fact.is_number or _is_field(fact, call.args[1]):
        part = build.apply("getattr", dot, call.args[1])
    else:
        part = build.apply("dpc.tangent_of_attribute", base, dot, call.args[1])
    if isinstance(part, Slot) and part is not dot and build.facts.get(part) is None:
        build.facts[part] = state.fact_of(target)
    state.define(target, part)


def _is_field(fact: Fact, name: Atom) -> bool:
    """An attribute that the tangent has too: it is what the base's own is."""
    # A sparse matrix has a sparse tangent that is laid out as it is.
    fields = ("T", "data") if fact.kind == "sparse" else dict(fact.fields or ())
    if not isinstance(name, Const) or name.value not in fields:
        return False
    # Until it is written, a field may be an attribute of the class.
    own = getattr(fact.value, "__dataclass_fields__", ())
    return (
        name.value in own
        or not isinstance(fact.value, type)
        or (
            standing_in(fact.value, str(name.value)) is None
            or issubclass(fact.value, tuple)
        )
    )


# Containers


def is_container(state: State, call: Apply) -> bool:
    """The call makes a container of what it is given or of what that holds."""
    literal = call.fn in _LITERALS or call.fn in COPIES
    return literal or joins(state.build.facts, call)


def container(state: State, target: Slot, call: Apply) -> None:
    """A container's tangent holds those of its items."""
    build = state.build
    if call.fn in COPIES:
        _copied(state, target, call)
        return
    if call.fn == "new" and len(call.args) == 1:
        named = tuple((name, state.part(atom)) for name, atom in call.kwargs)
        value = Apply("new", (NAMESPACE,), named)
    elif call.fn == "new":
        positions = range(len(call.args) - 1)
        names = (*positions, *(name for name, _ in call.kwargs))
        parts = (*call.args[1:], *(atom for _, atom in call.kwargs))
        dots = tuple(state.part(atom) for atom in parts)
        value = Apply("dpc.tangent_of_object", (target, Const(names), *dots))
    elif call.fn == "dict":
        items = tuple(
            atom if place % 2 == 0 else state.part(atom)
            for place, atom in enumerate(call.args)
        )
        value = Apply("dict", items)
    elif call.fn == "operator.mul":
        first = build.fact(call.args[0]).kind in SEQUENCES
        dots = tuple(
            state.filled(atom) if (place == 0) == first else atom
            for place, atom in enumerate(call.args)
        )
        value = Apply(call.fn, dots)
    else:
        value = Apply(call.fn, tuple(state.part(atom) for atom in call.args))
    state.dots[target] = build.assign(state.new(target), value)


def _copied(state: State, target: Slot, call: Apply) -> None:
    """`b = a.copy()`, `b = list(a)`."""
    build = state.build
    base = call.args[0] if call.args else None
    dot = None if base is None else state.whole(base)
    if base is None or dot is None or takes_keys(build.facts, call):
        state.define(target, state.zero(target))
        return
    fact = build.fact(base)
    listed = call.fn in ("builtins.list", "builtins.tuple")
    if listed and not fact.is_number and fact.kind not in SEQUENCES:
        dot = build.apply("dpc.tangent_of_items", base, dot)
    if call.fn == "method.copy" and fact.is_array and state.is_laid_out(target):
        value = Apply("dpc.shadow_of", (target, dot))
    else:
        value = Apply(call.fn, (dot, *call.args[1:]), call.kwargs)
    made = state.new(target)
    state.dots[target] = build.assign(made, value)


# Writing


def store_forward(state: State, store: Store) -> None:
    """`base[index] = value`, `base.name = value`."""
    build, base = state.build, store.base
    dot = state.dot(base)
    if dot is None:
        build.emit(store)
        return
    refuse_sparse(build.facts, base, store.span)
    if state.dot(store.value) is not None:
        build.block += asked(state, store)
    array = state.is_array(base)
    value: Atom = Const(0)
    if array:
        value = state.dot(store.value) or value
    else:
        value = state.part(store.value)
    fact = build.fact(base)
    if store.kind == "attr" and not (fact.kind == "object" and fact.fields):
        build.emit(store)
        state.do("dpc.set_tangent", dot, base, store.index, value)
        return
    place_write(state, store)
    build.emit(Store(store.kind, dot, store.index, value, build.span))


def place_write(state: State, write: Store | Update) -> None:
    """Put a write right behind what computes its value, above the tangents of that.

    So both values nest into what writes them. Not where a tangent reads the memory that
    is written.
    """
    block, known = state.build.block, state.program.facts
    first = len(block)
    while first and _is_step(block[first - 1], write.span):
        first -= 1
    steps = [s for s in block[first:] if isinstance(s, Assign)]
    tangents = [step for step in steps if step.target not in known]
    if all(_passes(state, step, write.base) for step in tangents):
        block[first:] = [*(s for s in steps if s.target in known), write, *tangents]
    else:
        block.append(write)


def _is_step(statement: Stmt, span: Span | None) -> bool:
    return isinstance(statement, Assign) and statement.span is span


def _passes(state: State, statement: Assign, base: Atom) -> bool:
    """The statement may stand behind a write to `base` as well as before it."""
    value, known = statement.value, state.program.facts
    if isinstance(value, Apply) and state.library[value.fn].effect not in PURE:
        return False
    node = state.aliases.node(base)
    return all(
        state.aliases.node(atom) is not node
        for atom in value_operands(value)
        if isinstance(atom, Slot) and atom in known
    )


def update_forward(state: State, update: Update) -> None:
    """`base[index] op= value` on an array, for an index that repeats no element."""
    build, base = state.build, update.base
    dot, value_dot = state.dot(base), state.dot(update.value)
    if dot is None:
        build.emit(update)
        return
    refuse_sparse(build.facts, base, update.span)
    if value_dot is not None:
        build.block += asked(state, update)
    kind, op, index, span = update.kind, update.op, update.index, build.span
    if op in ("add", "sub") and value_dot is not None:
        place_write(state, update)
        for term in _terms(state, value_dot):
            build.emit(Update(kind, op, dot, index, term, span))
        return
    if value_dot is None and op in ("mul", "truediv"):
        build.emit(Update(kind, op, dot, index, update.value, span))
    elif op not in ("add", "sub"):
        whole = kind == "whole"
        new = operated(state, op, base, None if whole else index, update.value)
        place = Const(Ellipsis) if whole else index
        build.emit(Store("item", dot, place, new, span))
    build.emit(update)


def _terms(state: State, amount: Atom) -> tuple[Atom, ...]:
    """Products that are added one by one: over a loop they become one product each."""
    temp = isinstance(amount, Slot) and amount.temp
    found = state.build.definition(amount) if temp else None
    if found is None or found.fn != "operator.add":
        return (amount,)
    parts = [state.build.definition(atom) for atom in found.args]
    products = all(part is not None and part.fn in PRODUCTS for part in parts)
    return found.args if products else (amount,)


def operated(
    state: State, op: str, base: Atom, place: Atom | None, value: Atom
) -> Atom:
    """The tangent of `base[place] op value`, or of `base op value`."""
    build = state.build
    old, old_dot = base, state.whole(base)
    if place is not None:
        assert old_dot is not None
        old, old_dot = (build.apply("getitem", atom, place) for atom in (base, old_dot))
        # For as long as the rule asks, the part varies as the array does.
        assert isinstance(old, Slot)
        state.activity.varied.add(old)
        state.activity.useful.add(old)
        state.dots[old] = old_dot
    call = Apply(f"operator.{op}", (old, value))
    out = build.computed(call)
    found = pushed(state, state.rules.get(call.fn), call, out)
    return ZERO if found is None else found


def in_place(state: State, statement: Assign, target: Slot, call: Apply) -> None:
    """`x += y` where `x` may be an array, which it mutates, a list, or a number."""
    build = state.build
    x, y = call.args
    op = call.fn.removeprefix("dpc.i")
    dot = state.filled(x)
    new: Apply | None = None
    if op in ("add", "sub"):
        y_dot = state.filled(y) if _may_be_list(state, y) else state.dot(y)
        if y_dot is not None:
            new = Apply(call.fn, (dot, y_dot))
    else:
        amount = operated(state, op, x, None, y)
        new = Apply("dpc.assigned", (dot, amount))
    build.emit(statement)
    state.dots[target] = dot if new is None else build.assign(state.new(target), new)


def _may_be_list(state: State, atom: Atom) -> bool:
    fact = state.build.fact(atom)
    return isinstance(atom, Slot) and not fact.is_number


def writes(state: State, call: Apply) -> bool:
    """The call changes its first operand: a method of a list, `np.add.at`."""
    known = call.fn in state.library and call.fn not in AUGMENTED
    return known and state.library[call.fn].effect == "writes"


def effect_forward(state: State, call: Apply, target: Slot | None) -> None:
    """Keep the tangent of a list in step with the list, `np.add.at` on an array."""
    build = state.build
    dot = state.dot(call.args[0]) if call.args else None
    if dot is None:
        return
    if call.fn in REFUSED or (writes(state, call) and call.fn not in HANDLED):
        raise refused_method(build.span, call, "tangent")
    rest = call.args[1:]
    match call.fn:
        case "method.append":
            state.do(call.fn, dot, state.part(rest[0]))
        case "method.insert":
            state.do(call.fn, dot, rest[0], state.part(rest[1]))
        case "method.extend":
            state.do(call.fn, dot, state.filled(rest[0]))
        case "method.reverse":
            state.do(call.fn, dot)
        case "method.pop":
            popped = Apply(call.fn, (dot, *rest))
            if target is None or not state.active(target):
                build.emit(Do(popped, build.span))
                return
            state.dots[target] = build.assign(state.new(target), popped)
        case "np.add.at" | "np.subtract.at":
            amount = state.dot(rest[1])
            if amount is not None:
                state.do(call.fn, dot, rest[0], amount)
