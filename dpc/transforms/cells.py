"""Stores into lists, dicts and objects: the cells of their shadows.

What is stored has a new cell in the container's shadow, and the backward sweep puts
back the one that it replaced. Where there have only been numbers, both are zero:

primal              forward sweep               backward sweep
`items[i] = x`                                  `x_bar += items_bar[i]`
                                                `items_bar[i] = 0.0`
`items[i] = a`      `old = items_bar[i]`        `a_bar += items_bar[i]`
                    `items_bar[i] = cell`       `items_bar[i] = old`

Of a container of which it is not known what it is, and of a dict that may get a new
key, the functions `dpc.exchange` and `dpc.restore` do the same.
"""

from __future__ import annotations

from dpc.ir.facts import ANY, SCALAR, Fact
from dpc.ir.nodes import Apply, Assign, Atom, Const, Object, Slot, Stmt, Store
from dpc.transforms.state import WHOLE, ZERO, State
from dpc.transforms.sweep import Entry

# What the shadow of an object is.
NAMESPACE = Object("types", ("SimpleNamespace",))


def shadow_fact(state: State, atom: Atom) -> Fact:
    """What is known of the shadow of an atom: of a container, which kind it is."""
    kind, contents = state.build.fact(atom).kind, state.contents
    if kind in ("list", "tuple"):
        return Fact("list", element=SCALAR if contents.numeric(atom, WHOLE) else None)
    if kind in ("dict", "object"):
        fields = [
            (name, SCALAR if contents.numeric(atom, Const(name)) else ANY)
            for name in contents.names(atom)
        ]
        return Fact(kind, fields=tuple(fields))
    return state.cotangent_fact(atom)


def is_plain(state: State, base: Atom, index: Atom) -> bool:
    """A place that is there already, in a container of a known kind."""
    if state.build.fact(base).kind == "list":
        return state.build.fact(index).is_integer
    return state.contents.has(base, index)


def put_cell(
    state: State, store: Store, shadow: Atom, cell: Atom, old: Slot
) -> list[Stmt] | None:
    """The statements that put a cell into a shadow; None if there is nothing to put.

    old: gets the cell that is replaced.
    """
    base, index = store.base, store.index
    if not is_plain(state, base, index):
        fn = "dpc.exchange" if store.kind == "item" else "dpc.exchange_attr"
        return [Assign(old, Apply(fn, (base, shadow, index, cell)))]
    if state.contents.numeric(base, index):
        return None
    taken = Assign(old, Apply(_read(store), (shadow, index)))
    return [taken, Store(store.kind, shadow, index, cell)]


def cell_backward(state: State, entry: Entry, store: Store, shadow: Atom) -> None:
    """The value gets what its cell has gathered; the old cell is put back."""
    build, value = state.build, store.value
    index = state.value(store.index, entry)
    old: Atom = state.old_cells.get(id(entry), ZERO)
    if not is_plain(state, store.base, store.index):
        fn = "dpc.restore" if store.kind == "item" else "dpc.restore_attr"
        given: list[Atom] = [store.base, shadow, index, old]
        if store.kind == "item":
            given.append(value)
        bar = build.apply(fn, *given)
        state.trees.add(bar)
        state.contribute(value, bar)
        return
    # The cell of an array that has a shadow is that shadow.
    itself = state.shadowed(value) and state.is_array(value)
    wanted = state.active(value) and not itself
    if wanted:
        bar = build.apply(_read(store), shadow, index)
        if build.fact(value).is_number and not state.shadowed(value):
            assert isinstance(bar, Slot)
            build.facts[bar] = state.cotangent_fact(value)
        else:
            state.trees.add(bar)
    build.emit(Store(store.kind, shadow, index, old, build.span))
    if wanted:
        state.contribute(value, bar)


def _read(store: Store) -> str:
    return "getitem" if store.kind == "item" else "getattr"
