"""Fields of containers that loops read are read before the loop.

before                              after
                                    `w = cell.w`
`for t in range(n):`                `for t in range(n):`
`    h = np.tanh(cell.w @ h)`       `    h = np.tanh(w @ h)`

Their adjoints are then those of plain arrays: a loop adds them up, and the container's
adjoint gets each once. Only fields that a container is known to have, and only where
nothing may put others in their place.
"""

from __future__ import annotations

from dpc.analysis.aliases import find_aliases
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    For,
    Function,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import flat_map, map_blocks, substitute_function, with_body
from dpc.ir.walk import statements, targets

Field = tuple[Slot, object]  # a container, and a name or a position in it


class _Fields:
    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function = function
        self.facts = facts
        self.aliases = find_aliases(function, facts, library)
        # What is defined before the statement at hand, and not inside another.
        self.defined = {param.slot for param in function.params}
        self.read: dict[Field, Slot] = {}
        self.replaced: dict[Slot, Atom] = {}

    def run(self) -> Function:
        body: list[Stmt] = []
        for statement in self.function.body:
            if isinstance(statement, For | While):
                body += self.before(statement)
            body += flat_map((statement,), self.without)
            self.defined.update(targets(statement))
            field = self.field(statement)
            if field is not None and isinstance(statement, Assign):
                self.read.setdefault(field, statement.target)
        if not self.replaced:
            return self.function
        return substitute_function(with_body(self.function, tuple(body)), self.replaced)

    def before(self, loop: For | While) -> list[Stmt]:
        """The reads in a loop that can be made before it, each once."""
        found: list[Stmt] = []
        for statement in statements((loop,)):
            field = self.field(statement)
            if field is None:
                continue
            assert isinstance(statement, Assign)
            old, name = statement.target, field[1]
            # What is read of this field further down in the loop is of the new slot.
            if field in self.read:
                self.replaced[old] = self.read[field]
                continue
            new = Slot(name) if isinstance(name, str) and old.temp else Slot(old.name)
            self.facts[new] = self.facts.get(old, ANY)
            self.read[field] = new
            self.defined.add(new)
            self.replaced[old] = new
            found.append(Assign(new, statement.value, statement.span))
        return found

    def without(self, statement: Stmt) -> Block:
        """The statement, without the reads that have been made already."""
        field = self.field(statement)
        if field is not None and field in self.read:
            assert isinstance(statement, Assign)
            self.replaced[statement.target] = self.read[field]
            return ()
        return (map_blocks(statement, self.inside),)

    def inside(self, block: Block) -> Block:
        return flat_map(block, self.without)

    def field(self, statement: Stmt) -> Field | None:
        """The field that a statement reads, if it could read it at any time."""
        match statement:
            case Assign(
                _, Apply("getattr" | "getitem" as how, (Slot() as base, Const(k)))
            ):
                found = self.replaced.get(base, base)
            case _:
                return None
        if not isinstance(found, Slot) or found not in self.defined:
            return None
        fact, node = self.facts.get(found, ANY), self.aliases.node(base)
        if node is None or node.last >= 0:
            return None
        match fact.kind, k:
            case "object", str() if how == "getattr":
                has = fact.fields is not None and k in dict(fact.fields)
            case "dict", str() if how == "getitem":
                has = fact.fields is not None and k in dict(fact.fields)
            case "tuple" | "list", int():
                has = fact.items is not None and -len(fact.items) <= k < len(fact.items)
            case _:
                has = False
        return (found, k) if has else None


def fields(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the fields that its loops read taken out of them."""
    if not any(isinstance(statement, For | While) for statement in function.body):
        return function
    return _Fields(function, facts, library).run()
