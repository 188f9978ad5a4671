"""Which slots may share memory, and which memory is written.

Steensgaard's analysis (unification, almost linear): every slot belongs to one class;
slots that may be the same object, or a view of the same array, are in the same class,
and a class has one class for all elements of its containers. Scalars are immutable and
stay out. A class is *written* if any statement stores to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dpc.analysis.bundles import find_bundles
from dpc.analysis.classes import Node, find, unify, within
from dpc.analysis.roots import Roots, Write
from dpc.analysis.sharing import COPIES, joins, may_be_metadata, takes_keys
from dpc.analysis.tapes import Tapes
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    Derivative,
    Do,
    For,
    Function,
    If,
    Object,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    While,
    With,
)
from dpc.ir.walk import free

# Facts of values that are immutable and hold no references.
_PLAIN = frozenset("float int bool complex scalar str none slice".split())
_PLAIN |= {"range", "module", "function"}
MUTATORS = frozenset(
    "method.append method.extend method.insert method.pop method.remove method.clear "
    "method.update method.setdefault method.sort method.reverse method.popitem".split()
)
# They add to what stands in their first operand, in its place.
_ADDING = frozenset("dpc.accumulate dpc.add_at dpc.add_attr dpc.add_cells".split())
_PARTS_OF_SHADOWS = frozenset(("dpc.shadow_attr", "dpc.shadow_item"))


@dataclass
class Aliases:
    """The classes of a function's slots."""

    facts: Facts
    tapes: Tapes
    roots: Roots
    nodes: dict[Slot, Node] = field(default_factory=dict)
    objects: dict[tuple[str, ...], Node] = field(default_factory=dict)
    # Preorder positions: a statement's, begin and end of the outermost loop over it.
    positions: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def node(self, atom: Atom) -> Node | None:
        """The class of an atom; None for immutable values."""
        match atom:
            case Slot():
                if self.facts.get(atom, ANY).kind in _PLAIN:
                    return None
                found = self.nodes.get(atom)
                if found is None:
                    found = self.nodes[atom] = Node()
                return find(found)
            case Object(scope, path):
                return find(self.objects.setdefault((scope, *path), Node()))
            case Const() | Undefined():
                return None

    def element(self, node: Node) -> Node:
        """The class of the elements of a class of containers."""
        node = find(node)
        if node.element is None:
            node.element = Node()
        return find(node.element)

    def written(self, atom: Atom) -> bool:
        """Some statement stores to memory that the atom may reach. A container of what
        is written counts: its shadow has to hold their shadows."""
        node, seen = self.node(atom), set[int]()
        while node is not None and id(node) not in seen:
            if node.written:
                return True
            seen.add(id(node))
            node = None if node.element is None else find(node.element)
        return False

    def reaches(self, whole: Atom, part: Atom) -> bool:
        """`part` may be memory of `whole`, or of something that `whole` holds."""
        node, wanted = self.node(whole), self.node(part)
        return node is not None and wanted in (node, *within(node))

    def rewritten(self, atom: Atom, statement: Stmt, after: bool = False) -> bool:
        """Memory of the atom may be written by `statement` or, with `after`, once it
        has run."""
        node = self.node(atom)
        return node is not None and self._later(node, atom, statement, after)

    def altered(self, atom: Atom, statement: Stmt, after: bool = False) -> bool:
        """The same of what a container holds."""
        node = self.node(atom)
        return node is not None and any(
            self._later(inner, None, statement, after) for inner in within(node)
        )

    def _later(
        self, node: Node, atom: Atom | None, statement: Stmt, after: bool
    ) -> bool:
        if node.last < 0:
            return False
        here, begin, end = self.positions[id(statement)]
        # Inside a loop, an earlier statement of the body runs again.
        first = begin if begin >= 0 and end >= here else here + after
        return any(
            atom is None
            or not self.roots.apart(atom, id(statement), write, write.at < here + after)
            for write in node.writes
            if write.at >= first
        )


