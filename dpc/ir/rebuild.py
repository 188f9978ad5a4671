"""Rebuilding blocks: other atoms, other statements, slots of their own.

Nodes are immutable. All functions here return the very same object where nothing
changes, so that a pass can ask `new is old`.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
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
    Merge,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    Value,
    While,
    With,
)
from dpc.ir.walk import PLAIN, definitions, statements

AtomMap = Callable[[Atom], Atom]
BlockMap = Callable[[Block], Block]


def map_atoms(value: Value, atom: AtomMap) -> Value:
    """The value over other atoms."""
    if not isinstance(value, Apply):
        new = atom(value)
        assert not isinstance(new, Undefined), "an assigned value cannot be undefined"
        return new
    args = tuple([atom(a) for a in value.args])
    kwargs = value.kwargs and tuple([(name, atom(a)) for name, a in value.kwargs])
    # Atoms are equal if they are the same.
    if args == value.args and kwargs == value.kwargs:
        return value
    return Apply(value.fn, args, kwargs)


def map_statement(statement: Stmt, atom: AtomMap, block: BlockMap) -> Stmt:
    """The statement with its atoms and blocks mapped; what it defines stays.

    Blocks are mapped in order of execution, after the operands that are read before
    them and before the inner atoms that are read after them.
    """
    if isinstance(statement, Assign):  # Most are.
        new = map_atoms(statement.value, atom)
        if new is statement.value:
            return statement
        return Assign(statement.target, new, statement.span)
    match statement:
        case Store(kind, base, index, value, span):
            parts = (atom(base), atom(index), atom(value))
            same = _same(parts, (base, index, value))
            return statement if same else Store(kind, *parts, span)
        case Update(kind, op, base, index, value, span):
            parts = (atom(base), atom(index), atom(value))
            same = _same(parts, (base, index, value))
            return statement if same else Update(kind, op, *parts, span)
        case Do(value, span):
            call = map_atoms(value, atom)
            assert isinstance(call, Apply)
            return statement if call is value else Do(call, span)
        case Record(tape, values):
            mapped = tuple([atom(a) for a in values])
            new_tape = _slot(atom(tape))
            same = new_tape is tape and _same(mapped, values)
            return statement if same else Record(new_tape, mapped)
        case Recall(targets, tape):
            new_tape = _slot(atom(tape))
            return statement if new_tape is tape else Recall(targets, new_tape)
        case Comment():
            return statement
        case If() | With() | Pullback() | Derivative():
            return _map_region(statement, atom, block)
        case For() | While() | Replay():
            return _map_loop(statement, atom, block)
    assert_never(statement)


def map_blocks(statement: Stmt, block: BlockMap) -> Stmt:
    """The statement with its blocks mapped; its atoms stay."""
    if type(statement) in PLAIN:
        return statement
    return map_statement(statement, lambda atom: atom, block)


def _map_region(
    statement: If | With | Pullback | Derivative, atom: AtomMap, block: BlockMap
) -> Stmt:
    match statement:
        case If():
            test = atom(statement.test)
            then, orelse = block(statement.then), block(statement.orelse)
            merges = map_merges(statement.merges, atom)
            new = (test, then, orelse, merges)
            old = (statement.test, statement.then, statement.orelse, statement.merges)
            return statement if _same(new, old) else If(*new, statement.span)
        case With():
            context, body = atom(statement.context), block(statement.body)
            if context is statement.context and body is statement.body:
                return statement
            return With(context, statement.target, body, statement.span)
        case Pullback():
            body, result = block(statement.body), atom(statement.result)
            if body is statement.body and result is statement.result:
                return statement
            target, params = statement.target, statement.params
            return Pullback(target, params, body, result, statement.span)
        case Derivative():
            args = tuple([atom(a) for a in statement.args])
            body, result = block(statement.body), atom(statement.result)
            parts = (statement.body, statement.result, *statement.args)
            if _same((body, result, *args), parts):
                return statement
            return dataclasses.replace(statement, args=args, body=body, result=result)
    assert_never(statement)


def _map_loop(statement: For | While | Replay, atom: AtomMap, block: BlockMap) -> Stmt:
    match statement:
        case For():
            bounds = (statement.start, statement.stop, statement.step)
            new_bounds = (atom(bounds[0]), atom(bounds[1]), atom(bounds[2]))
            inits = _map_inits(statement.carries, atom)
            body = block(statement.body)
            carries, leave = _map_ends(statement.carries, inits, statement.leave, atom)
            new = (*new_bounds, body, carries, leave)
            old = (*bounds, statement.body, statement.carries, statement.leave)
            if _same(new, old):
                return statement
            return For(
                statement.index,
                *new_bounds,
                body,
                carries,
                leave,
                statement.span,
                statement.backward,
            )
        case While():
            inits = _map_inits(statement.carries, atom)
            head, test = block(statement.head), atom(statement.test)
            body = block(statement.body)
            carries, leave = _map_ends(statement.carries, inits, statement.leave, atom)
            new_loop = (head, test, body, carries, leave)
            old_loop = (statement.head, statement.test, statement.body)
            if _same(new_loop, (*old_loop, statement.carries, statement.leave)):
                return statement
            return While(head, test, body, carries, leave, statement.span)
        case Replay():
            tape = _slot(atom(statement.tape))
            inits = _map_inits(statement.carries, atom)
            body = block(statement.body)
            carries, _ = _map_ends(statement.carries, inits, None, atom)
            was = (statement.tape, statement.body, statement.carries)
            if _same((tape, body, carries), was):
                return statement
            return Replay(statement.targets, tape, body, carries, statement.span)
    assert_never(statement)


def map_merges(merges: tuple[Merge, ...], atom: AtomMap) -> tuple[Merge, ...]:
    """The merges over other atoms; the same tuple where none changes."""
    new = []
    for merge in merges:
        then, orelse = atom(merge.then), atom(merge.orelse)
        same = then is merge.then and orelse is merge.orelse
        new.append(merge if same else Merge(merge.target, then, orelse))
    return merges if _same(new, merges) else tuple(new)


def _map_inits(carries: tuple[Carry, ...], atom: AtomMap) -> list[Atom]:
    return [atom(carry.init) for carry in carries]


def _map_ends(
    carries: tuple[Carry, ...], inits: list[Atom], leave: Atom | None, atom: AtomMap
) -> tuple[tuple[Carry, ...], Atom | None]:
    new = []
    for carry, init in zip(carries, inits, strict=True):
        following = atom(carry.next)
        same = init is carry.init and following is carry.next
        fresh = carry if same else Carry(carry.header, init, following, carry.result)
        new.append(fresh)
    ends = carries if _same(new, carries) else tuple(new)
    return ends, None if leave is None else atom(leave)


def _same(new: Sequence[object], old: Sequence[object]) -> bool:
    return all(map(operator.is_, new, old))


def _slot(atom: Atom) -> Slot:
    assert isinstance(atom, Slot), f"a tape must be a slot, not {atom}"
    return atom


def map_block(block: Block, statement: Callable[[Stmt], Stmt]) -> Block:
    """The block of the mapped statements; the same tuple where none changes."""
    return unless_same([statement(s) for s in block], block)


def flat_map(block: Block, statement: Callable[[Stmt], Sequence[Stmt]]) -> Block:
    """The block with each statement replaced by any number of statements."""
    return unless_same([n for s in block for n in statement(s)], block)


def unless_same(new: Sequence[Stmt], block: Block) -> Block:
    """The statements as a block, which is `block` itself if they are those of it."""
    return block if len(new) == len(block) and _same(new, block) else tuple(new)


def substitute(block: Block, replace: Mapping[Slot, Atom]) -> Block:
    """The block with atoms in the place of slots that it reads.

    `replace` is read anew at every atom, so that it may grow while blocks are walked.
    """
    if not block:
        return block

    def atom(a: Atom) -> Atom:
        return replace.get(a, a) if type(a) is Slot else a

    def inside(b: Block) -> Block:
        return map_block(b, lambda s: map_statement(s, atom, inside))

    return inside(block)


def substitute_function(function: Function, replace: Mapping[Slot, Atom]) -> Function:
    """The function with atoms in the place of slots that its block and result read."""
    body = substitute(function.body, replace)
    result = function.result
    if isinstance(result, Slot):
        result = replace.get(result, result)
    return with_body(function, body, result)


def unwrapped(function: Function, keys: Collection[str]) -> Function:
    """The function without calls of these primitives: first operands stand for them."""
    same: dict[Slot, Atom] = {}
    for statement in statements(function.body):
        match statement:
            case Assign(target, Apply(fn, (inner, *_))) if fn in keys:
                known = isinstance(inner, Slot) and inner in same
                same[target] = same[inner] if known else inner  # type: ignore[index]

    def kept(statement: Stmt) -> tuple[Stmt, ...]:
        if isinstance(statement, Assign) and statement.target in same:
            return ()
        return (map_blocks(statement, block),)

    def block(inner: Block) -> Block:
        return flat_map(inner, kept)

    return substitute_function(with_body(function, block(function.body)), same)


def with_body(function: Function, body: Block, result: Atom | None = None) -> Function:
    """The function over another block, and another result if one is given."""
    if result is None:
        result = function.result
    body = unless_same(body, function.body)
    if body is function.body and result is function.result:
        return function
    name, params, doc, span = (
        function.name,
        function.params,
        function.doc,
        function.span,
    )
    return Function(name, params, body, result, doc, span, function.beside)


def renewed(block: Block, replace: dict[Slot, Atom]) -> Block:
    """A copy of the block that defines slots of its own.

    `replace` says what to read in the place of slots from outside. It is completed by
    the new slot of every slot that the block defines, so that facts can be copied and
    results found.
    """
    for old in definitions(block):
        replace[old] = Slot(old.name, old.temp)

    def atom(a: Atom) -> Atom:
        return replace.get(a, a) if type(a) is Slot else a

    def inside(b: Block) -> Block:
        mapped = (map_statement(s, atom, inside) for s in b)
        return tuple([_redefined(s, atom) for s in mapped])

    return inside(block)


def _redefined(statement: Stmt, atom: AtomMap) -> Stmt:
    """The statement with the slots that it defines mapped."""

    def new(slot: Slot) -> Slot:
        return _slot(atom(slot))

    def merged(m: Merge) -> Merge:
        return Merge(new(m.target), m.then, m.orelse)

    def carried(carries: tuple[Carry, ...]) -> tuple[Carry, ...]:
        return tuple(
            [Carry(new(c.header), c.init, c.next, new(c.result)) for c in carries]
        )

    match statement:
        case Assign(target, value, span):
            return Assign(new(target), value, span)
        case If(test, then, orelse, merges, span):
            return If(test, then, orelse, tuple([merged(m) for m in merges]), span)
        case For(index, start, stop, step, body, carries, leave, span, backward):
            parts = (start, stop, step, body, carried(carries), leave, span, backward)
            return For(new(index), *parts)
        case While(head, test, body, carries, leave, span):
            return While(head, test, body, carried(carries), leave, span)
        case With(context, slot, body, span) if slot is not None:
            return With(context, new(slot), body, span)
        case Replay(slots, tape, body, carries, span):
            slots = tuple([new(s) for s in slots])
            return Replay(slots, tape, body, carried(carries), span)
        case Pullback(target, params, body, result, span):
            params = tuple([new(p) for p in params])
            return Pullback(new(target), params, body, result, span)
        case Recall(slots, tape):
            return Recall(tuple([new(s) for s in slots]), tape)
        case Derivative(targets=slots, params=params):
            slots, params = tuple(map(new, slots)), tuple(map(new, params))
            return dataclasses.replace(statement, targets=slots, params=params)
        case _:
            return statement
