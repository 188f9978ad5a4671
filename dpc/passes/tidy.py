"""Names and views as a person would write them.

before                              after
`t = g * y; x_bar = t`              `x_bar = g * y`
`v_bar = a_bar[1:]; v_bar += g`     `a_bar[1:] += g`
"""

from __future__ import annotations

from functools import cached_property

from dpc.analysis.aliases import MUTATORS, Aliases, find_aliases
from dpc.analysis.classes import Node
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import (
    flat_map,
    map_atoms,
    map_statement,
    substitute,
    with_body,
)
from dpc.ir.walk import reads, statements

# What is added to an element leaves it where it stands.
_ADDING = frozenset(("dpc.add_at", "dpc.add_attr", "dpc.add_cells", "dpc.accumulate"))


def tidy(function: Function, facts: Facts, library: Library) -> Function:
    """The function with copies of temporaries and views of single use dissolved."""
    return _Tidy(function, facts, library).run(function)


def loosen(function: Function, facts: Facts, library: Library) -> Function:
    """Let an adjoint that is read once stand where it is read.

    before                              after
    `w_bar = x.T @ g; return w_bar`     `return x.T @ g`
    """
    uses: dict[Slot, int] = {}
    for slot in (*reads(function.body), function.result):
        if isinstance(slot, Slot):
            uses[slot] = uses.get(slot, 0) + 1
    loose: dict[Slot, Atom] = {}
    for statement in function.body:
        match statement:
            case Assign(target, Apply()) if uses.get(target) == 1 and not target.temp:
                if target.name.endswith("_bar"):
                    loose[target] = slot = Slot(target.name, temp=True)
                    facts[slot] = facts.get(target, ANY)
            case _:
                pass
    body = tuple(
        Assign(new, s.value, s.span)
        if isinstance(s, Assign) and isinstance(new := loose.get(s.target), Slot)
        else s
        for s in substitute(function.body, loose)
    )
    result = function.result
    loosened = loose.get(result, result) if isinstance(result, Slot) else result
    return with_body(function, body, loosened)


class _Tidy:
    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function, self.facts, self.library = function, facts, library
        self.names: dict[Slot, Slot] = {}  # a temporary -> the slot that copies it
        self.views: dict[Slot, Apply] = {}
        uses: dict[Slot, int] = {}
        for slot in reads(function.body):
            uses[slot] = uses.get(slot, 0) + 1
        made: dict[Slot, Apply] = {}
        for statement in statements(function.body):
            match statement:
                case Assign(target, Apply() as call):
                    made[target] = call
                case Assign(target, Slot() as source):
                    if source in made and source.temp and source not in self.names:
                        self.names[source] = target
                case Update("whole", _, Slot() as base):
                    view = made.get(base)
                    single = base.temp and uses[base] == 1
                    if view and single and view.fn == "getitem" and self.lasts(view):
                        self.views[base] = view
                case _:
                    pass

    def lasts(self, view: Apply) -> bool:
        """What stands in a place stays there: a part of an array, or an element of a
        container that nothing else is put into.
        """
        whole = view.args[0]
        if isinstance(whole, Slot) and self.facts.get(whole, ANY).is_array:
            return True
        return self.aliases.node(whole) not in self.refilled

    @cached_property
    def aliases(self) -> Aliases:
        return find_aliases(self.function, self.facts, self.library)

    @cached_property
    def refilled(self) -> list[Node | None]:
        """The memory that something is put into, or taken from."""
        found: list[Node | None] = []
        for statement in statements(self.function.body):
            value = getattr(statement, "value", None)
            if isinstance(statement, Store):
                found.append(self.aliases.node(statement.base))
            elif isinstance(value, Apply) and value.fn not in _ADDING:
                writes = value.fn in MUTATORS or value.fn == "call"
                effect = value.fn in self.library and self.library[value.fn].effect
                if writes or effect == "writes":
                    found += map(self.aliases.node, value.operands)
        return found

    def run(self, function: Function) -> Function:
        if not (self.names or self.views):
            return function
        body = self.block(function.body)
        return with_body(function, body, self.atom(function.result))

    def atom(self, atom: Atom) -> Atom:
        while isinstance(atom, Slot) and atom in self.names:
            atom = self.names[atom]
        return atom

    def block(self, block: Block) -> Block:
        return flat_map(block, self.statement)

    def statement(self, statement: Stmt) -> tuple[Stmt, ...]:
        match statement:
            case Assign(target, Slot() as source) if self.names.get(source) is target:
                return ()
            case Assign(target, Apply() as call) if target not in self.views:
                slot, value = self.atom(target), map_atoms(call, self.atom)
                assert isinstance(slot, Slot)
                same = slot is target and value is call
                return (statement if same else Assign(slot, value, statement.span),)
            case Assign(target) if target in self.views:
                return ()
            case Update("whole", op, Slot() as base, _, value, span):
                if base in self.views:
                    whole, index = map(self.atom, self.views[base].args)
                    return (Update("item", op, whole, index, self.atom(value), span),)
        return (map_statement(statement, self.atom, self.block),)
