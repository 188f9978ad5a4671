"""From a program to the program over a batch, as vectorised source.

of a row                        over a batch
`h = np.tanh(w @ x + b)`        `h = np.tanh(x @ w.T + b)`
`return np.sum(h)`              `return np.sum(h, axis=1)`

What is the same for all rows stays as it is. A program is written again where it turns
out that memory has to differ from row to row from where it is made (see `state`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dpc.analysis.aliases import find_aliases
from dpc.errors import Diagnostic, InternalError
from dpc.ir.facts import INT, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Const, Function, Param, Slot, Stmt
from dpc.ir.program import Program
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Tree, Value, can_differ, fact_over, part_of, varies
from dpc.rules.ruleset import Rule
from dpc.transforms.batching.axes import Axes, Batching, is_plain, parts_of, tree_of
from dpc.transforms.batching.elements import Elements
from dpc.transforms.batching.lifetimes import outliving
from dpc.transforms.batching.repeated import for_each_row
from dpc.transforms.batching.results import Owned
from dpc.transforms.batching.state import MIXED, State, differs
from dpc.transforms.batching.write import Writer

# A program in which this many arrays have to differ, one after another, has no end.
LIMIT = 200


def batch(
    program: Program, asked: Batching, rules: Mapping[str, Rule], library: Library
) -> Program:
    """The program over a batch; the facts of `program` are those of a row."""
    aliases = find_aliases(program.function, program.facts, library)
    late = outliving(program.function, aliases, library)
    held = Elements(program.function, program.facts, aliases, library)
    demanded: set[Slot] = set()
    for _ in range(LIMIT):
        state = State(
            program,
            aliases,
            library,
            rules,
            asked.size,
            demanded,
            late,
            held,
            asked.generic,
        )
        written = _written(state, asked)
        if not state.grown:
            return written
    raise InternalError(
        Diagnostic("what differs from row to row has no end", "", program.function.span)
    )


def _written(state: State, asked: Batching) -> Program:
    program = state.program
    function = program.function
    state.build.span = function.span
    params = _params(state, asked)
    Writer(state).block(function.body)
    try:
        result = _result(state, function.result, asked.out, asked.gradient)
    except NoBatch as why:
        raise state.complaint(why) from None
    whole = Function(
        _name(function),
        params,
        tuple(state.build.block),
        result,
        _doc(function, asked),
        function.span,
        function.beside,
    )
    return replace(program, function=whole, facts=state.build.facts, outcomes={})


def _name(function: Function) -> str:
    name = function.name if function.name.isidentifier() else "function"
    return f"{name}_batch"


def _doc(function: Function, asked: Batching) -> str:
    names = [name for name, axes in asked.axes.items() if varies(tree_of(axes))]
    span = function.span
    what = function.doc.removesuffix(".")
    if not what or "with respect to" not in what:
        filename = (
            span.source.filename.replace("\\", "/").rsplit("/", 1)[-1] if span else ""
        )
        what = f"{function.name} ({filename}:{span.line})" if span else function.name
    listed = ", ".join(names[:-1]) + f" and {names[-1]}" if names[1:] else names[0]
    return f"{what}, for each row of {listed}."


def _params(state: State, asked: Batching) -> tuple[Param, ...]:
    params: list[Param] = []
    moved: list[tuple[Slot, Axes]] = []
    counted = False
    for param in state.program.function.params:
        axes = asked.axes.get(param.slot.name)
        fact = state.program.facts.get(param.slot, Fact())
        value = Value(param.slot, tree_of(axes), fact)
        if param.slot in state.demanded and value.rows is not True:
            if not state.aliases.written(param.slot):
                raise state.refused(MIXED, f"give all of {param.slot.name} an axis")
            raise state.refused(
                f"each row writes {param.slot.name}, which is the same for all rows",
                f"give {param.slot.name} an axis in in_axes, or copy it first",
            )
        if not is_plain(axes):
            moved.append((param.slot, axes))
        state.build.facts[param.slot] = fact_over(fact, value.rows, asked.size)
        state.values[param.slot] = value
        params.append(param)
    for slot, axes in moved:
        state.build.facts[slot] = (
            Fact()
            if not isinstance(axes, int)
            else replace(state.build.facts[slot], shape=None)
        )
        _to_front(state, slot, axes)
    for param in params:
        value = state.values[param.slot]
        if not counted and varies(value.rows):
            _count(state, value)
            counted = True
    return tuple(params)


def _to_front(state: State, slot: Slot, axes: Axes) -> None:
    """The axis of the batch becomes the first one."""
    old = state.values[slot]
    build = state.build
    if isinstance(axes, int):
        call = Apply("np.moveaxis", (slot, Const(axes), Const(0)))
    else:
        call = Apply("dpc.rows_first", (slot, _written_axes(state, axes)))
    made = Slot(slot.name)
    build.facts[made] = fact_over(old.fact, old.rows, state.batch.size)
    build.assign(made, call)
    state.values[slot] = Value(made, old.rows, old.fact)


def _written_axes(state: State, axes: Axes) -> Atom:
    """A container of axes as the program has it."""
    if axes is None or isinstance(axes, int):
        return Const(axes)
    parts = parts_of(axes)
    if isinstance(axes, list | tuple) and not hasattr(axes, "_fields"):
        return state.build.apply(
            "tuple", *(_written_axes(state, part) for _, part in parts)
        )
    atoms: list[Atom] = []
    for key, part in parts:
        atoms += [Const(key), _written_axes(state, part)]
    return state.build.apply("dict", *atoms)


def _count(state: State, value: Value) -> None:
    """`rows = len(x)`, of the first array that differs from row to row."""
    build = state.build
    atom, fact, tree = value.atom, value.fact, value.rows
    while not fact.is_number:
        found = _first_part(fact, tree)
        if found is None:
            atom = build.apply("dpc.first_leaf", atom)
            break
        fn, key, fact, tree = found
        atom = build.apply(fn, atom, Const(key))
    count = state.batch.count
    call = Apply("len", (atom,))
    known = replace(INT, value=state.batch.size)
    build.facts[count] = known
    build.definitions[count] = call
    build.emit(Assign(count, call))


def _first_part(fact: Fact, tree: Tree) -> tuple[str, object, Fact, Tree] | None:
    if fact.items is not None:
        for place, part in enumerate(fact.items):
            if varies(part_of(tree, place)) and can_differ(part):
                return "getitem", place, part, part_of(tree, place)
    if fact.fields is not None:
        fn = "getitem" if fact.kind == "dict" else "getattr"
        for name, part in fact.fields:
            if varies(part_of(tree, name)) and can_differ(part):
                return fn, name, part, part_of(tree, name)
    if fact.kind == "list" and fact.element is not None:
        return "getitem", 0, fact.element, part_of(tree, None)
    return None


def _result(state: State, atom: Atom, out: Axes, gradient: bool) -> Atom:
    """The result, with the axis of the batch where it is asked for."""
    value = state.value(atom)
    found = Owned(state, gradient).part(_with_axes(state, value, out, atom))
    if not is_plain(out):
        if isinstance(out, int):
            return state.build.apply("np.moveaxis", found.atom, Const(0), Const(out))
        axes = _written_axes(state, out)
        return state.build.apply("dpc.rows_at", found.atom, axes)
    return found.atom


def _with_axes(state: State, value: Value, out: Axes, atom: Atom) -> Value:
    if out is None:
        if differs(value):
            raise NoBatch("the result differs from row to row, and out_axes is None")
        return value
    if isinstance(out, int):
        return for_each_row(state, value, atom)
    items = state.batch.items(value)
    parts = dict(parts_of(out))
    if items is None or set(parts) != set(range(len(items))):
        raise NoBatch("out_axes does not have the structure of the result")
    found = [_with_axes(state, v, parts[i], v.atom) for i, v in enumerate(items)]
    made = state.build.apply(value.fact.kind, *(v.atom for v in found))
    return Value(made, True, value.fact)


__all__ = ["Batching", "Stmt", "batch"]
