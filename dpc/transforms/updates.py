"""Augmented assignments in the few forms that the reverse pass knows.

before                                  after
`items[k] += x` (a list, an object)     `items[k] = items[k] + x`
`a[i] += x`, `i` an integer array       `t = a[i] + x; a[i] = t`
`a[i] **= x`                            `t = a[i] ** x; a[i] = t`
`items += more` (a list)                `items.extend(more)`
`z.real = x`                            `z[...] = x + 1j * z[...].imag`

On arrays `+= -= *= /=` at an index that selects no element twice stay as they are, and
so does every augmented assignment that the gradient does not pass through.
"""

from __future__ import annotations

from collections.abc import Callable

from dpc.ir.build import Builder
from dpc.ir.facts import ANY
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import flat_map, map_blocks, with_body
from dpc.ir.walk import reads, statements
from dpc.source import Span
from dpc.transforms.index import repeats
from dpc.transforms.methods import METHODS, Methods

REBINDING = frozenset(("dpc.iadd", "dpc.imul"))
NATIVE = frozenset(("add", "sub", "mul", "truediv"))


def lower_updates(
    function: Function, build: Builder, is_varied: Callable[[Atom], bool]
) -> Function:
    """The function with only those updates left that have an adjoint of their own."""
    for statement in statements(function.body):
        if isinstance(statement, Assign):
            build.definitions.setdefault(statement.target, statement.value)

    methods = Methods(build)
    stored: set[Atom] = set()  # imaginary parts that are not stored to any more

    def lowered(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Update) and is_varied(statement.base):
            return _lowered(statement, build)
        match statement:
            case Store("attr", base, Const(("real" | "imag") as name), value, span):
                if build.fact(base).kind != "object":
                    whole = Const(Ellipsis)
                    return _part_stored(build, base, whole, name, value, span)
            case Store("item", base, index, value, span):
                array = _imaginary(build, base)
                if array is not None:
                    stored.add(base)
                    return _part_stored(build, array, index, "imag", value, span)
            case Do(Apply(fn, args) as call) if fn in METHODS:
                if any(map(is_varied, call.operands)):
                    return methods.spelled_out(None, call, statement.span)
            case Assign(target, Apply(fn, args)) if fn in REBINDING and (
                build.fact(args[0]).kind == "tuple"
            ):
                new = Apply(fn.replace("dpc.i", "operator."), args)
                return (Assign(target, new, statement.span),)
            case Assign(target, Apply(fn, args) as call) if fn in METHODS:
                if is_varied(args[0]):
                    return methods.spelled_out(target, call, statement.span)
            case _:
                pass
        return (map_blocks(statement, inside),)

    def inside(block: Block) -> Block:
        return flat_map(block, lowered)

    body = inside(function.body)
    if stored:
        read = set(reads(body)) | {function.result}

        def needed(statement: Stmt) -> tuple[Stmt, ...]:
            if isinstance(statement, Assign) and statement.target in stored - read:
                return ()
            return (map_blocks(statement, pruned),)

        def pruned(block: Block) -> Block:
            return flat_map(block, needed)

        body = pruned(body)
    return with_body(function, body)


def _part_stored(
    build: Builder, whole: Atom, index: Atom, name: str, value: Atom, span: Span | None
) -> tuple[Stmt, ...]:
    """Real and imaginary part have cotangents of opposite sign: no view has both."""
    made: list[Stmt] = []

    def let(fn: str, *args: Atom) -> Slot:
        slot = Slot("t", temp=True)
        call = Apply(fn, args)
        build.facts[slot] = build.infer(call)
        made.append(Assign(slot, call, span))
        return slot

    old = let("np.copy", let("getitem", whole, index))
    if name == "real":
        kept = let("operator.mul", Const(1j), let("np.imag", old))
        new = let("operator.add", value, kept)
    else:
        turned = let("operator.mul", Const(1j), value)
        new = let("operator.add", let("np.real", old), turned)
    made.append(Store("item", whole, index, new, span))
    return tuple(made)


def _imaginary(build: Builder, part: Atom) -> Atom | None:
    """The array whose imaginary part this is."""
    found = build.definition(part)
    if found is None or found.fn not in ("getattr", "np.imag"):
        return None
    whole = found.args[0]
    if found.fn == "getattr":
        name = found.args[1]
        if not isinstance(name, Const) or name.value != "imag":
            return None
    return None if build.fact(whole).kind == "object" else whole


def _lowered(update: Update, build: Builder) -> tuple[Stmt, ...]:
    fact = build.fact(update.base)
    if update.kind == "whole":
        if fact.kind == "list":
            extend = Apply("method.extend", (update.base, update.value))
            return (Do(extend, update.span),)
        if fact.is_array and update.op in NATIVE:
            return (update,)
    elif fact.is_array and update.op in NATIVE and not repeats(build, update.index):
        return (update,)
    return _spelled_out(update, build)


def _spelled_out(update: Update, build: Builder) -> tuple[Stmt, ...]:
    """Read, operate, store: what Python does."""
    span = update.span
    whole = update.kind == "whole"
    index = Const(Ellipsis) if whole else update.index
    fn = "getattr" if update.kind == "attr" else "getitem"
    read = Apply(fn, (update.base, index))
    part, new = Slot("t", temp=True), Slot("t", temp=True)
    fact = build.infer(read)
    build.facts[part] = fact
    if build.fact(update.base).is_array or fact.is_scalar:
        # What stands in an array is copied by the store; a new value will do.
        value = Apply(f"operator.{update.op}", (part, update.value))
    else:
        value = Apply(f"dpc.i{update.op}", (part, update.value))
    build.facts[new] = build.infer(value) if fact != ANY else ANY
    kind = "item" if whole else update.kind
    return (
        Assign(part, read, span),
        Assign(new, value, span),
        Store(kind, update.base, index, new, span),
    )
