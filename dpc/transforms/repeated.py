"""What it takes to run the body of a loop once more, from the middle.

memory    arrays from outside that the body writes and reads: part of every snapshot
frozen    what the body reads and what is written after the loop: copied before it
held      the lists and dicts among it, and `grown` what writes those (`held`)
done      prints and checks, and stores to what the body never reads: left out
draws     what random numbers are drawn from: its states are part of every snapshot
"""

from __future__ import annotations

from collections.abc import Iterator

from dpc import runtime
from dpc.analysis.aliases import MUTATORS
from dpc.analysis.classes import Node, find
from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.library import LATE_CALLS
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    For,
    Object,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import bound, definitions, inner, operands, statements
from dpc.passes.prune import INERT
from dpc.source import Span
from dpc.transforms.held import can_be_held, cannot_be_held
from dpc.transforms.state import State

DONE = frozenset(("print", "raise", "assert"))
UNSEEDED = frozenset(("np.random.default_rng", "np.random.RandomState"))
CONTEXTS = INERT | {"dpc.temperature"}
COPIED = frozenset(("array", "number", "scalar", "any"))
RANDOM = Object("np", ("random",))


class Repeated:
    """One loop of the primal, and how its body is run again.

    Raises UnsupportedError for a body that would do or read something else when it is
    run again.
    """

    def __init__(self, state: State, loop: For | While) -> None:
        self.state, self.loop, self.aliases = state, loop, state.aliases
        self.body = (*(loop.head if isinstance(loop, While) else ()), *loop.body)
        self.all = list(statements(self.body))
        self.own = {*bound(loop), *definitions(self.body)}
        self.written = [n for s in self.all for n in self._nodes(_written_by(state, s))]
        told = (s for s in self.all if isinstance(s, Do) and s.value.fn in DONE)
        self.done = set(map(id, told))
        for node in {id(node): node for node in self.written}.values():
            self._fill(node)
        # Of the carries, those whose memory is written, in the loop or after it.
        self.moving = [c for c in loop.carries if self.changes(c.header)]
        self.memory: list[Slot] = []
        self.frozen: list[Slot] = []
        for slot in self.outside():
            if self.changes(slot):
                inside = any(n in self.written for n in self._reached(slot))
                (self.memory if inside else self.frozen).append(slot)
        self.grown: set[int] = set()  # statements that write what is held
        self.held = [slot for slot in self.memory if self._is_held(slot)]
        self.memory = [slot for slot in self.memory if slot not in self.held]
        self.memory += self.held
        for slot in (*(c.header for c in self.moving), *self.memory):
            copied = state.build.fact(slot).kind in COPIED or slot in self.held
            if not copied:
                raise cannot_be_held(state, slot, loop.span)
        self.draws: list[Atom] = []
        for statement in self.all:
            self._effect(statement)

    def outside(self) -> list[Slot]:
        """The slots from outside that a second run of the body reads."""
        again = tuple(s for s in self.all if id(s) not in self.done)
        read = (a for s in again for a in (*operands(s), *inner(s)))
        ends = (carry.next for carry in self.loop.carries)
        slots = dict.fromkeys(a for a in (*read, *ends) if isinstance(a, Slot))
        return [slot for slot in slots if slot not in self.own]

    def _is_held(self, slot: Slot) -> bool:
        """A list or dict that the loop writes, and that a snapshot may hold."""
        node = self.aliases.node(slot)
        writers = [
            s
            for s in self.all
            if any(found is node for found in self._nodes(_written_by(self.state, s)))
        ]
        if not can_be_held(self.state, slot, writers):
            return False
        self.grown |= set(map(id, writers))
        return True

    def changes(self, slot: Slot) -> bool:
        """Memory that the slot reaches may be written by the loop, or after it."""
        here, begin, end = self.aliases.positions[id(self.loop)]
        return any(
            node.last >= here or (begin >= 0 and node.last >= begin and end >= here)
            for node in self._reached(slot)
        )

    def _nodes(self, atom: Atom) -> list[Node]:
        node = self.aliases.node(atom)
        return [] if node is None else [node]

    def _reached(self, atom: Atom) -> Iterator[Node]:
        """The class of an atom, and those of its parts."""
        seen = set[int]()
        node = self.aliases.node(atom)
        while node is not None and id(node) not in seen:
            seen.add(id(node))
            yield node
            node = None if node.element is None else find(node.element)

    # What is done by the first run

    def _fill(self, node: Node) -> None:
        """Leave out the stores to memory from outside that the loop only fills."""
        stores = [s for s in self.all if self._fills(s, node)]
        filling = set(map(id, stores))
        others = [s for s in self.all if id(s) not in filling]
        read = [a for s in others for a in (*operands(s), *inner(s))]
        read += [a for c in self.loop.carries for a in (c.header, c.init)]
        if not any(self.aliases.node(atom) is node for atom in read):
            self.done |= filling

    def _fills(self, statement: Stmt, node: Node) -> bool:
        base = _written_by(self.state, statement)
        others = [a for a in operands(statement) if a is not base]
        if self.aliases.node(base) is not node or base in self.own:
            return False
        if any(self.aliases.node(atom) is node for atom in others):
            return False
        match statement:
            case Store("item") | Update("item" | "whole", "add" | "sub"):
                return self.state.is_array(base)
            case Do(Apply("method.append", (_, item))):
                kept = self.state.build.fact(base).kind == "list"
                return kept and not self.state.shadowed(item)
        return False

    # What is done again

    def _effect(self, statement: Stmt) -> None:
        """Take note of what is drawn; refuse what must not be done twice."""
        if id(statement) in self.done:
            return
        if isinstance(statement, With):
            found = self.state.build.definition(statement.context)
            if found is None or found.fn not in CONTEXTS:
                raise _twice("a context is entered", statement.span)
        call = getattr(statement, "value", None)
        if not isinstance(call, Apply):
            return
        span = getattr(statement, "span", None)
        if call.fn in UNSEEDED and not call.operands:
            raise _twice("a generator without a seed is made", span)
        if call.fn.startswith(("np.random.", "random.")):
            self._draw(RANDOM)
        elif call.fn == "call":
            for atom in call.operands:
                self._draw(atom)
        elif self._is_declared(call.fn):
            self._draw(RANDOM)
            for atom in call.operands:
                self._draw(atom)
        elif self.state.library[call.fn].effect != "world":
            return
        elif call.fn.startswith("method."):
            if not self._draw(call.args[0]):
                raise _twice("it cannot be told what a method is called of", span)
        elif not call.fn.startswith("dpc.") and call.fn not in LATE_CALLS:
            raise _twice(f"{call.fn} is called", span)

    def _is_declared(self, fn: str) -> bool:
        """A function of the user's that carries no derivative: it may well draw."""
        rule = self.state.rules.get(fn)
        if rule is None or rule.kind != "constant" or "." not in fn:
            return False
        root, _, name = fn.partition(".")
        if root == "dpc":
            return not hasattr(runtime, name)
        return root not in ("np", "method") and not runtime.in_library(root)

    def _draw(self, atom: Atom) -> bool:
        """Random numbers may be drawn from this, or from what it is a part of.

        Whether it is known what that is.
        """
        if self._is_plain(atom) or not isinstance(atom, Slot | Object):
            return True
        if isinstance(atom, Slot) and atom in self.own:
            match self.state.build.definitions.get(atom):
                case Slot() | Object() as same:
                    return self._draw(same)
                case Apply("getattr" | "getitem" | "unpack" | "sequence", (whole, *_)):
                    return self._draw(whole)
                case Apply(fn):
                    return fn in UNSEEDED  # With a seed, as it is in every run.
            return False
        if not any(_same(known, atom) for known in self.draws):
            self.draws.append(atom)
        return True

    def _is_plain(self, atom: Atom) -> bool:
        """No generator can be in it."""
        fact = self.state.build.fact(atom)
        return fact.is_number or fact.kind in ("str", "none", "slice", "range")


def _same(one: Atom, other: Atom) -> bool:
    if isinstance(one, Object) and isinstance(other, Object):
        return (one.scope, one.path) == (other.scope, other.path)
    return one is other


def _written_by(state: State, statement: Stmt) -> Atom:
    """What the statement writes, if it is memory."""
    match statement:
        case Store(_, base) | Update(_, _, base):
            return base
        case Do(call) | Assign(_, Apply() as call):
            writes = state.library[call.fn].effect == "writes"
            if call.args and (writes or call.fn in MUTATORS):
                return call.args[0]
    return Const(None)


def _twice(what: str, span: Span | None) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            f"a checkpointed loop in which {what}",
            "is run again in the backward pass",
            span,
            hint="do it before the loop",
        )
    )
