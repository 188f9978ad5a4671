"""Which containers hold nothing but numbers, and which keys they surely have.

The shadow of a place that only ever holds numbers is a number, zero until the backward
sweep begins: a store to it has nothing to put aside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dpc.analysis.aliases import MUTATORS, Aliases
from dpc.analysis.sharing import COPIES, joins, takes_keys
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    Function,
    Object,
    Pullback,
    Recall,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    With,
)
from dpc.ir.walk import free, statements

ANYWHERE = ...
_LIKE_FIRST = frozenset(("dpc.zeros", "dpc.shadow", "dpc.copy_tree"))
_REMOVING = frozenset(f"method.{name}" for name in "pop popitem clear remove".split())
# Where the operand stands that a method puts into a list.
_PUTTING = {"method.append": 1, "method.insert": 2}
_KEEPING_ALL = frozenset(("method.reverse", "method.sort", "method.pop"))


@dataclass
class Contents:
    """What the classes of containers hold, by class and key."""

    aliases: Aliases
    library: Library
    # Under which keys something else than a number may stand.
    others: dict[int, set[object]] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)  # classes of which more may be held
    outside: set[int] = field(default_factory=set)  # what they hold comes from outside
    keys: dict[int, frozenset[str]] = field(default_factory=dict)  # of what is given
    named: dict[int, set[str]] = field(default_factory=dict)  # by the program
    parts: list[tuple[int, int]] = field(default_factory=list)  # the second holds them
    loads: list[tuple[int, int]] = field(default_factory=list)

    def numeric(self, base: Atom, key: Atom) -> bool:
        """What stands under a key of a container has never been but a number."""
        node = self.aliases.node(base)
        if node is None or id(node) in self.unknown:
            return False
        others = self.others.get(id(node), set())
        known = self.key(base, key)
        return not others if known is ANYWHERE else others.isdisjoint((known, ANYWHERE))

    def has(self, base: Atom, key: Atom) -> bool:
        """A dict or an object that the program makes has the key, or will have it.

        What is given from outside has it already.
        """
        known = self.key(base, key)
        return known is not ANYWHERE and known in self.names(base)

    def names(self, base: Atom) -> list[str]:
        """The keys that a dict or an object surely has or will have, in their order."""
        node, cls = id(self.aliases.node(base)), self.fact(base).value
        if node in self.unknown or (isinstance(cls, type) and issubclass(cls, tuple)):
            return []
        given = self.keys.get(node)
        return sorted(self.named.get(node, ()) if given is None else given)

    def is_known(self, made: Slot) -> bool:
        """Whatever is put into a container, the program shows it."""
        return id(self.aliases.node(made)) not in self.unknown

    def later(self, made: Slot, names: Iterable[object]) -> list[str]:
        """The keys that a new container gets beside these, where it is known."""
        if not self.is_known(made):
            return []
        node = id(self.aliases.node(made))
        return sorted(self.named.get(node, set()).difference(names))

    def fact(self, atom: Atom) -> Fact:
        return self.aliases.facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def key(self, base: Atom, key: Atom) -> object:
        """The key of a place that is told from others."""
        named = isinstance(key, Const) and isinstance(key.value, str)
        told = named and self.fact(base).kind in ("dict", "object")
        return key.value if told and isinstance(key, Const) else ANYWHERE

    # Collecting

    def param(self, slot: Slot) -> None:
        """An argument, of which the facts say what it holds."""
        node, fact = self.aliases.node(slot), self.fact(slot)
        if node is None:
            return
        self.outside.add(id(node))
        fields = dict(fact.fields or ())
        self._has_keys(slot, fields)
        if fact.fields is not None:
            for name, part in fact.fields:
                if not part.is_scalar:
                    self.others.setdefault(id(node), set()).add(name)
            return
        held = (fact.element,) if fact.items is None else fact.items
        if not all(part is not None and part.is_scalar for part in held):
            self.unknown.add(id(node))

    def statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, Apply() as call):
                self.made(target, call)
                self.effect(call)
            case Assign(target, Object()):
                self.opened(target)
            case Do(call):
                self.effect(call)
            case Store(_, base, index, value):
                self.put(base, index, value)
            case Update("whole", _, base, _, value):
                self.extended(base, value)
            case Update(_, _, base, index, value):
                self.put(base, index, value)
            case With(target=Slot() as target):
                self.opened(target)
            case Replay(targets=targets) | Recall(targets=targets):
                known = {target for _, target in self.aliases.tapes.flows(statement)}
                self.opened(*(slot for slot in targets if slot not in known))
            case Pullback(params=params):
                self.opened(*params)
            case _:
                pass

    def made(self, target: Slot, call: Apply) -> None:
        """A container that a call makes or hands out."""
        node = self.aliases.node(target)
        if node is None:
            return
        if call.fn in ("list", "tuple"):
            for item in call.args:
                self.put(target, Const(None), item)
        elif call.fn == "dict":
            for key, item in zip(call.args[::2], call.args[1::2], strict=True):
                self.put(target, key, item)
        elif call.fn == "new":
            self._new(target, call)
        elif call.fn in _LIKE_FIRST or self._is_slice(call):
            self.extended(target, call.args[0])
        elif call.fn in COPIES or joins(self.aliases.facts, call):
            if not takes_keys(self.aliases.facts, call):
                for whole in call.args:
                    self.extended(target, whole)
        elif call.fn in ("getitem", "getattr", "method.pop"):
            base = self.aliases.node(call.args[0])
            if base is not None:
                self.loads.append((id(node), id(base)))
        elif not self.fact(target).is_array:
            self.opened(target)

    def _new(self, target: Slot, call: Apply) -> None:
        names = [name for name, _ in self.fact(target).fields or ()]
        if len(names) < len(call.args) - 1:
            self.opened(target)
        given = [*zip(names, call.args[1:], strict=False), *call.kwargs]
        for name, item in given:
            self.put(target, Const(name), item)

    def _is_slice(self, call: Apply) -> bool:
        if call.fn != "getitem":
            return False
        index = call.args[1]
        if isinstance(index, Const):
            return isinstance(index.value, slice)
        return self.fact(index).kind == "slice"

    def _has_keys(self, slot: Slot, keys: Iterable[str]) -> None:
        node = id(self.aliases.node(slot))
        found = frozenset(keys)
        self.keys[node] = self.keys.get(node, found) & found

    def effect(self, call: Apply) -> None:
        """What a call puts into the container that it writes."""
        writes = call.fn in self.library and self.library[call.fn].effect == "writes"
        if call.fn in ("call", "vjp_shared"):
            self.opened(*call.operands)
        if not call.args or not (writes or call.fn in MUTATORS):
            return
        base = call.args[0]
        if call.fn in _REMOVING and isinstance(base, Slot):
            self._has_keys(base, ())
        if call.fn in _PUTTING:
            self.put(base, Const(None), call.args[_PUTTING[call.fn]])
        elif call.fn == "method.extend":
            self.extended(base, call.args[1])
        elif call.fn == "dpc.add_at":
            self.put(base, Const(None), call.args[2])
        elif call.fn not in _KEEPING_ALL:
            self.opened(*call.operands)

    def put(self, base: Atom, index: Atom, value: Atom) -> None:
        node = self.aliases.node(base)
        if node is None or self.fact(base).is_array:
            return
        key = self.key(base, index)
        if isinstance(key, str):
            self.named.setdefault(id(node), set()).add(key)
        if isinstance(value, Const):
            fine = isinstance(value.value, int | float | complex)
        else:
            fine = self.fact(value).is_scalar
        if not fine:
            self.others.setdefault(id(node), set()).add(key)

    def extended(self, base: Atom, whole: Atom) -> None:
        """A container gets the elements of another."""
        node, other = self.aliases.node(base), self.aliases.node(whole)
        if node is None or other is None or self.fact(base).is_array:
            return
        fact = self.fact(whole)
        if not fact.is_array:
            self.parts.append((id(node), id(other)))
        elif fact.rank != 1:
            self.unknown.add(id(node))

    def opened(self, *atoms: Atom) -> None:
        """What a container holds is not known."""
        for node in filter(None, map(self.aliases.node, atoms)):
            self.unknown.add(id(node))
            self.keys[id(node)] = frozenset()

    def close(self) -> None:
        """Let each container have what the others give it."""
        before, count = -1, 0
        while before != count:
            before = count
            for node, whole in self.parts:
                self.others.setdefault(node, set()).update(self.others.get(whole, ()))
                if whole in self.unknown:
                    self.unknown.add(node)
                if whole in self.outside:
                    self.outside.add(node)
                keys = self.keys.get(whole, frozenset(self.named.get(whole, ())))
                self.keys[node] = self.keys.get(node, keys) & keys
            for node, whole in self.loads:
                if whole in self.unknown | self.outside:
                    self.unknown.add(node)
            count = sum(map(len, self.others.values()))
            count += len(self.unknown) + len(self.outside)
            count -= sum(map(len, self.keys.values()))


def find_contents(function: Function, aliases: Aliases, library: Library) -> Contents:
    """What the containers of a function hold."""
    found = Contents(aliases, library)
    given = {param.slot for param in function.params}
    for slot in given:
        found.param(slot)
    found.opened(*(slot for slot in free(function.body) if slot not in given))
    for statement in statements(function.body):
        found.statement(statement)
    found.close()
    return found
