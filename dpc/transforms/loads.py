"""The backward sweep of statements that read from or build containers and arrays."""

from __future__ import annotations

from dpc.analysis.sharing import SEQUENCES, may_be_metadata, takes_keys
from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const, Slot, Update
from dpc.rules.apply import materialised
from dpc.transforms.index import inserted, repeats
from dpc.transforms.missing import refuse_sparse, refused_attribute
from dpc.transforms.parts import assembled, part_of, spread
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry


def load_backward(state: State, entry: Entry, call: Apply, target: Slot) -> None:
    """`target = base[index]` or `base.name`."""
    base, key = call.args
    if not isinstance(base, Slot) or not state.active(base):
        return
    if call.fn == "getitem":
        refuse_sparse(state.build.facts, base, getattr(entry.statement, "span", None))
    if state.views.get(target):
        return
    if call.fn == "getattr" and may_be_metadata(state.build.facts, call):
        state.do("dpc.require_metadata", base, key)
        return
    bar = assembled(state, target)
    if bar is None:
        return
    if target in state.views:
        bar = state.build.apply("dpc.unshared", bar, state.shadows[base])
        state.trees.add(bar)
    part = part_of(state, base, key)
    if part is not None:
        if not spread(state, part, bar):
            state.contribute(part, bar)
        return
    if call.fn == "getattr":
        _attribute(state, base, key, target, bar)
        return
    if state.build.fact(base).is_scalar:
        # A scalar of NumPy with new axes: as an array it has one element, or none.
        whole = materialised(state.build, bar, target)
        state.contribute(base, state.build.apply("np.sum", whole))
        return
    parts = inserted(state.build, base, key)
    if parts is not None and not state.shadowed(base):
        state.contribute(base, _without(state.build, bar, target, parts))
        return
    place = state.current(base) if state.shadowed(base) else state.own(base)
    assert place is not None
    add_at(state, base, place, state.value(key, entry), bar)


def _without(build: Builder, bar: Atom, out: Slot, parts: tuple[object, ...]) -> Atom:
    """The cotangent of `x`, from that of `out = x[parts]`, which only inserts axes."""
    if None not in parts:
        return bar
    bar = materialised(build, bar, out)
    found = build.definition(bar)
    if found is not None and found.fn == "operator.neg":
        return build.apply("operator.neg", _without(build, found.args[0], out, parts))
    if (
        found is not None
        and found.fn == "np.sum"
        and _sums_only(build, found, out, parts)
    ):
        axis = dict(found.kwargs)["axis"]
        return build.apply("np.sum", found.args[0], axis=axis)
    places = [0 if part is None else part for part in parts]
    while places[-1] != 0 and (places[-1] is Ellipsis or Ellipsis not in places):
        places.pop()
    return build.apply(
        "getitem", bar, Const(tuple(places) if places[1:] else places[0])
    )


def _sums_only(
    build: Builder, call: Apply, out: Slot, parts: tuple[object, ...]
) -> bool:
    """A sum that keeps the inserted axes, and no others, as axes of size 1."""
    given, shape = dict(call.kwargs), build.fact(out).shape
    axis, keeps = given.get("axis"), given.get("keepdims")
    if shape is None or not isinstance(axis, Const) or not isinstance(keeps, Const):
        return False
    rank, count = len(shape), len(parts)
    ahead = parts.index(Ellipsis) if Ellipsis in parts else count
    new = {
        place if place < ahead else rank - count + place
        for place, part in enumerate(parts)
        if part is None
    }
    axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    return keeps.value is True and {int(a) % rank for a in axes} == new


def add_at(state: State, base: Atom, place: Atom, index: Atom, bar: Atom) -> None:
    """`place[index] += bar`, right also where `index` repeats an element."""
    build = state.build
    kind = build.fact(base).kind
    apart = id(state.aliases.node(base)) not in state.overlapping
    if state.is_array(base) and bar not in state.trees and apart:
        if repeats(build, index):
            state.do("np.add.at", place, index, bar)
        else:
            build.emit(Update("item", "add", place, index, bar, build.span))
    elif (
        kind in ("list", "dict")
        and build.fact(bar).is_number
        and (bar not in state.trees)
    ):
        build.emit(Update("item", "add", place, index, bar, build.span))
    else:
        state.do("dpc.add_at", place, index, bar)


