"""Augmented assignments in the few forms that the reverse pass knows.

before                                  after
`items[k] += x` (a list, an object)     `items[k] = items[k] + x`
`a[i] += x`, `i` an integer array       `t = a[i] + x; a[i] = t`
`a[i] **= x`                            `t = a[i] ** x; a[i] = t`
`items += more` (a list)                `items.extend(more)`

On arrays `+= -= *= /=` at an index that selects no element twice stay as they are, and
so does every augmented assignment that the gradient does not pass through.
"""

from __future__ import annotations

from dpc.analysis.activity import Activity
from dpc.ir.build import Builder
from dpc.ir.facts import ANY
from dpc.ir.nodes import (
    Apply,
    Assign,
    Block,
    Const,
    Do,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import flat_map, map_statement, with_body
from dpc.ir.walk import statements
from dpc.transforms.index import repeats
from dpc.transforms.methods import METHODS, Methods

NATIVE = frozenset(("add", "sub", "mul", "truediv"))


def lower_updates(function: Function, build: Builder, activity: Activity) -> Function:
    """The function with only those updates left that have an adjoint of their own."""
    for statement in statements(function.body):
        if isinstance(statement, Assign):
            build.definitions.setdefault(statement.target, statement.value)

    methods = Methods(build)

    def lowered(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Update) and activity.is_varied(statement.base):
            return _lowered(statement, build)
        match statement:
            case Do(Apply(fn, args) as call) if fn in METHODS:
                if any(map(activity.is_varied, call.operands)):
                    return methods.spelled_out(None, call, statement.span)
            case Assign(target, Apply(fn, args) as call) if fn in METHODS:
                if activity.is_varied(args[0]):
                    return methods.spelled_out(target, call, statement.span)
            case _:
                pass
        return (map_statement(statement, lambda atom: atom, inside),)

    def inside(block: Block) -> Block:
        return flat_map(block, lowered)

    return with_body(function, inside(function.body))


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
