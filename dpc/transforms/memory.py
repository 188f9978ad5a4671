"""Adjoints of memory that the program writes: shadows in the forward sweep.

A written array, list, dict or object has a shadow, allocated where the primal's memory
comes into being; what shares memory in the primal shares it in the shadows, so that no
case analysis on aliases is needed:

primal                      forward sweep              backward sweep (`stores`)
`a = np.zeros(n)`           `a_bar = zeros_like(a)`
`v = a[1:]`                 `v_bar = a_bar[1:]`
`a[i] = x`                                            `x_bar += a_bar[i]; a_bar[i] = 0`
`a[i] += x`                                           `x_bar += a_bar[i]`
`items.append(x)`           `items_bar.append(0.0)`   `x_bar += items_bar.pop()`
"""

from __future__ import annotations

from dpc.analysis.layout import VIEWS
from dpc.analysis.sharing import COPIES, SEQUENCES, fact_in, joins, takes_keys
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Carry,
    Const,
    Do,
    For,
    If,
    Merge,
    Object,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Value,
    While,
)
from dpc.ir.walk import free
from dpc.transforms.adjoints import shadow_of_view
from dpc.transforms.cells import NAMESPACE, put_cell, shadow_fact
from dpc.transforms.index import is_imaginary, is_transpose, is_view
from dpc.transforms.keys import refuse_varying_keys
from dpc.transforms.missing import refused_method
from dpc.transforms.scopes import Scope
from dpc.transforms.state import ZERO, State
from dpc.transforms.sweep import Entry, Region

# Views whose elements are several times the same place.
OVERLAPPING = frozenset(("np.broadcast_to", "np.lib.stride_tricks.sliding_window_view"))
HANDLED = frozenset(
    "method.append method.extend method.insert method.pop method.reverse "
    "np.add.at np.subtract.at dpc.iadd dpc.isub dpc.imul dpc.itruediv dpc.ipow "
    "dpc.imatmul dpc.ifloordiv dpc.imod dpc.accumulate dpc.add_at dpc.add_attr".split()
)
REFUSED = frozenset(
    "method.remove method.clear method.update method.setdefault "
    "method.sort method.popitem".split()
)


def define_shadows(state: State) -> list[Stmt]:
    """Put shadows into the forward sweep; return those of parameters and globals."""
    refuse_varying_keys(state)
    shadows = _Shadows(state)
    for param in state.program.function.params:
        if state.shadowed(param.slot):
            shadows.root(param.slot, param.slot)
    for slot in free(state.program.function.body):
        if slot not in state.homes and state.shadowed(slot):
            shadows.root(slot, slot)
    shadows.region(state.region)
    return shadows.start


