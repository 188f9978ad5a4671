"""The backward sweep of statements that write memory. See `memory` for the shadows."""

from __future__ import annotations

from dpc.ir.facts import INT
from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot, Store, Update
from dpc.rules.apply import cotangents, unbroadcast
from dpc.transforms.cells import cell_backward
from dpc.transforms.index import is_view, repeats
from dpc.transforms.missing import refuse_sparse
from dpc.transforms.parts import assembled
from dpc.transforms.rounded import asked
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry


def store_backward(state: State, entry: Entry, store: Store) -> None:
    """`base[index] = value`: the value gets what the place has gathered, the place
    0."""
    if not state.shadowed(store.base):
        return
    assert isinstance(store.base, Slot)
    refuse_sparse(state.build.facts, store.base, store.span)
    shadow = state.current(store.base)
    assert shadow is not None
    if state.active(store.value):
        entry.before += asked(state, store)
    if not state.is_array(store.base):
        cell_backward(state, entry, store, shadow)
        return
    index = state.value(store.index, entry)
    if state.active(store.value):
        bar = _taken(state, shadow, index)
    state.build.emit(Store("item", shadow, index, Const(0), state.build.span))
    if state.active(store.value):
        state.contribute(store.value, unbroadcast(state.build, bar, store.value, bar))


def _taken(state: State, shadow: Atom, index: Atom) -> Atom:
    """A copy of a part of a shadow that is about to be cleared."""
    if repeats(state.build, index):
        # Of elements stored twice, only the last store counts.
        return state.build.apply("dpc.take_last", shadow, index)
    return _read(state, shadow, index)


def _read(state: State, shadow: Atom, index: Atom) -> Atom:
    """A copy of a part of a shadow."""
    part = state.build.apply("getitem", shadow, index)
    fact = state.build.fact(part)
    if fact.is_scalar or (fact.is_array and not is_view(state.build, index)):
        return part
    return state.build.apply("np.copy" if fact.is_array else "dpc.copy_tree", part)


def update_backward(state: State, entry: Entry, update: Update) -> None:
    """`base[index] op= value` on an array, for an index that repeats no element."""
    if not state.shadowed(update.base):
        return
    assert isinstance(update.base, Slot)
    refuse_sparse(state.build.facts, update.base, update.span)
    shadow = state.current(update.base)
    assert shadow is not None
    build = state.build
    index = state.value(update.index, entry)
    whole = update.kind == "whole"
    value = state.value(update.value, entry)
    if state.active(update.value):
        entry.before += asked(state, update)
        bar = _read(state, shadow, Const(Ellipsis) if whole else index)
        match update.op:
            case "add":
                amount = bar
            case "sub":
                amount = build.apply("operator.neg", bar)
            case "mul":
                old = _operand(state, entry, update, "before")
                amount = build.apply("operator.mul", bar, old)
            case _:
                new = _operand(state, entry, update, "after")
                slope = build.apply("operator.truediv", new, value)
                amount = build.apply(
                    "operator.neg", build.apply("operator.mul", bar, slope)
                )
        amount = unbroadcast(build, amount, update.value, bar)
    if update.op in ("mul", "truediv"):
        build.emit(Update(update.kind, update.op, shadow, index, value, build.span))
    if state.active(update.value):
        state.contribute(update.value, amount)


def _operand(state: State, entry: Entry, update: Update, when: str) -> Atom:
    """The part of `base` that is updated, as it was before or after."""
    assert isinstance(update.base, Slot)
    kept = Slot(update.base.name)
    index = Const(Ellipsis) if update.kind == "whole" else update.index
    part = Slot("t", temp=True)
    fact = state.build.infer(Apply("getitem", (update.base, index)))
    state.build.facts[part] = state.build.facts[kept] = fact
    fn = "operator.pos" if fact.is_scalar else "np.copy"
    made = [
        Assign(part, Apply("getitem", (update.base, index))),
        Assign(kept, part if fact.is_scalar else Apply(fn, (part,))),
    ]
    if when == "before":
        entry.before += made
    else:
        entry.after[:0] = made
    state.homes[kept] = state.homes[part] = state.scope
    return kept


