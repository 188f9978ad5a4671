"""Reading from arrays and containers over a batch, and making containers."""

from __future__ import annotations

from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot
from dpc.rules.batching.batch import NoBatch, Unranked
from dpc.rules.batching.rows import (
    Parts,
    Tree,
    Value,
    can_differ,
    fact_over,
    part_of,
    settled,
    union,
    varies,
)
from dpc.rules.batching.shapes import turned
from dpc.rules.trace import Traced
from dpc.transforms.batching.index import placed, row_part
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State, differs


def item(state: State, base: Value, index: Value, fact: Fact) -> Value:
    """`base[index]`."""
    build = state.build
    if base.atom in state.shapes:
        return _size(state, base, index, fact)
    if not varies(base.rows) and not varies(index.rows):
        return Value(build.apply("getitem", base.atom, index.atom), False, fact)
    if base.fact.kind in ("list", "tuple", "dict", "object"):
        if varies(index.rows):
            return _element(state, base, index, fact)
        made = build.apply("getitem", base.atom, index.atom)
        tree = part_of(base.rows, row_part(base, index))
        if isinstance(row_part(base, index), int | str) is False:
            tree = _of_slice(base, index, tree)
        return Value(made, tree if can_differ(fact) else False, fact)
    if not base.fact.is_number:
        raise Unranked("what is indexed is not known")
    place = placed(state, base, index)
    if place.mask:
        raise NoBatch(
            "a mask selects a different number of elements in each row",
            "weigh all elements: np.where(mask, x, 0.0)",
        )
    found = state.batch.apply("getitem", base.atom, place.index)
    for source, target in place.moves:
        found = state.batch.apply("np.moveaxis", found, source, target)
    if fact.is_number:
        found.known(fact_over(fact, True, state.batch.size))
    return Value(found.atom, True, fact)


def is_any_part(base: Value, index: Value) -> bool:
    """It shows when it runs which part of a container is read, and parts differ."""
    known = isinstance(index.literal, int | str | slice)
    return isinstance(base.rows, Parts) and varies(base.rows) and not known


def _of_slice(base: Value, index: Value, tree: Tree) -> Tree:
    """A slice of a tuple has some of its parts."""
    key = index.literal
    if isinstance(base.rows, Parts) and isinstance(key, slice):
        trees = [part_of(base.rows, i) for i in range(len(base.rows.parts))][key]
        return settled(dict(enumerate(trees)))
    return tree


def _element(state: State, base: Value, index: Value, fact: Fact) -> Value:
    """An element of a list that differs from row to row: that of an array of them."""
    batch = state.batch
    if not fact.is_number or fact.rank is None:
        raise NoBatch("which element of a container is read differs from row to row")
    rows = Value(base.atom, True, base.fact)
    if varies(base.rows):
        array = batch.array(rows)
    else:
        array = batch.apply("np.stack", base.atom)
    shape = (None, *(fact.shape or ()))
    whole = Value(array.atom, varies(base.rows), F.array(fact.dtype, shape))
    return item(state, whole, index, fact)


def _size(state: State, base: Value, index: Value, fact: Fact) -> Value:
    """`x.shape[i]` of a row is `x.shape[i + 1]`."""
    key = index.literal
    if isinstance(key, int) and not isinstance(key, bool):
        place = key + 1 if key >= 0 else key
        made = state.build.apply("getitem", state.shapes[base.atom], Const(place))
    else:
        made = state.build.apply("getitem", base.atom, index.atom)
    if isinstance(made, Slot):
        state.build.facts[made] = fact
    return Value(made, False, fact)


def shape_of(state: State, base: Value, fact: Fact) -> Value:
    """The shape of a row."""
    build = state.build
    if base.rank == 0:
        return Value(Const(()), False, fact)
    whole = build.apply("getattr", state.batch.array(base).atom, Const("shape"))
    made = build.apply("getitem", whole, Const(slice(1, None)))
    assert isinstance(made, Slot)
    build.facts[made] = fact
    state.shapes[made] = whole
    return Value(made, False, fact)


