"""Elements of arrays that outlive a write to them.

An element of a row is a number; that of all rows is a view of the batch. Where the
array is written before the element is last used, the batch needs a copy:

of a row                over a batch
`item = a[0]`           `item = np.copy(a[:, 0])`
`a[0] = a[1]`           `a[:, 0] = a[:, 1]`
`a[1] = item`           `a[:, 1] = item`
"""

from __future__ import annotations

from collections import Counter

from dpc.analysis.aliases import Aliases
from dpc.analysis.classes import Node
from dpc.analysis.sharing import fact_in
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Do,
    Function,
    Record,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.walk import PLAIN, blocks, inner, operands, reads, statements

_LOADS = ("getitem", "unpack")
# They hand on the number that they are given.
_SAME = frozenset("float np.float64 method.item operator.pos dpc.hard".split())
_KEEPS = frozenset("tuple list dict new method.append method.insert".split())


def outliving(function: Function, aliases: Aliases, library: Library) -> set[Slot]:
    """The elements that are used after the array they are of may have been written."""
    found = _Lifetimes(function, aliases, library)
    found.block(function.body)
    return found.outliving


class _Lifetimes:
    def __init__(self, function: Function, aliases: Aliases, library: Library) -> None:
        self.aliases = aliases
        self.library = library
        self.outliving: set[Slot] = set()
        self.reads = Counter(reads(function.body))
        if isinstance(function.result, Slot):
            self.reads[function.result] += 1

    def block(self, block: Block) -> None:
        for place, statement in enumerate(block):
            match statement:
                case Assign(target, Apply(fn, (Slot() as base, *_))) if fn in _LOADS:
                    if self._is_element(target, base):
                        self._judge(target, base, block[place + 1 :])
            for nested in blocks(statement):
                self.block(nested)

    def _is_element(self, target: Slot, base: Slot) -> bool:
        fact = self.aliases.facts.get(target, ANY)
        array = self.aliases.facts.get(base, ANY)
        immutable = fact.is_scalar or fact.kind in ("any", "number", "tuple")
        kinds = ("list", "dict", "tuple", "object")
        return immutable and array.kind not in kinds and self.aliases.written(base)

    def _judge(self, target: Slot, base: Slot, after: Block) -> None:
        node = self.aliases.node(base)
        assert node is not None
        names, seen = {target}, 0
        for statement in after:
            counted = self._uses(statement, names)
            if counted and self._keeps(statement, names):
                break
            seen += counted
            if isinstance(statement, Assign) and self._same(statement, names):
                names.add(statement.target)
            if self._writes(statement, node):
                plain = type(statement) in PLAIN
                seen -= 0 if plain else counted
                break
        if seen < sum(self.reads[name] for name in names):
            self.outliving.add(target)

    def _uses(self, statement: Stmt, names: set[Slot]) -> int:
        atoms: list[Atom] = [*operands(statement), *inner(statement)]
        for block in blocks(statement):
            atoms += reads(block)
        return sum(isinstance(atom, Slot) and atom in names for atom in atoms)

    def _keeps(self, statement: Stmt, names: set[Slot]) -> bool:
        value = getattr(statement, "value", None)
        if isinstance(statement, Store):
            # An array takes the number, a container may hold the view.
            array = fact_in(self.aliases.facts, statement.base).is_array
            return value in names and not array
        kept = isinstance(value, Apply) and value.fn in _KEEPS
        return kept or isinstance(statement, Record)

    def _same(self, statement: Assign, names: set[Slot]) -> bool:
        value = statement.value
        if isinstance(value, Slot):
            return value in names
        if not isinstance(value, Apply) or not value.args or value.args[0] not in names:
            return False
        return value.fn in _SAME or value.fn == "getitem"

    def _writes(self, statement: Stmt, node: Node) -> bool:
        """Whether a statement, or one inside it, may write the array."""
        return any(self._writes_one(each, node) for each in statements((statement,)))

    def _writes_one(self, statement: Stmt, node: Node) -> bool:
        match statement:
            case Store() | Update():
                return self.aliases.node(statement.base) is node
            case Do(call) | Assign(_, Apply() as call):
                primitive = self.library[call.fn]
                if call.fn in ("call", "call_watched") or primitive.effect == "writes":
                    return any(self.aliases.node(a) is node for a in call.operands)
        return False
