"""What primitives do with containers: which they make, read, write and hand out."""

from __future__ import annotations

from collections.abc import Sequence

from dpc.frontend.lifting.containers import Containers, Effect, Rule
from dpc.frontend.lifting.sites import NOWHERE, UNKNOWN, Cell, Site, bare, joined, union
from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const


def _display(kind: str) -> Rule:
    def make(state: Containers, call: Apply, key: object) -> Cell:
        cells = [state.cell(atom) for atom in call.args]
        return _sequence_of(state, key, kind, cells)

    return make


def _sequence_of(
    state: Containers, key: object, kind: str, cells: Sequence[Cell]
) -> Cell:
    facts = tuple([cell.fact for cell in cells])
    if kind == "tuple":
        if all(cell.sites == NOWHERE for cell in cells):
            return Cell(Fact("tuple", items=facts))
        fact = Fact("tuple", items=facts)
    else:
        fact = Fact(kind)
    site = state.site(key, kind)
    state.heap.fill(site, items=cells)
    return Cell(fact, frozenset({site}))


def _list_of(state: Containers, key: object, rest: Cell | None) -> Cell:
    """A list of unknown length."""
    site = state.site(key, "list")
    state.heap.fill(site, rest=rest)
    return Cell(Fact("list"), frozenset({site}))


def _dict(state: Containers, call: Apply, key: object) -> Cell:
    site = state.site(key, "dict")
    pairs = list(zip(call.args[::2], call.args[1::2], strict=True))
    fields = [(k.value, state.cell(v)) for k, v in pairs if isinstance(k, Const)]
    state.heap.fill(site, fields=fields)
    sites = frozenset({site})
    for k, v in pairs:
        if not isinstance(k, Const):
            state.heap.put_any(sites, "item", state.cell(v))
    return Cell(Fact("dict"), sites)


def _new(state: Containers, call: Apply, key: object) -> Cell:
    cls = state.heap.classes[call.args[0]]
    site = state.site(key, "object", cls)
    names = getattr(cls, "_fields", ())
    fields = list(zip(names, call.args[1:], strict=False)) + list(call.kwargs)
    state.heap.fill(site, fields=[(name, state.cell(atom)) for name, atom in fields])
    return Cell(Fact("object", value=cls), frozenset({site}))


def _getitem(state: Containers, call: Apply, key: object) -> Cell | None:
    base, index = call.args
    kind = state.fact(base).kind
    if kind not in ("tuple", "list", "dict", "object") or not state.sites(base):
        return None
    if state.fact(index).kind != "slice" or kind not in ("list", "tuple"):
        return state.read(base, index)
    cells = state.cells(base)
    literal = index.value if isinstance(index, Const) else None
    if cells is not None and isinstance(literal, slice):
        return _sequence_of(state, key, kind, cells[literal])
    if kind == "tuple":
        return _tupled(state, call, key)
    return _list_of(state, key, state.part(base))


def _getattr(state: Containers, call: Apply, key: object) -> Cell | None:
    base, name = call.args[:2]
    sites = state.sites(base)
    if not sites or state.fact(base).kind != "object" or not isinstance(name, Const):
        return None
    return state.heap.get(sites, name.value)


def _len(state: Containers, call: Apply, key: object) -> Cell | None:
    cells = state.cells(call.args[0])
    return None if cells is None else Cell(Fact("int", "i8", (), value=len(cells)))


def _sequence(state: Containers, call: Apply, key: object) -> Cell:
    (base,) = call.args
    cell = state.cell(base)
    fact = cell.fact
    if fact.kind == "dict":
        rest = UNKNOWN
        if cell.sites and all(_has_names(site) for site in cell.sites):
            rest = Cell(F.STR)
        return _list_of(state, key, rest)
    if fact.is_number:
        # A number that is iterated over is an array.
        return Cell(fact if fact.is_array else F.array(fact.dtype))
    match fact:
        case Fact("object", value=type() as cls):
            if not issubclass(cls, tuple):
                # What it gave: an iterator gives it once.
                return _list_of(state, key, UNKNOWN)
        case Fact("object"):
            return UNKNOWN
    return cell


def _has_names(site: Site) -> bool:
    site.read = True
    return site.fixed and not site.lost and all(isinstance(k, str) for k in site.fields)


def _unpack(state: Containers, call: Apply, key: object) -> Cell:
    base, count = call.args
    assert isinstance(count, Const) and isinstance(count.value, int)
    cells = state.cells(base)
    if cells is None or len(cells) != count.value:
        cells = [state.part(base)] * count.value
    return _sequence_of(state, key, "tuple", cells)


def _concatenated(state: Containers, call: Apply, key: object) -> Cell | None:
    a, b = call.args
    if state.fact(a).kind != "list" or state.fact(b).kind != "list":
        return None
    first, second = state.cells(a), state.cells(b)
    if first is not None and second is not None:
        return _sequence_of(state, key, "list", [*first, *second])
    return _list_of(state, key, joined(state.part(a), state.part(b)))


def _repeated(state: Containers, call: Apply, key: object) -> Cell | None:
    for atom in call.args:
        if state.fact(atom).kind == "list":
            return _list_of(state, key, state.part(atom))
    return None


