"""Walking blocks: what a statement reads, defines and holds.

A statement with blocks of its own reads atoms in two places. `operands` are read where
the statement stands; `inner` are read inside, at the end of its blocks (merges, `next`
of carries, `leave`, the test of a `while`, the result of a pullback). Likewise
`targets` are slots that later statements see, `bound` those that only its blocks see.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import assert_never

from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Derivative,
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

# Statements without blocks: most, so that walks pass them by quickly.
PLAIN = frozenset((Assign, Store, Update, Do, Record, Recall, Comment))


def value_operands(value: Value) -> tuple[Atom, ...]:
    """The atoms of a value."""
    if not isinstance(value, Apply):
        return (value,)
    return value.operands if value.kwargs else value.args


def operands(statement: Stmt) -> tuple[Atom, ...]:
    """The atoms read where the statement stands, in order of evaluation."""
    if isinstance(statement, Assign):  # Most are.
        return value_operands(statement.value)
    match statement:
        case Comment() | Pullback():
            return ()
        case Store() | Update():
            return (statement.base, statement.index, statement.value)
        case Do(value):
            return value.operands
        case If():
            return (statement.test,)
        case For():
            inits = _inits(statement.carries)
            return (statement.start, statement.stop, statement.step, *inits)
        case While():
            return _inits(statement.carries)
        case With():
            return (statement.context,)
        case Record():
            return (statement.tape, *statement.values)
        case Recall():
            return (statement.tape,)
        case Derivative():
            return statement.args
        case Replay():
            return (statement.tape, *_inits(statement.carries))
    assert_never(statement)


def inner(statement: Stmt) -> tuple[Atom, ...]:
    """The atoms read inside the statement, at the end of its blocks."""
    if type(statement) in PLAIN:
        return ()
    match statement:
        case If():
            merges = statement.merges
            return (*(m.then for m in merges), *(m.orelse for m in merges))
        case For():
            return _nexts(statement.carries, statement.leave)
        case While():
            return (statement.test, *_nexts(statement.carries, statement.leave))
        case Replay():
            return _nexts(statement.carries, None)
        case Pullback() | Derivative():
            return (statement.result,)
        case _:
            return ()


def _inits(carries: tuple[Carry, ...]) -> tuple[Atom, ...]:
    return tuple([carry.init for carry in carries])


def _nexts(carries: tuple[Carry, ...], leave: Atom | None) -> tuple[Atom, ...]:
    nexts = tuple([carry.next for carry in carries])
    return nexts if leave is None else (*nexts, leave)


def targets(statement: Stmt) -> tuple[Slot, ...]:
    """The slots that the statement itself defines for what follows it.

    The body of a `With` defines its slots for what follows as well; those are the
    targets of the statements in it.
    """
    if isinstance(statement, Assign):
        return (statement.target,)
    match statement:
        case Comment():
            return ()
        case Pullback():
            return (statement.target,)
        case Recall() | Derivative():
            return statement.targets
        case If():
            return tuple([merge.target for merge in statement.merges])
        case For() | While() | Replay():
            return tuple([carry.result for carry in statement.carries])
        case With():
            return () if statement.target is None else (statement.target,)
        case _:
            return ()


def bound(statement: Stmt) -> tuple[Slot, ...]:
    """The slots that the statement defines for its blocks only."""
    if type(statement) in PLAIN:
        return ()
    match statement:
        case For():
            return (statement.index, *(c.header for c in statement.carries))
        case While():
            return tuple([carry.header for carry in statement.carries])
        case Replay():
            return (*statement.targets, *(c.header for c in statement.carries))
        case Pullback() | Derivative():
            return statement.params
        case _:
            return ()


def blocks(statement: Stmt) -> tuple[Block, ...]:
    """The blocks of the statement, in order of execution."""
    if type(statement) in PLAIN:
        return ()
    match statement:
        case If():
            return (statement.then, statement.orelse)
        case While():
            return (statement.head, statement.body)
        case For() | With() | Replay() | Pullback() | Derivative():
            return (statement.body,)
        case _:
            return ()


def statements(block: Block) -> Iterator[Stmt]:
    """All statements of a block and of the blocks in it, outer before inner."""
    for statement in block:
        yield statement
        if type(statement) not in PLAIN:
            for nested in blocks(statement):
                yield from statements(nested)


def reads(block: Block) -> Iterator[Slot]:
    """The slots read in a block at any depth, once for every time they are read."""
    for statement in statements(block):
        for atom in operands(statement):
            if isinstance(atom, Slot):
                yield atom
        if type(statement) not in PLAIN:
            for atom in inner(statement):
                if isinstance(atom, Slot):
                    yield atom


def definitions(block: Block) -> Iterator[Slot]:
    """The slots defined in a block at any depth."""
    for statement in statements(block):
        yield from targets(statement)
        if type(statement) not in PLAIN:
            yield from bound(statement)


def free(block: Block, *results: Atom) -> tuple[Slot, ...]:
    """The slots that a block (and `results` after it) reads and does not define."""
    own = set(definitions(block))
    after = (atom for atom in results if isinstance(atom, Slot))
    return tuple(
        dict.fromkeys(s for part in (reads(block), after) for s in part if s not in own)
    )


@lru_cache(maxsize=16)
def vocabulary(function: Function) -> frozenset[str | type]:
    """The primitives of a function and the kinds of its statements.

    A pass that finds none of what it is about has nothing to do; most functions come
    back from a pass as they are, so that the next one is answered from memory.
    """
    found: set[str | type] = set()
    for statement in statements(function.body):
        found.add(type(statement))
        if isinstance(statement, Assign | Do) and isinstance(statement.value, Apply):
            found.add(statement.value.fn)
    return frozenset(found)


def results(function: Function) -> set[Slot]:
    """The slots of what a function returns, and of what is in the tuples of it."""
    made: dict[Slot, tuple[Atom, ...]] = {}
    for statement in statements(function.body):
        match statement:
            case Assign(target, Apply("tuple", args)):
                made[target] = args
            case Assign(target, Slot() as source):
                made[target] = (source,)
            case _:
                pass
    found: set[Slot] = set()
    pending = [function.result]
    while pending:
        atom = pending.pop()
        if isinstance(atom, Slot) and atom not in found:
            found.add(atom)
            pending += made.get(atom, ())
    return found


def is_adjoint(statement: Stmt) -> bool:
    """A statement of the backward half: a comment names the one it belongs to."""
    return any(isinstance(s, Comment) for s in statements((statement,)))