def attribute(state: State, base: Value, name: str, fact: Fact) -> Value:
    """`base.name`."""
    build = state.build
    if not varies(base.rows):
        return Value(build.apply("getattr", base.atom, Const(name)), False, fact)
    if base.fact.kind in ("object", "dict", "any") and not base.fact.is_number:
        if base.fact.kind == "any":
            raise Unranked("of what an attribute is read is not known")
        made = build.apply("getattr", base.atom, Const(name))
        tree = part_of(base.rows, name)
        return Value(made, tree if can_differ(fact) else False, fact)
    rank = state.batch.rank(base)
    match name:
        case "T":
            return Value(
                turned(state.batch, _array(state, base), rank).atom, True, fact
            )
        case "shape":
            return shape_of(state, base, fact)
        case "ndim":
            return Value(Const(rank), False, fact)
        case "size":
            return Value(size_of(state, base), False, F.INT)
        case "dtype" | "itemsize":
            return Value(build.apply("getattr", base.atom, Const(name)), False, fact)
        case "mT" | "real" | "imag":
            return Value(build.apply("getattr", base.atom, Const(name)), True, fact)
    raise NoBatch(f"the attribute {name} of an array has no meaning over a batch")


def _array(state: State, base: Value) -> Traced:
    found = state.batch.array(base)
    assert isinstance(found, Traced)
    return found


def size_of(state: State, base: Value) -> Atom:
    """The number of elements of a row."""
    rank = state.batch.rank(base)
    if rank == 0:
        return Const(1)
    array = state.batch.array(base)
    total = array.shape[1]
    for axis in range(2, rank + 1):
        total = total * array.shape[axis]
    return total.atom  # type: ignore[no-any-return]


def length(state: State, base: Value) -> Value:
    """`len(base)`."""
    if varies(base.rows) and base.fact.is_number:
        size = _array(state, base).shape[1]
        return Value(size.atom, False, state.library.infer("len", (base.fact,), {}))
    return Value(state.build.apply("len", base.atom), False, F.INT)


def container(
    state: State, call: Apply, values: list[Value], fixed: bool, fact: Fact
) -> Value:
    """A tuple, list, dict or object of values.

    fixed: it is used where it is written. The parts of other lists and dicts all have
    the axis of the batch, or none has.
    """
    build = state.build
    match call.fn:
        case "tuple":
            made = build.apply("tuple", *(v.atom for v in values))
            rows = settled({i: v.rows for i, v in enumerate(values)})
            return Value(made, rows, replace(fact, items=tuple(v.fact for v in values)))
        case "list":
            if fixed:
                made = build.apply("list", *(v.atom for v in values))
                rows = settled({i: v.rows for i, v in enumerate(values)})
                facts = tuple(v.fact for v in values)
                return Value(made, rows, Fact("list", items=facts))
            return _uniform(state, call, values, fact)
        case "dict":
            return _dict(state, call, values, fact)
    return _object(state, call, values, fact)