def _listed(state: Containers, call: Apply, key: object) -> Cell:
    """A new list of the elements of an iterable."""
    return _list_of(state, key, state.part(call.args[0]))


def _tupled(state: Containers, call: Apply, key: object) -> Cell:
    part = state.part(call.args[0])
    fact = Fact("tuple", element=part.fact)
    if part.sites == NOWHERE:
        return Cell(fact)
    site = state.site(key, "tuple")
    state.heap.fill(site, rest=part)
    return Cell(fact, frozenset({site}))


def _copied(state: Containers, call: Apply, key: object) -> Cell | None:
    fact, sites = state.fact(call.args[0]), state.sites(call.args[0])
    if fact.kind not in ("list", "dict") or not sites:
        return None
    cells = state.cells(call.args[0])
    if fact.kind == "list" and cells is not None:
        return _sequence_of(state, key, "list", cells)
    site = state.site(key, fact.kind)
    if fact.kind == "dict" and len(sites) == 1 and all(not s.lost for s in sites):
        (source,) = sites
        source.read = True
        state.heap.fill(site, fields=list(source.fields.items()), rest=source.rest)
        site.fixed &= source.fixed
    else:
        state.heap.fill(site, rest=state.heap.get_any(sites))
        site.fixed = False
    return Cell(fact, frozenset({site}))


def _pop(state: Containers, call: Apply, key: object) -> Cell | None:
    base, *rest = call.args
    sites = state.sites(base)
    is_dict = state.fact(base).kind == "dict"
    cell = state.read(base, rest[0]) if rest and is_dict else state.part(base)
    state.heap.resize(sites, "item")
    if is_dict and len(rest) > 1:
        cell = joined(cell, state.cell(rest[1])) or UNKNOWN
    return cell if sites else None


def _get(state: Containers, call: Apply, key: object) -> Cell | None:
    base, index, *default = call.args
    if state.fact(base).kind != "dict":
        return None
    other = state.cell(default[0]) if default else Cell(F.NONE)
    return joined(state.read(base, index), other)


def _setdefault(state: Containers, call: Apply, key: object) -> Cell | None:
    base, index, *default = call.args
    other = state.cell(default[0]) if default else Cell(F.NONE)
    state.heap.resize(state.sites(base), "item")
    state.put(base, "item", index, other)
    if state.fact(base).kind != "dict":
        return None
    return joined(state.read(base, index), other)


def _either(state: Containers, call: Apply, key: object) -> Cell:
    a, b = (state.cell(atom) for atom in call.args)
    return Cell(F.join(a.fact, b.fact), union(a.sites, b.sites))


def _guarded(state: Containers, call: Apply, key: object) -> Cell | None:
    """`x op= y` of a value of which it is not known whether it is memory.

    Of a list that is not known to be one, it is not assumed that it grows while it is
    walked: most of what is not known is an array or a number.
    """
    cell = state.cell(call.args[0])
    if cell.sites:
        state.heap.resize(cell.sites, "item", state.part(call.args[1]))
    elif cell.sites is None:
        state.heap.write_unknown(state.part(call.args[1]))
    facts = tuple([state.whole(a) for a in call.args])
    fact = state.library.infer(call.fn, facts, {})
    return Cell(bare(fact), union(cell.sites, state.anything(key)))


RULES: dict[str, Rule] = {
    "list": _display("list"),
    "tuple": _display("tuple"),
    "dict": _dict,
    "new": _new,
    "getitem": _getitem,
    "getattr": _getattr,
    "len": _len,
    "sequence": _sequence,
    "unpack": _unpack,
    "operator.add": _concatenated,
    "operator.mul": _repeated,
    "builtins.list": _listed,
    "builtins.tuple": _tupled,
    "sorted": _listed,
    "method.copy": _copied,
    "method.pop": _pop,
    "method.get": _get,
    "method.setdefault": _setdefault,
    "and": _either,
    "or": _either,
    **{
        f"dpc.i{op}": _guarded
        for op in "add sub mul truediv floordiv mod pow matmul".split()
    },
}


def _append(state: Containers, args: Sequence[Atom]) -> None:
    _grow(state, args[0], state.cell(args[-1]))


def _extend(state: Containers, args: Sequence[Atom]) -> None:
    _grow(state, args[0], state.part(args[-1]))


def _grow(state: Containers, base: Atom, cell: Cell) -> None:
    sites = state.sites(base)
    if sites is None:
        state.heap.expose(cell.sites)
    state.heap.resize(sites, "item", cell)


def _shrink(state: Containers, args: Sequence[Atom]) -> None:
    state.heap.resize(state.sites(args[0]), "item")


def _update(state: Containers, args: Sequence[Atom]) -> None:
    _grow(state, args[0], state.part(args[-1]))


def _shuffle(state: Containers, args: Sequence[Atom]) -> None:
    state.heap.resize(state.sites(args[-1]), "item")


EFFECTS: dict[str, Effect] = {
    "method.append": _append,
    "method.insert": _append,
    "method.extend": _extend,
    "method.update": _update,
    "method.remove": _shrink,
    "method.clear": _shrink,
    "method.reverse": _shrink,
    "method.popitem": _shrink,
    "method.shuffle": _shuffle,
    "np.random.shuffle": _shuffle,
}
