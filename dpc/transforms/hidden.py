"""Regions that are differentiated, out of the sight of a transform.

before                                  hidden
`(g,) = grad of f(x=w):`                `t = derivative(0, w, rate)`
    `... x ... rate ...`                `g = t[0]`

Each keeps its own options: the tests of an inner derivative are not those of the
program around it, and a transform that goes by tests must not look at them.
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Derivative,
    Do,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.program import Program
from dpc.ir.rebuild import flat_map, map_blocks, substitute, with_body
from dpc.ir.walk import definitions, free, statements

HIDDEN, ACTING = "dpc.derivative", "dpc.derivative_with_effects"


def hide(program: Program, library: Library) -> tuple[Program, list[Derivative]]:
    """The program with its derivatives as primitives, and the derivatives."""
    kept: list[Derivative] = []

    def hidden(statement: Stmt) -> tuple[Stmt, ...]:
        if not isinstance(statement, Derivative):
            return (map_blocks(statement, inside),)
        whole = Slot("t", temp=True)
        operands = (Const(len(kept)), *statement.args, *outside(statement))
        kept.append(statement)
        fn = ACTING if _acts(statement, library) else HIDDEN
        made: list[Stmt] = [Assign(whole, Apply(fn, operands), statement.span)]
        for place, target in enumerate(statement.targets):
            item = Apply("getitem", (whole, Const(place)))
            made.append(Assign(target, item, statement.span))
        return tuple(made)

    def inside(block: Block) -> Block:
        return flat_map(block, hidden)

    body = inside(program.function.body)
    return replace(program, function=with_body(program.function, body)), kept


def unhide(program: Program, kept: list[Derivative]) -> Program:
    """The program with its derivatives in their places again."""
    hidden: set[Slot] = set()

    def shown(statement: Stmt) -> tuple[Stmt, ...]:
        match statement:
            case Assign(whole, Apply(fn, (Const(int(number)), *atoms))) if fn in (
                HIDDEN,
                ACTING,
            ):
                hidden.add(whole)
                return (_over(kept[number], atoms),)
            case Assign(_, Apply("getitem", (Slot() as whole, _))) if whole in hidden:
                return ()
        return (map_blocks(statement, inside),)

    def inside(block: Block) -> Block:
        return flat_map(block, shown)

    body = inside(program.function.body)
    return replace(program, function=with_body(program.function, body))


def outside(statement: Derivative) -> list[Slot]:
    """What a region reads from around it."""
    found = free(statement.body, statement.result)
    return [slot for slot in found if slot not in statement.params]


def _over(one: Derivative, atoms: list[Atom]) -> Derivative:
    """The derivative over other arguments and other surroundings."""
    count = len(one.args)
    other = dict(zip(outside(one), atoms[count:], strict=True))
    body, result = substitute(one.body, other), one.result
    if isinstance(result, Slot):
        result = other.get(result, result)
    return replace(one, args=tuple(atoms[:count]), body=body, result=result)


def _acts(statement: Derivative, library: Library) -> bool:
    """The region does something besides computing its result."""
    own = set(definitions(statement.body))
    for inner in statements(statement.body):
        match inner:
            case Store(base=base) | Update(base=base) if base not in own:
                return True
            case Assign(value=Apply(fn, args)) | Do(Apply(fn, args)):
                effect = library[fn].effect
                if effect == "world" or (
                    effect == "writes" and (not args or args[0] not in own)
                ):
                    return True
            case _:
                pass
    return False