class _Collector:
    def __init__(self, aliases: Aliases, library: Library, bundles: set[Slot]) -> None:
        self.aliases = aliases
        self.library = library
        self.bundles = bundles
        self.held: list[tuple[Node, Write]] = []
        self.clock = self.place = 0
        self.loop = (-1, -1)

    def unify(self, *atoms: Atom) -> None:
        nodes = [n for n in map(self.aliases.node, atoms) if n is not None]
        for node in nodes[1:]:
            unify(nodes[0], node)

    def write(self, atom: Atom, certain: bool = True, by: Atom | None = None) -> None:
        node = self.aliases.node(atom)
        if node is not None:
            node.written = node.written or certain
            node.last = max(node.last, self.clock)
            node.writes.append(Write(self.clock, by or atom, self.place))

    def write_held(self, container: Atom) -> None:
        """What stands in a container is written in its place, whatever that will be."""
        node = self.aliases.node(container)
        if node is not None and not self.fact(container).is_number:
            self.held.append((node, Write(self.clock, container, self.place)))

    def finish(self) -> None:
        """Tell all that containers hold by now of the writes to it."""
        for node, write in self.held:
            for inside in within(find(node)):
                inside.written = True
                inside.last = max(inside.last, write.at)
                inside.writes.append(write)

    def holds(self, container: Atom, item: Atom) -> None:
        base, node = self.aliases.node(container), self.aliases.node(item)
        if base is not None and node is not None:
            unify(self.aliases.element(base), node)

    def block(self, block: Block) -> None:
        for statement in block:
            self.statement(statement)

    def statement(self, statement: Stmt) -> None:
        self.clock, self.place = self.clock + 1, id(statement)
        self.aliases.positions[id(statement)] = (self.clock, *self.loop)
        match statement:
            case Assign(target, Apply() as value):
                self.apply(target, value)
            case Assign(target, (Slot() | Const() | Object()) as value):
                self.unify(target, value)
            case Do(value):
                self.apply(None, value)
            case Store(_, base, index, value) | Update(_, _, base, index, value):
                self.write(base)
                self.stored(base, index, value)
                if isinstance(statement, Update):
                    self.write_held(base)
            case If(_, then, orelse, merges):
                self.block(then)
                self.block(orelse)
                for merge in merges:
                    self.unify(merge.target, merge.then, merge.orelse)
            case For(body=body, carries=carries):
                self.in_loop(statement, (body,), carries)
            case While(head=head, body=body, carries=carries):
                self.in_loop(statement, (head, body), carries)
            case With(context, target, body):
                if target is not None:
                    self.unify(target, context)
                self.block(body)
            case Record() | Replay() | Recall() | Pullback() | Derivative():
                self.adjoint(statement)

    def adjoint(
        self, statement: Record | Replay | Recall | Pullback | Derivative
    ) -> None:
        match statement:
            case Replay(body=body, carries=carries):
                self.replayed(statement)
                self.in_loop(statement, (body,), carries)
            case Recall():
                self.replayed(statement)
            case Pullback(_, _, body, _):
                self.in_loop(statement, (body,), ())
            case Derivative(targets, recipe, _, args, body, result):
                # What happens inside is its own affair until it has been taken.
                if recipe.mode in ("vjp", "soften"):
                    self.unify(targets[0], *args, *free(body, result))

    def replayed(self, statement: Replay | Recall) -> None:
        """What comes off a tape is what went there."""
        for value, target in self.aliases.tapes.flows(statement):
            self.unify(target, value)

    def in_loop(
        self, statement: Stmt, blocks: tuple[Block, ...], carries: tuple[Carry, ...]
    ) -> None:
        outer, begin = self.loop, self.clock
        outermost = outer[0] < 0
        if outermost:
            self.loop = (begin, begin)
        inside = len(self.aliases.positions)
        for block in blocks:
            self.block(block)
        if outermost:
            # The end is known only now: give it to every statement of the loop.
            keys = list(self.aliases.positions)[inside:]
            for key in keys:
                here, _, _ = self.aliases.positions[key]
                self.aliases.positions[key] = (here, begin, self.clock)
        self.loop = outer
        for carry in carries:
            self.unify(carry.header, carry.init, carry.next, carry.result)

    def bundled(self, bundle: Slot, item: Atom) -> None:
        node, member = self.aliases.node(bundle), self.aliases.node(item)
        if node is not None and member is not None:
            node.members.append(member)

    def stored(self, base: Atom, index: Atom, value: Atom) -> None:
        """Arrays copy what is stored to them; containers hold it, or its elements."""
        # A number that can be stored to is an array.
        if not self.fact(base).is_number:
            several = self.fact(base).kind == "list" and self.slices(index)
            (self.extended if several else self.holds)(base, value)

    def fact(self, atom: Atom) -> Fact:
        return self.aliases.facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def apply(self, target: Slot | None, call: Apply) -> None:
        primitive = self.library[call.fn]
        args = call.operands
        if call.fn in MUTATORS or primitive.effect == "writes":
            owner = args[primitive.owner]
            self.write(owner)
            if call.fn in _ADDING:
                self.write_held(owner)
            if call.fn == "method.extend":
                self.extended(owner, args[1])
            else:
                for item in args[primitive.owner + 1 :]:
                    self.holds(owner, item)
        if call.fn == "call":
            # What the callee does is not known. It may write what it is given, though
            # not what is differentiated: that is refused when it runs.
            # A call for its effect alone writes something, or there is no point to it.
            for item in args[1:]:
                # It may write what it was given in an earlier iteration.
                self.write(item, target is None, by=call.args[0])
                if target is not None:
                    self.unify(target, item)
                    self.holds(target, item)
        if target is None:
            return
        if call.fn == "getitem" or call.fn == "getattr" or call.fn == "unpack":
            self.load(target, call)
        elif takes_keys(self.aliases.facts, call):
            return
        elif call.fn in COPIES or joins(self.aliases.facts, call):
            for item in args:
                self.extended(target, item)
        elif primitive.memory == "parts" and args:
            self.holds(target, args[primitive.owner])
        elif call.fn in _PARTS_OF_SHADOWS:
            self.part_of_shadow(target, call)
        elif primitive.memory == "view" and args:
            self.unify(target, args[primitive.owner])
        elif primitive.memory == "element" and args:
            self.element_of(target, args[0])
        elif primitive.memory == "holds" or call.fn in ("tuple", "list", "dict", "new"):
            hold = self.bundled if target in self.bundles else self.holds
            for item in args:
                hold(target, item)
        elif primitive.effect == "world" and call.fn not in self.library:
            for item in args:
                self.unify(target, item)

    def part_of_shadow(self, target: Slot, call: Apply) -> None:
        """A view of an array's shadow, or what stands in that of a container."""
        _, base, shadow, _ = call.args
        if not self.fact(base).is_array:
            self.element_of(target, shadow)
        if call.fn == "dpc.shadow_item" or self.fact(base).kind != "object":
            self.unify(target, shadow)

    def slices(self, index: Atom) -> bool:
        """The index takes a part of a list, not an element."""
        part = isinstance(index, Const) and isinstance(index.value, slice)
        return part or self.fact(index).kind == "slice"

    def extended(self, base: Atom, items: Atom) -> None:
        """A list is extended by the elements of another container, or by rows."""
        nodes = [self.aliases.node(atom) for atom in (base, items)]
        if nodes[0] is not None and nodes[1] is not None:
            if not self.fact(items).is_array:
                unify(self.aliases.element(nodes[0]), self.aliases.element(nodes[1]))
            if self.fact(items).is_array or self.fact(items).kind == "any":
                self.holds(base, items)

    def element_of(self, target: Atom, container: Atom) -> None:
        base, node = self.aliases.node(container), self.aliases.node(target)
        if base is not None and node is not None:
            unify(self.aliases.element(base), node)

    def unpacked(self, target: Slot, base: Atom) -> None:
        """A tuple of the elements of a container, or of the rows of an array."""
        node, whole = self.aliases.node(target), self.aliases.node(base)
        if node is None or whole is None:
            return
        kind = self.fact(base).kind
        if kind in ("array", "number", "any"):
            unify(self.aliases.element(node), whole)
        if kind not in ("array", "number"):
            whole = self.aliases.node(base)
            assert whole is not None
            unify(self.aliases.element(node), self.aliases.element(whole))

    def load(self, target: Slot, call: Apply) -> None:
        base = call.args[0]
        fact = self.fact(base)
        if call.fn == "getattr" and may_be_metadata(self.aliases.facts, call):
            return
        if fact.is_array and self.fact(call.args[-1]).is_array:
            return  # an array as index: a copy
        if call.fn == "unpack":
            self.unpacked(target, base)
        elif fact.kind in ("tuple", "list", "dict"):
            if self.slices(call.args[1]):
                self.extended(target, base)
            else:
                self.element_of(target, base)
        elif fact.is_array or fact.kind == "number":
            self.unify(target, base)
        elif fact.kind == "object" and call.fn == "getattr":
            self.element_of(target, base)
        else:
            # An array's view or a container's element: it may be either.
            self.unify(target, base)
            self.element_of(target, base)


def find_aliases(
    function: Function,
    facts: Facts,
    library: Library,
    groups: Iterable[Iterable[Slot]] = (),
) -> Aliases:
    """The alias classes of a function.

    groups: slots that may share memory where it begins.
    """
    tapes, roots = Tapes(function.body), Roots(function, facts, library)
    aliases = Aliases(facts, tapes, roots)
    collector = _Collector(aliases, library, find_bundles(function, facts, library))
    for group in groups:
        collector.unify(*group)
    collector.block(function.body)
    collector.finish()
    return aliases