class _Shadows:
    def __init__(self, state: State) -> None:
        self.state = state
        self.globals: dict[tuple[str, ...], Slot] = {}
        self.start: list[Stmt] = []
        self.scope: Scope = state.root
        self.entry: Entry | None = None

    def root(self, slot: Slot, value: Atom) -> Slot:
        """The shadow of memory that comes from outside."""
        shadow = self.new(slot, state_scope=self.state.root)
        self.start.append(Assign(shadow, Apply("dpc.shadow", (value,))))
        return shadow

    def new(
        self, slot: Slot, state_scope: Scope | None = None, temp: bool = False
    ) -> Slot:
        shadow = Slot(self.state.name_of(slot), temp=temp)
        self.state.build.facts[shadow] = shadow_fact(self.state, slot)
        self.state.shadows[slot] = shadow
        self.state.homes[shadow] = state_scope or self.scope
        self.state.shadow_slots.add(shadow)
        return shadow

    def emit(self, shadow: Slot, value: Apply) -> None:
        assert self.entry is not None
        statement = Assign(shadow, value)
        self.state.primal[shadow] = statement
        if value.fn in ("np.zeros_like", "dpc.zeros"):
            self.state.owned.add(shadow)
        self.entry.after.append(statement)

    def of(self, atom: Atom) -> Atom:
        """The shadow of an atom; what has none is a constant."""
        if isinstance(atom, Slot):
            return self.state.shadows.get(atom, ZERO)
        return ZERO

    def region(self, region: Region) -> None:
        for entry in region.entries:
            self.scope = region.scope
            self.statement(entry)
            self.scope = region.scope

    def statement(self, entry: Entry) -> None:
        match entry.statement:
            case Assign(target, value):
                self.entry = entry
                if isinstance(value, Apply):
                    self.effect(value, target)
                if self.state.shadowed(target):
                    self.define(target, value)
            case Do(value):
                self.entry = entry
                self.effect(value)
            case Store() as store:
                self.entry = entry
                self.stored(store)
            case If(merges=merges):
                for region in entry.regions:
                    self.region(region)
                    self.scope = region.scope.parent or self.state.root
                for merge in merges:
                    if self.state.shadowed(merge.target):
                        then, orelse = self.of(merge.then), self.of(merge.orelse)
                        target = self.new(merge.target)
                        entry.merges.append(Merge(target, then, orelse))
            case For(carries=carries) | While(carries=carries):
                self.loop(entry, carries)
            case Record(tape, values):
                places = self.on_tape(tape)
                kept = [self.of(values[place]) for place in places]
                self.instead(entry, Record(tape, (*values, *kept)))
            case Replay(targets, tape, body, carries, span):
                inside = entry.regions[1].scope
                taken = self.off_tape(tape, targets, inside)
                new = Replay((*targets, *taken), tape, body, carries, span)
                self.instead(entry, new)
                self.loop(entry, carries)
            case Recall(targets, tape):
                taken = self.off_tape(tape, targets, self.scope)
                self.instead(entry, Recall((*targets, *taken), tape))
            case _:
                for region in entry.regions:
                    self.region(region)

    def on_tape(self, tape: Slot) -> list[int]:
        """The places of a tape whose values have shadows, which go there as well."""
        begun = self.state.tapes.origin(tape)
        readers = [] if begun is None else self.state.tapes.readers.get(begun, [])
        targets = [reader.targets for reader in readers]
        return [
            place
            for place, each in enumerate(zip(*targets, strict=True))
            if any(map(self.state.shadowed, each))
        ]

    def off_tape(
        self, tape: Slot, targets: tuple[Slot, ...], scope: Scope
    ) -> list[Slot]:
        """The shadows of what comes off a tape."""
        return [self.new(targets[place], scope) for place in self.on_tape(tape)]

    def instead(self, entry: Entry, statement: Stmt) -> None:
        """Put a statement in the place of the one that stands there."""
        positions = self.state.aliases.positions
        positions[id(statement)] = positions[id(entry.statement)]
        self.state.kept.append(statement)
        entry.statement = statement

    def loop(self, entry: Entry, carries: tuple[Carry, ...]) -> None:
        outer, inside = self.scope, entry.regions[1].scope
        headers: list[tuple[Carry, Slot, Atom]] = []
        for carry in carries:
            if self.state.shadowed(carry.header):
                init = self.of(carry.init)
                headers.append((carry, self.new(carry.header, inside), init))
        for region in entry.regions:
            self.region(region)
        self.scope = outer
        for carry, header, init in headers:
            following = self.of(carry.next)
            result = self.new(carry.result)
            entry.carries.append(Carry(header, init, following, result))

    def define(self, target: Slot, value: Value) -> None:
        match value:
            case Slot():
                shadow = self.of(value)
                self.state.shadows[target] = shadow
            case Object(scope, path):
                key = (scope, *path)
                if key not in self.globals:
                    self.globals[key] = self.root(target, value)
                self.state.shadows[target] = self.globals[key]
            case Apply():
                call = self.derived(value, target)
                # A part of another shadow may be written as that: `a_bar[1:] += ...`.
                temp = target.temp and call.fn == "getitem"
                self.emit(self.new(target, temp=temp), call)
            case _:
                pass

    def derived(self, call: Apply, target: Slot) -> Apply:
        """How the shadow of a call's result comes from those of its operands."""
        state, args = self.state, call.args
        if call.fn in ("tuple", "list", "dict"):
            return self.container(call, target)
        if call.fn == "new":
            return self.object(call, target)
        if joins(state.build.facts, call):
            return self.joined(call, target)
        part = shadow_of_view(state, call, target)
        if part is not None:
            state.views[target] = False
            return part
        base = self.of(args[0]) if args else ZERO
        if not isinstance(base, Slot) or takes_keys(state.build.facts, call):
            return state.zeros(target)
        if call.fn in COPIES:
            return Apply("dpc.shadow_copy", (target, args[0], base))
        fact = state.build.fact(args[0])
        if is_imaginary(call) and fact.kind != "object":
            return self.imaginary(call, target)
        primitive = state.library[call.fn]
        match call.fn:
            case "getitem":
                view = fact.is_array and is_view(state.build, args[1])
                held = fact.kind in ("list", "dict")
                state.views[target] = (view or held) and state.is_array(target)
                if fact.kind == "list" and state.build.fact(args[1]).kind != "int":
                    return Apply("dpc.shadow_item", (target, args[0], base, args[1]))
                if state.views[target] or fact.kind in ("list", "dict"):
                    return Apply("getitem", (base, args[1]))
                return Apply("dpc.shadow_item", (target, args[0], base, args[1]))
            case "getattr" if fact.is_array and is_transpose(args[1]):
                state.views[target] = state.is_array(target)
                return Apply("getattr", (base, args[1]))
            case "getattr":
                state.views[target] = fact.kind == "object" and state.is_array(target)
                if state.contents.has(*args):
                    return Apply("getattr", (base, args[1]))
                return Apply("dpc.shadow_attr", (target, args[0], base, args[1]))
            case "unpack" | "sequence" if fact.is_array:
                return Apply("getitem", (base, Const(Ellipsis)))
            case "unpack" | "sequence":
                return Apply("dpc.shadow_sequence", (args[0], base))
            case "method.pop":
                return Apply("method.pop", (base, *args[1:]))
        if call.fn in VIEWS and fact.is_array:
            state.views[target] = True
            return Apply(call.fn, (base, *args[1:]), call.kwargs)
        if call.fn in OVERLAPPING:
            state.overlapping.add(id(state.aliases.node(target)))
        if primitive.memory == "parts":
            state.views[target] = False
            return Apply("dpc.shadow_parts", (target, args[0], base))
        if primitive.memory == "view" or call.fn.startswith("dpc.i"):
            if primitive.memory == "view":
                state.views[target] = False
            return Apply("dpc.shadow_view", (target, args[0], base))
        return state.zeros(target)

    def joined(self, call: Apply, target: Slot) -> Apply:
        """`a + b` and `a * n` of lists hold the elements of their operands."""
        if call.fn == "operator.add":
            pairs = [part for atom in call.args for part in (atom, self.of(atom))]
            return Apply("dpc.shadow_joined", (target, *pairs))
        facts = self.state.build.facts
        first = fact_in(facts, call.args[0]).kind in SEQUENCES
        items = call.args[0 if first else 1]
        return Apply("dpc.shadow_repeated", (target, items, self.of(items)))

    def imaginary(self, call: Apply, target: Slot) -> Apply:
        """Its cotangent has the opposite sign: no part of the array's shadow is its."""
        assert self.entry is not None
        statement = self.entry.statement
        if self.state.aliases.rewritten(target, statement, after=True):
            return Apply("dpc.shadow_imag", (target, call.args[0]))
        return self.state.zeros(target)

    def container(self, call: Apply, target: Slot) -> Apply:
        """A container's shadow holds shadows, or zero cells where items have none."""
        if call.fn != "dict":
            return Apply("list", tuple(map(self.cell, call.args)))
        keys, items = call.args[::2], call.args[1::2]
        names = [key.value for key in keys if isinstance(key, Const)]
        later = self.state.contents.later(target, names)
        pairs = [*zip(keys, map(self.cell, items), strict=True)]
        pairs += [(Const(name), ZERO) for name in later]
        return Apply("dict", tuple(atom for pair in pairs for atom in pair))

    def object(self, call: Apply, target: Slot) -> Apply:
        """An object's shadow holds the shadows of its fields."""
        contents = self.state.contents
        fields = [name for name, _ in call.kwargs]
        if len(call.args) == 1 and contents.is_known(target):
            later = [(name, ZERO) for name in contents.later(target, fields)]
            cells = [(name, self.cell(atom)) for name, atom in call.kwargs]
            return Apply("new", (NAMESPACE,), (*cells, *later))
        positions = range(len(call.args) - 1)
        parts = (*call.args[1:], *(atom for _, atom in call.kwargs))
        names = Const((*positions, *fields))
        return Apply("dpc.shadow_new", (target, names, *map(self.of, parts)))

    def cell(self, item: Atom) -> Atom:
        shadow = self.of(item)
        if isinstance(shadow, Slot):
            return shadow
        if self.state.build.fact(item).is_scalar or not isinstance(item, Slot):
            return ZERO
        cell = Slot("cell", temp=True)
        self.emit(cell, self.state.zeros(item))
        return cell

    def stored(self, store: Store) -> None:
        """A container's shadow gets the shadow, or a new cell, of what is stored.

        An array's shadow needs nothing here.
        """
        base = store.base
        if not self.state.shadowed(base) or self.state.is_array(base):
            return
        assert self.entry is not None
        cell, old = self.cell(store.value), Slot("old_cell", temp=False)
        made = self.taken(cell)
        put = put_cell(self.state, store, self.of(store.base), cell, old)
        if put is not None:
            self.state.homes[old] = self.scope
            self.state.old_cells[id(self.entry)] = old
            self.entry.before += [*made, *put]

    def popped(self, pop: Apply, target: Atom) -> None:
        """A list's shadow loses a cell, which is kept for the backward sweep unless it
        is a number's."""
        assert self.entry is not None
        if self.state.build.fact(target).is_scalar and isinstance(target, Slot):
            self.entry.after.append(Do(pop))
            return
        old = Slot("old_cell", temp=False)
        self.state.homes[old] = self.scope
        self.entry.after.append(Assign(old, pop))
        self.state.old_cells[id(self.entry)] = old

    def taken(self, cell: Atom) -> list[Stmt]:
        """The statement that made a cell, moved from after the entry to before it."""
        assert self.entry is not None
        after = self.entry.after
        if after and isinstance(after[-1], Assign) and after[-1].target is cell:
            return [after.pop()]
        return []

    def effect(self, call: Apply, target: Atom = ZERO) -> None:
        """Keep the shadow of a list in step with the list."""
        if not call.args or not self.state.shadowed(call.args[0]):
            return
        assert self.entry is not None
        base = self.of(call.args[0])
        writes = self.state.library[call.fn].effect == "writes"
        if call.fn in REFUSED or (writes and call.fn not in HANDLED):
            span = getattr(self.entry.statement, "span", None)
            raise refused_method(span, call)
        if call.fn == "method.append":
            cell = self.cell(call.args[1])
            self.entry.after.append(Do(Apply("method.append", (base, cell))))
        elif call.fn == "method.insert":
            at = (base, call.args[1], self.cell(call.args[2]))
            self.entry.after.append(Do(Apply("method.insert", at)))
        elif call.fn == "method.reverse":
            self.entry.after.append(Do(Apply("method.reverse", (base,))))
        elif call.fn == "method.pop" and not self.state.shadowed(target):
            self.popped(Apply("method.pop", (base, *call.args[1:])), target)
        elif call.fn == "method.extend":
            cells = Apply("dpc.cells", (call.args[1], self.of(call.args[1])))
            extended = Slot("cells", temp=True)
            self.emit(extended, cells)
            self.entry.after.append(Do(Apply("method.extend", (base, extended))))
