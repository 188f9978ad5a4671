"""Memory that only feeds itself is not written.

before                                  after
`for ...:`                              `for ...:`
`    b_bar[1:] += a_bar[1:]`            `    b_bar_dot[1:] += a_bar_dot[1:]`
`    b_bar_dot[1:] += a_bar_dot[1:]`    `    ...`
`    a_bar[:-1] += b_bar[:-1]`
`    ...`
`return a_bar_dot`                      `return a_bar_dot`

An array that the function makes itself is wanted if something that is wanted reads it,
under any of its names; what is stored to one that is not wanted is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.fresh import LIKE, makes_array
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Do,
    For,
    Function,
    If,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    Value,
    While,
    With,
)
from dpc.ir.rebuild import flat_map, map_blocks, with_body
from dpc.ir.walk import (
    blocks,
    bound,
    inner,
    operands,
    statements,
    targets,
    value_operands,
)

_PURE = ("", "reads")


def idle(function: Function, facts: Facts, library: Library) -> Function:
    """The function without what is written to memory that nobody wants."""
    wanted = _Wanted(function, facts, library)
    if not wanted.own:
        return function

    def kept(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Store | Update) and not wanted.writes(statement):
            return ()
        return (map_blocks(statement, inside),)

    def inside(block: Block) -> Block:
        return flat_map(block, kept)

    return with_body(function, inside(function.body))


class _Wanted:
    """The slots and the classes of memory that the result needs."""

    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.library = library
        self.aliases = find_aliases(function, facts, library)
        self.own = _own(function, self.aliases, library)
        self.slots: set[Slot] = set()
        self.memory: set[int] = set()
        self.changed = bool(self.own)
        self.read((function.result,))
        while self.changed:
            self.changed = False
            self.block(function.body)

    def read(self, atoms: Iterable[Atom]) -> None:
        """These atoms are wanted."""
        for atom in atoms:
            if not isinstance(atom, Slot):
                continue
            if atom not in self.slots:
                self.slots.add(atom)
                self.changed = True
            node = self.aliases.node(atom)
            if node is not None and id(node) not in self.memory:
                self.memory.add(id(node))
                self.changed = True

    def computed(self, value: Value) -> None:
        """This value is wanted: of some operands only the shape."""
        like = isinstance(value, Apply) and value.fn in LIKE
        shapes = (0,) if like else ()
        for place, atom in enumerate(value_operands(value)):
            if place not in shapes:
                self.read((atom,))
            elif isinstance(atom, Slot) and atom not in self.slots:
                self.slots.add(atom)
                self.changed = True

    def has(self, slot: Slot) -> bool:
        """The slot is wanted, or memory that it names."""
        node = self.aliases.node(slot)
        return slot in self.slots or (node is not None and id(node) in self.memory)

    def writes(self, statement: Store | Update) -> bool:
        """The statement writes what is wanted, or what may be seen from outside."""
        node = self.aliases.node(statement.base)
        return node is None or id(node) not in self.own or id(node) in self.memory

    def block(self, block: Block) -> None:
        for statement in reversed(block):
            self.statement(statement)

    def statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, value):
                acts = isinstance(value, Apply) and (
                    self.library[value.fn].effect not in _PURE
                )
                if acts or self.has(target):
                    self.computed(value)
                return
            case Store() | Update():
                if self.writes(statement):
                    self.read(operands(statement))
                return
            case If(merges=merges):
                self.read(operands(statement))
                for merge in merges:
                    if self.has(merge.target):
                        self.read((merge.then, merge.orelse))
            case (
                For(carries=carries) | While(carries=carries) | Replay(carries=carries)
            ):
                self.loop(statement, carries)
            case Do() | Record() | Recall() | With() | Pullback() | Comment():
                self.read((*operands(statement), *inner(statement)))
            case _:
                self.read((*operands(statement), *inner(statement)))
        for nested in reversed(blocks(statement)):
            self.block(nested)

    def loop(self, loop: For | While | Replay, carries: tuple[Carry, ...]) -> None:
        ends = [carry.next for carry in carries]
        begins = [carry.init for carry in carries]
        self.read(atom for atom in operands(loop) if atom not in begins)
        self.read(atom for atom in inner(loop) if atom not in ends)
        for carry in carries:
            if self.has(carry.result) or self.has(carry.header):
                self.read((carry.init, carry.next))


def _own(function: Function, aliases: Aliases, library: Library) -> set[int]:
    """The classes of arrays that the function makes, and that only it can name."""
    made: dict[Slot, bool] = {param.slot: False for param in function.params}
    for statement in statements(function.body):
        for slot in bound(statement):
            made.setdefault(slot, isinstance(statement, For | While | Replay))
        for slot in targets(statement):
            made[slot] = not isinstance(statement, With | Pullback)
        match statement:
            case Assign(target, Apply() as call):
                made[target] = _makes(library, aliases, target, call)
            case Assign(target, value):
                made[target] = isinstance(value, Slot)
            case Record(_, values):
                made.update({v: False for v in values if isinstance(v, Slot)})
            case Replay(slots) | Recall(slots):
                made.update(dict.fromkeys(slots, False))
            case _:
                pass
    foreign = {id(aliases.node(slot)) for slot, mine in made.items() if not mine}
    known = {id(aliases.node(slot)) for slot in made if aliases.node(slot) is not None}
    unseen = {id(aliases.node(slot)) for slot in aliases.nodes if slot not in made}
    return known - foreign - unseen


def _makes(library: Library, aliases: Aliases, target: Slot, call: Apply) -> bool:
    """The call makes an array of its own, or a view of one of the same class."""
    if not aliases.facts[target].is_number if target in aliases.facts else True:
        return False
    if call.fn in ("np.copy", "np.zeros_like") or makes_array(library, call):
        return True
    node = aliases.node(target)
    first = call.args[0] if call.args else None
    same = isinstance(first, Slot) and aliases.node(first) is node
    return call.fn == "getitem" and same