def _attribute(state: State, base: Slot, name: Atom, part: Slot, bar: Atom) -> None:
    assert isinstance(name, Const)
    build, fact = state.build, state.build.fact(base)
    if fact.is_number and name.value not in ("T", "mT", "real", "imag"):
        raise refused_attribute(build.span, str(name.value))
    if name.value in ("T", "mT") and fact.kind != "object":
        # What is smaller than the part broadcasts along its axes, not the base's.
        bar = materialised(build, bar, part)
        state.contribute(base, build.apply("getattr", bar, name))
    elif name.value == "data" and fact.kind == "sparse":
        state.contribute(base, bar)  # what is laid out as they are
    elif name.value == "real" and fact.is_number:
        state.contribute(base, bar)
    elif name.value == "imag" and fact.is_number:
        amount = build.apply("operator.mul", Const(-1j), bar)
        if fact.dtype[:1] != "c":
            amount = build.apply("dpc.unbroadcast", amount, base)
        state.contribute(base, amount)
    elif name.value in ("real", "imag") and fact.kind != "object":
        amount = build.apply("dpc.part_bar", bar, base, name)
        state.trees.add(amount)
        state.contribute(base, amount)
    else:
        place = state.current(base) if state.shadowed(base) else state.own(base)
        assert place is not None
        plain = build.fact(bar).is_number and bar not in state.trees
        if plain and name.value in dict(build.fact(place).fields or ()):
            build.emit(Update("attr", "add", place, name, bar, build.span))
        else:
            state.do("dpc.add_attr", place, base, name, bar)


def unpack_backward(state: State, call: Apply, target: Slot) -> None:
    """`a, b = values`: the cotangents of the items are those of the whole."""
    base = call.args[0]
    if state.shadowed(target) and state.shadowed(base):
        return
    bar = assembled(state, target)
    if bar is None or takes_keys(state.build.facts, call):
        return
    if call.fn == "unpack" and spread(state, base, bar):
        return
    if state.build.fact(base).kind not in ("array", "list", "tuple"):
        bar = state.build.apply("dpc.assembled", bar, base)
    state.trees.add(bar)
    state.contribute(base, bar)


def copy_backward(state: State, call: Apply, target: Slot) -> None:
    """`b = a.copy()`, `b = list(a)`: of a container, the items' adjoints are shared or
    added."""
    bar = assembled(state, target)
    if bar is None or not call.args or takes_keys(state.build.facts, call):
        return
    base = call.args[0]
    if not isinstance(base, Slot):
        return
    if state.shadowed(base) and state.shadowed(target):
        place = state.current(base)
        assert place is not None
        state.do("dpc.add_cells", place, bar)
        return
    kind = state.build.fact(base).kind
    if call.fn in ("builtins.list", "builtins.tuple") and kind not in SEQUENCES:
        bar = state.build.apply("dpc.assembled", bar, base)
    state.trees.add(bar)
    state.contribute(base, bar)


def joined_backward(state: State, entry: Entry, call: Apply, target: Slot) -> None:
    """`a + b` and `a * n` of lists: the elements of the result are theirs."""
    bar = assembled(state, target)
    if bar is None:
        return
    build = state.build
    a, b = call.args
    if call.fn == "operator.mul":
        items = a if build.fact(a).kind in SEQUENCES else b
        if state.active(items):
            amount = build.apply("dpc.unrepeated", bar, state.value(items, entry))
            state.trees.add(amount)
            state.contribute(items, amount)
        return
    bars = build.apply(
        "dpc.unjoined", bar, state.value(a, entry), state.value(b, entry)
    )
    for position, operand in enumerate((a, b)):
        if state.active(operand):
            amount = build.apply("getitem", bars, Const(position))
            state.trees.add(amount)
            state.contribute(operand, amount)


def container_backward(state: State, call: Apply, target: Slot) -> None:
    """`[a, b]`, `(a, b)`, `{"w": a}`, `Params(a, b)`: every item gets its part."""
    bar = assembled(state, target)
    if bar is None:
        return
    build = state.build
    found = build.definition(bar)
    literal = found if found is not None and found.fn in ("tuple", "list") else None
    cls = build.fact(target).value
    # What NumPy makes of a NamedTuple has a list for cotangent, without the names.
    is_row = isinstance(cls, type) and issubclass(cls, tuple)
    for position, (key, item) in enumerate(_items(state, call, target)):
        if not state.active(item):
            continue
        if state.shadowed(item) and state.shadowed(target):
            if state.is_array(item):
                continue  # its shadow is what the container's shadow holds
            state.trees.add(bar)
        name = key if isinstance(key, Slot | Const) else Const(key)
        whole = build.fact(bar)
        if literal is not None:
            part: Atom = literal.args[position]
        elif call.fn == "new" and is_row:
            part = build.apply("getitem", bar, Const(position))
        elif call.fn == "new" or (call.fn == "dict" and whole.kind == "object"):
            part = build.apply("getattr", bar, name)
        else:
            part = build.apply("getitem", bar, name)
        if isinstance(part, Slot) and not build.fact(part).is_number:
            inner = whole.field(str(getattr(name, "value", "")))
            known = inner if inner.kind == "object" else state.cotangent_fact(item)
            build.facts[part] = known
            if state.shadowed(item) or not build.fact(item).is_number:
                state.trees.add(part)
        state.contribute(item, part)


def _items(state: State, call: Apply, target: Slot) -> list[tuple[object, Atom]]:
    match call.fn:
        case "dict":
            return list(zip(call.args[::2], call.args[1::2], strict=True))
        case "new":
            names = [name for name, _ in state.build.fact(target).fields or ()]
            assert len(names) >= len(call.args) - 1, "a part without a name"
            positional = list(zip(names, call.args[1:], strict=False))
            return [*positional, *call.kwargs]
        case _:
            return list(enumerate(call.args))