def _uniform(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    """A list whose elements may be written: all of them differ, or none."""
    rows = any(map(differs, values))
    if rows:
        values = [written(state, v, a) for v, a in zip(values, call.args, strict=True)]
    made = state.build.apply("list", *(v.atom for v in values))
    return Value(made, rows, fact)


def written(state: State, value: Value, atom: Atom) -> Value:
    """A value with the axis of the batch; from where it is made if it is written."""
    memory = isinstance(atom, Slot) and not value.fact.is_scalar
    if memory and not varies(value.rows):
        if not value.fact.is_number:
            state.demand(atom)
            return value
        if state.aliases.written(atom):
            state.demand(atom)
    return promoted(state, value)


def _dict(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    made = state.build.apply("dict", *(v.atom for v in values))
    trees: dict[int | str, Tree] = {}
    fields = []
    for key, value in zip(values[::2], values[1::2], strict=True):
        name = key.literal
        if not isinstance(name, str | int):
            if any(map(differs, values)):
                raise NoBatch("a dict whose keys are computed cannot hold a batch")
            return Value(made, False, fact)
        trees[name] = value.rows
        if isinstance(name, str):
            fields.append((name, value.fact))
    if len(fields) * 2 == len(values) and fact.fields is None:
        fact = replace(fact, fields=tuple(fields))
    return Value(made, settled(trees), fact)


def _object(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    count = len(call.args)
    fields = [name for name, _ in fact.fields or ()]
    nameless = len(fields) < count - 1
    if nameless and any(map(differs, values)):
        # Whose part is read is not known: all of them get the axis of the batch.
        pairs = zip(values[1:], call.operands[1:], strict=True)
        values = [values[0], *(written(state, value, atom) for value, atom in pairs)]
    names = [*fields[: count - 1], *(name for name, _ in call.kwargs)]
    named = zip(call.kwargs, values[count:], strict=True)
    kwargs = tuple((name, v.atom) for (name, _), v in named)
    args = tuple(v.atom for v in values[:count])
    made = state.build.computed(Apply("new", args, kwargs))
    if nameless:
        return Value(made, any(map(differs, values)), fact)
    trees: dict[int | str, Tree] = {
        name: v.rows for name, v in zip(names, values[1:], strict=True)
    }
    return Value(made, settled(trees), fact)


def apart(state: State, array: Value) -> Value:
    """An array whose elements are kept while it may be written: they are numbers in a
    row, and over a batch would be views."""
    if array.rows is not True or not array.fact.is_array or array.rank != 1:
        return array
    made = state.build.apply("np.copy", array.atom)
    return Value(made, True, array.fact)


def along_first(state: State, value: Value) -> Value:
    """An array that is walked over: its first axis, that of a row, comes first."""
    array = _array(state, value)
    if value.rank == 1:
        made = array.T
    else:
        made = state.batch.apply("np.moveaxis", array, 1, 0)
    row = state.library.infer("getitem", (value.fact, F.INT), {})
    return Value(made.atom, True, Fact("list", element=row))


def unpacked(state: State, call: Apply, base: Value, fact: Fact) -> Value:
    """`unpack(base, n)`: a tuple of the elements."""
    if varies(base.rows) and base.fact.is_number:
        count = call.args[1]
        made = state.build.apply("unpack", along_first(state, base).atom, count)
        number = count.value if isinstance(count, Const) else 0
        row = state.library.infer("getitem", (base.fact, F.INT), {})
        assert isinstance(made, Slot)
        fact = Fact("tuple", items=(row,) * number)  # type: ignore[operator]
        return Value(made, True, fact)
    made = state.build.apply("unpack", base.atom, *call.args[1:])
    if base.fact.items is not None:
        fact = Fact("tuple", items=base.fact.items)
    elif base.fact.element is not None and isinstance(call.args[1], Const):
        count_ = call.args[1].value
        fact = Fact("tuple", items=(base.fact.element,) * count_)  # type: ignore[operator]
    return Value(made, base.rows, fact)


def listed(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    """`list(x)`, `tuple(x)`: of an array, its rows along the first axis."""
    if not values:
        return Value(state.build.apply(call.fn), False, fact)
    base = values[0]
    if varies(base.rows) and base.fact.is_number:
        written = state.aliases.written(call.args[0])
        front = along_first(state, apart(state, base) if written else base)
        made = state.build.apply(call.fn, front.atom)
        return Value(made, True, replace(fact, element=front.fact.element))
    made = state.build.apply(call.fn, base.atom)
    rows: Tree = base.rows
    if isinstance(rows, Parts) and call.fn == "builtins.list":
        raise NoBatch("a list of which some elements differ from row to row")
    return Value(
        made, rows, replace(base.fact, kind=fact.kind) if base.is_sequence else fact
    )


def joined(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    """`a + b` and `a * n` of lists and tuples."""
    made = state.build.apply(call.fn, *(v.atom for v in values))
    rows: Tree = False
    for value in values:
        if value.is_sequence:
            part = (
                part_of(value.rows, None)
                if isinstance(value.rows, Parts)
                else (value.rows)
            )
            rows = union(rows, part)
    if rows is True and any(v.is_sequence and v.rows is not True for v in values):
        return _joined_parts(state, call, values, fact)
    return Value(made, rows, fact)


def _joined_parts(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    batch = state.batch
    if call.fn != "operator.add":
        raise NoBatch("repeating a list of which some elements differ")
    parts: list[Value] = []
    for value in values:
        found = batch.items(value)
        if found is None:
            raise NoBatch(
                "joining a list that differs from row to row and one that does not"
            )
        parts += found
    kind = values[0].fact.kind
    made = state.build.apply(kind, *(part.atom for part in parts))
    rows = settled({i: part.rows for i, part in enumerate(parts)})
    return Value(made, rows, Fact(kind, items=tuple(part.fact for part in parts)))
