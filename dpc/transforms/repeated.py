"""What it takes to run the body of a loop once more, from the middle.

memory    arrays from outside that the body writes and reads: part of every snapshot
frozen    what the body reads and what is written after the loop: copied before it
done      prints and checks, and stores to what the body never reads: left out
draws     what random numbers are drawn from: its states are part of every snapshot
"""

from __future__ import annotations

from collections.abc import Iterator

from dpc.analysis.aliases import MUTATORS, Node, find
from dpc.errors import Diagnostic, UnsupportedError
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
from dpc.transforms.state import State

DONE = frozenset(("print", "raise", "assert"))
UNSEEDED = frozenset(("np.random.default_rng", "np.random.RandomState"))
CONTEXTS = INERT | {"dpc.temperature"}
COPIED = frozenset(("array", "number", "any"))
LATE = frozenset(("call", "call_watched", "vjp", "vjp_method", "vjp_shared"))


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
        for slot in (*(c.header for c in self.moving), *self.memory):
            if state.build.fact(slot).kind not in COPIED | {"scalar"}:
                raise _kept(slot, state.build.fact(slot).kind, loop.span)
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
            self._draw(Object("np", ("random",)))
        elif call.fn == "call":
            self._draw(*call.operands)
        elif self.state.library[call.fn].effect != "world":
            return
        elif call.fn.startswith("method."):
            self._draw(call.args[0])
        elif not self._is_known(call.fn):
            raise _twice(f"{call.fn} is called", span)

    def _is_known(self, fn: str) -> bool:
        """dpc's own, or declared by the user to depend on its operands only."""
        own = fn.startswith("dpc.") or fn in LATE
        return own or (fn in self.state.rules and fn not in self.state.library)

    def _draw(self, *atoms: Atom) -> None:
        """Random numbers may be drawn from these, or from what they are parts of."""
        for atom in atoms:
            if isinstance(atom, Slot) and atom in self.own:
                found = self.state.build.definition(atom)
                if found is not None and found.fn in ("getattr", "getitem"):
                    self._draw(found.args[0])
            elif isinstance(atom, Slot | Object) and not self._is_plain(atom):
                same = [a for a in self.draws if _same(a, atom)]
                self.draws += [] if same else [atom]

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


def _kept(slot: Slot, kind: str, span: Span | None) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            f"a checkpointed loop that writes the {kind} `{slot.name}`",
            "a snapshot holds numbers and arrays",
            span,
            hint="let numbers and arrays go from one step to the next; a list that is"
            " only\nappended to, and not read in the loop, can stay",
        )
    )


def _twice(what: str, span: Span | None) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            f"a checkpointed loop in which {what}",
            "is run again in the backward pass",
            span,
            hint="do it before the loop",
        )
    )
