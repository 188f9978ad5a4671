"""Which values vary with the differentiated parameters and matter to the result.

A slot is *varied* if it depends on a differentiated parameter, *useful* if the result
depends on it, and *active* if both. Only active slots get an adjoint. Memory is judged
by its alias class: what is stored to one member can be read from any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from dpc.analysis.aliases import MUTATORS, Aliases, find_aliases
from dpc.analysis.classes import Node, within
from dpc.analysis.sharing import is_metadata, takes_keys
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
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
    Recall,
    Replay,
    Slot,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.walk import free, statements

# Backward sweeps add to their first operand by these.
ADDERS = frozenset(
    "dpc.accumulate dpc.replace dpc.add_at dpc.add_cells dpc.add_attr dpc.unpop "
    "dpc.exchange dpc.exchange_attr dpc.restore dpc.restore_attr".split()
)
# Those whose first operand is not what they write: the primal's memory is.
OWNERS = {
    f"dpc.{name}": 1
    for name in ("exchange", "exchange_attr", "restore", "restore_attr")
}
# Does a primitive carry a derivative from its operands to its result?
Carries = Callable[[str], bool]
# They depend on an operand in a way that matters to nobody: how a solution is found.
ENDS = frozenset(("dpc.solution",))
# Their result depends on what their equation does, and so does the solution in it.
EQUATIONS = frozenset(("dpc.at_fixed_point", "dpc.at_root"))


@dataclass
class Activity:
    """The active slots of a function."""

    aliases: Aliases
    varied: set[Slot] = field(default_factory=set)
    useful: set[Slot] = field(default_factory=set)
    varied_memory: set[int] = field(default_factory=set)
    useful_memory: set[int] = field(default_factory=set)

    def is_varied(self, atom: Atom) -> bool:
        """The atom depends on a differentiated parameter."""
        if isinstance(atom, Slot):
            fact = self.aliases.facts.get(atom, ANY)
            if not fact.is_float_like:
                return False
            if atom in self.varied:
                return True
        # Into memory that nothing writes no more comes than what its slots say.
        node = self.aliases.node(atom)
        return (
            node is not None
            and not self.varied_memory.isdisjoint(map(id, _with_elements(node)))
            and self.aliases.written(atom)
        )

    def is_useful(self, atom: Atom) -> bool:
        """The result depends on the atom."""
        if isinstance(atom, Slot) and atom in self.useful:
            return True
        node = self.aliases.node(atom)
        return node is not None and id(node) in self.useful_memory

    def active(self, atom: Atom) -> bool:
        """The atom needs an adjoint."""
        return self.is_varied(atom) and self.is_useful(atom)


class _Spread:
    """One direction of the analysis, run until nothing changes."""

    def __init__(self, activity: Activity, carries: Carries) -> None:
        self.activity = activity
        self.aliases = activity.aliases
        self.carries = carries
        self.changed = False

    def vary(self, atom: Atom, memory: bool = False) -> None:
        known = self.activity.varied
        if isinstance(atom, Slot) and atom not in known:
            if not self.aliases.facts.get(atom, ANY).is_float_like:
                return
            known.add(atom)
            self.changed = True
        self._memory(atom, self.activity.varied_memory, memory)

    def use(self, atom: Atom, memory: bool = False) -> None:
        known = self.activity.useful
        if isinstance(atom, Slot) and atom not in known:
            known.add(atom)
            self.changed = True
        self._memory(atom, self.activity.useful_memory, memory)

    def _memory(self, atom: Atom, known: set[int], stored: bool) -> None:
        node = self.aliases.node(atom)
        if node is None or not (stored or node.written or node.element is not None):
            return
        for each in _with_elements(node):
            if id(each) not in known:
                known.add(id(each))
                self.changed = True

    def forward(self, block: Block) -> None:
        varied = self.activity.is_varied
        for statement in block:
            match statement:
                case Assign(target, Apply() as value):
                    if self._result_varies(value):
                        for slot in (target, *_unknowns(value)):
                            self.vary(slot)
                    self._effects(value)
                case Assign(target, (Slot() | Const() | Object()) as value):
                    if varied(value):
                        self.vary(target)
                case Do(value):
                    self._effects(value)
                case Store(_, base, _, value) | Update(_, _, base, _, value):
                    if varied(value):
                        self.vary(base, memory=True)
                case If(_, then, orelse, merges):
                    self.forward(then)
                    self.forward(orelse)
                    for merge in merges:
                        if varied(merge.then) or varied(merge.orelse):
                            self.vary(merge.target)
                case For(body=body, carries=carries):
                    self._enter(carries)
                    self.forward(body)
                    self._enter(carries)
                case While(head=head, body=body, carries=carries):
                    self._enter(carries)
                    self.forward(head)
                    self.forward(body)
                    self._enter(carries)
                case With(body=body):
                    self.forward(body)
                case Replay(body=body, carries=carries):
                    self._vary_by(statement)
                    self._enter(carries)
                    self.forward(body)
                    self._enter(carries)
                case Recall():
                    self._vary_by(statement)
                case Derivative(targets, _, _, args, body, result):
                    if any(map(varied, (*args, *free(body, result)))):
                        for target in targets:
                            self.vary(target)
                case _:
                    pass

    def _vary_by(self, reader: Replay | Recall) -> None:
        for value, target in self.aliases.tapes.flows(reader):
            if self.activity.is_varied(value):
                self.vary(target)

    def _enter(self, carries: Iterable[Carry]) -> None:
        for carry in carries:
            if self.activity.is_varied(carry.init) or self.activity.is_varied(
                carry.next
            ):
                self.vary(carry.header)
                self.vary(carry.result)

    def _result_varies(self, call: Apply) -> bool:
        facts = self.aliases.facts
        if call.fn == "getattr" and is_metadata(facts, call):
            return False
        if takes_keys(facts, call):
            return False
        return self.carries(call.fn) and any(
            map(self.activity.is_varied, call.operands)
        )

    def _effects(self, call: Apply) -> None:
        if not any(map(self.activity.is_varied, call.operands)):
            return
        writes = call.fn in MUTATORS or call.fn.endswith(".at") or call.fn in ADDERS
        if writes or call.fn.startswith("dpc.i"):
            self.vary(call.args[OWNERS.get(call.fn, 0)], memory=True)
        elif call.fn == "call":
            for atom in call.args[1:]:
                node = self.aliases.node(atom)
                if node is not None and node.written:
                    self.vary(atom, memory=True)

    def backward(self, block: Block) -> None:
        useful = self.activity.is_useful
        for statement in reversed(block):
            match statement:
                case Assign(target, Apply() as value):
                    self._operands(value, useful(target))
                case Assign(target, (Slot() | Const() | Object()) as value):
                    if useful(target):
                        self.use(value)
                case Do(value):
                    self._operands(value, False)
                case Store(_, base, _, value):
                    if useful(base):
                        self.use(value)
                        self.use(base, memory=True)
                case Update(_, _, base, _, value):
                    if self._reaches_useful(base):
                        self.use(value)
                        self.use(base, memory=True)
                case If(_, then, orelse, merges):
                    for merge in merges:
                        if useful(merge.target):
                            self.use(merge.then)
                            self.use(merge.orelse)
                    self.backward(then)
                    self.backward(orelse)
                case For(body=body, carries=carries):
                    self._leave(carries)
                    self.backward(body)
                    self._leave(carries)
                case While(head=head, body=body, carries=carries):
                    self._leave(carries)
                    self.backward(body)
                    self.backward(head)
                    self._leave(carries)
                case With(body=body):
                    self.backward(body)
                case Replay(body=body, carries=carries):
                    self._leave(carries)
                    self.backward(body)
                    self._leave(carries)
                    self._use_by(statement)
                case Recall():
                    self._use_by(statement)
                case Derivative(targets, _, _, args, body, result):
                    if any(map(useful, targets)):
                        for atom in (*args, *free(body, result)):
                            self.use(atom)
                case _:
                    pass

    def _use_by(self, reader: Replay | Recall) -> None:
        for value, target in self.aliases.tapes.flows(reader):
            if self.activity.is_useful(target):
                self.use(value)

    def _leave(self, carries: Iterable[Carry]) -> None:
        for carry in carries:
            if self.activity.is_useful(carry.result) or self.activity.is_useful(
                carry.header
            ):
                self.use(carry.init)
                self.use(carry.next)
                self.use(carry.header)

    def _reaches_useful(self, owner: Atom) -> bool:
        """The atom, or what it holds: that may be known by another name, too."""
        if self.activity.is_useful(owner):
            return True
        node, memory = self.aliases.node(owner), self.activity.useful_memory
        return node is not None and any(id(n) in memory for n in within(node))

    def _operands(self, call: Apply, useful: bool) -> None:
        writes = call.fn in MUTATORS or call.fn.endswith(".at") or call.fn in ADDERS
        if call.fn == "call":
            useful = useful or any(map(self.activity.is_useful, call.args[1:]))
        if writes or call.fn.startswith("dpc.i"):
            owner = call.args[OWNERS.get(call.fn, 0)]
            useful = useful or self._reaches_useful(owner)
        if useful and self.carries(call.fn) and call.fn not in ENDS:
            for atom in call.operands:
                self.use(atom)


def _unknowns(call: Apply) -> tuple[Atom, ...]:
    """The solution and the result of the step at it."""
    return call.args[:2] if call.fn in EQUATIONS else ()


def unexplained(block: Block) -> list[Slot]:
    """Solutions whose equation is gone, as that of a derivative is: they may depend on
    anything."""
    calls = [
        (s.target, s.value)
        for s in statements(block)
        if isinstance(s, Assign) and isinstance(s.value, Apply)
    ]
    known = {atom for _, call in calls for atom in _unknowns(call)}
    return [slot for slot, call in calls if call.fn in ENDS and slot not in known]


def _with_elements(node: Node) -> list[Node]:
    from_node: list[Node] = []
    seen: set[int] = set()
    current: Node | None = node
    while current is not None:
        while current.parent is not None:
            current = current.parent
        if id(current) in seen:
            break
        seen.add(id(current))
        from_node.append(current)
        current = current.element
    return from_node


def find_activity(
    function: Function,
    aliases: Aliases,
    wrt: Iterable[Slot],
    carries: Carries,
    outputs: Iterable[Slot] = (),
) -> Activity:
    """The activity of a function differentiated with respect to the slots `wrt`.

    `outputs` are parameters that are results as well: what the function leaves in them.
    """
    activity = Activity(aliases)
    spread = _Spread(activity, carries)
    for slot in (*wrt, *unexplained(function.body)):
        spread.vary(slot, memory=True)
    spread.changed = True
    while spread.changed:
        spread.changed = False
        spread.forward(function.body)
    for atom in (function.result, *outputs):
        spread.use(atom, memory=True)
    spread.changed = True
    while spread.changed:
        spread.changed = False
        spread.backward(function.body)
    return activity


def varies(
    function: Function,
    facts: Facts,
    library: Library,
    wrt: Iterable[Slot],
    groups: Iterable[Iterable[Slot]] = (),
) -> Callable[[Atom], bool]:
    """What tells whether an atom depends on the slots `wrt`: found when first asked."""

    @cache
    def found() -> Activity:
        aliases = find_aliases(function, facts, library, groups)
        return find_activity(function, aliases, wrt, lambda fn: True)

    return lambda atom: found().is_varied(atom)