def augmented_backward(state: State, entry: Entry, call: Apply, target: Slot) -> None:
    """`x += y` where `x` may be an array, which it mutates, or a scalar."""
    build = state.build
    x, y = call.args
    bar = assembled(state, target)
    if bar is None:
        return
    operator = "operator." + call.fn.removeprefix("dpc.i")
    old = state.value(x, entry)
    copied = Apply(operator, (old, state.value(y, entry)))
    out = state.result(target, entry)
    rule = state.rules[operator]
    kept = build.apply("dpc.copy_tree", bar)
    found: dict[Atom, list[Atom]] = {}
    if rule.kind != "constant":
        found = cotangents(build, rule, copied, out, kept, target in state.selected)
    amounts = {k: list(v) for k, v in found.items()}
    for_x = amounts.get(old, [Const(0.0)])[0]
    for_y = amounts.get(copied.args[1], [Const(0.0)])[-1]
    if state.active(x):
        assert isinstance(x, Slot)
        before = state.current(x)
        if state.shadowed(x) and before is not None:
            total = build.apply("dpc.replace", before, bar, for_x)
            state.scope.adjoints[x] = total
        else:
            state.contribute(x, for_x)
    state.contribute(y, for_y)


EFFECTS = frozenset(
    "method.append method.extend method.insert method.pop method.reverse np.add.at "
    "np.subtract.at".split()
)


def effect_backward(
    state: State, entry: Entry, call: Apply, target: Slot | None
) -> None:
    """append, pop and extend on a list, `np.add.at` on an array."""
    if not call.args or not state.shadowed(call.args[0]):
        return
    assert isinstance(call.args[0], Slot)
    shadow = state.current(call.args[0])
    assert shadow is not None
    match call.fn:
        case "method.append":
            bar = state.build.apply("method.pop", shadow)
            _from_cell(state, call.args[1], bar)
        case "method.insert":
            position = state.value(call.args[1], entry)
            first = isinstance(position, Const) and position.value == 0
            taken = "method.pop" if first else "dpc.uninsert"
            bar = state.build.apply(taken, shadow, position)
            _from_cell(state, call.args[2], bar)
        case "method.extend":
            items = call.args[1]
            bars = state.build.apply(
                "dpc.pop_cells", shadow, _count(state, entry, items)
            )
            if state.shadowed(items):
                assert isinstance(items, Slot)
                place = state.current(items)
                assert place is not None
                state.do("dpc.add_cells", place, bars)
            else:
                state.trees.add(bars)
                state.contribute(items, bars)
        case "method.reverse":
            state.do("method.reverse", shadow)
        case "np.add.at" | "np.subtract.at":
            index = state.value(call.args[1], entry)
            bar = state.build.apply("getitem", shadow, index)
            if call.fn == "np.subtract.at":
                bar = state.build.apply("operator.neg", bar)
            elif is_view(state.build, index):
                bar = state.build.apply("np.copy", bar)
            value = call.args[2]
            state.contribute(value, unbroadcast(state.build, bar, value, bar))
        case "method.pop":
            bar = _popped(state, entry, target)
            at = call.args[1] if len(call.args) > 1 else Const(-1)
            _put_back(state, call.args[0], shadow, state.value(at, entry), bar)


def _put_back(state: State, items: Atom, shadow: Atom, at: Atom, cell: Atom) -> None:
    """Undo `items.pop(at)` on the shadow."""
    place = at.value if isinstance(at, Const) else None
    if state.build.fact(items).kind != "list" or not isinstance(place, int):
        state.do("dpc.unpop", shadow, at, cell)
    elif place == -1:
        state.do("method.append", shadow, cell)
    else:
        # Behind the elements that stand behind it.
        before = place if place >= 0 else place + 1
        state.do("method.insert", shadow, Const(before), cell)


def _popped(state: State, entry: Entry, target: Slot | None) -> Atom:
    """The cell that a list gets back, with what the element has gathered since."""
    if target is not None and target in state.shadows:
        return state.current(target) or state.shadows[target]
    bar = (
        assembled(state, target)
        if target is not None and state.active(target)
        else None
    )
    cell = state.old_cells.get(id(entry))
    if cell is None:
        return Const(0.0) if bar is None else bar
    return cell if bar is None else state.build.apply("dpc.accumulate", cell, bar)


def _count(state: State, entry: Entry, items: Atom) -> Atom:
    """The length of a container when `entry` ran."""
    if not state.aliases.rewritten(items, entry.statement, after=True):
        return state.build.apply("len", items)
    count = Slot("count", temp=True)
    entry.before.append(Assign(count, Apply("len", (items,))))
    state.build.facts[count] = INT
    state.homes[count] = state.homes_of(entry)
    return count


def _from_cell(state: State, item: Atom, bar: Atom) -> None:
    if state.shadowed(item) and state.is_array(item):
        return  # The cell is its shadow: it holds the amount already.
    if isinstance(bar, Slot):
        state.build.facts[bar] = state.cotangent_fact(item)
    if state.shadowed(item) or not state.build.fact(item).is_number:
        state.trees.add(bar)
    state.contribute(item, bar)
