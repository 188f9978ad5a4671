"""Running a program without generating code.

What a program means is said here once more, in as few words as possible, so that passes
and the printer can be tested against it.
"""

from __future__ import annotations

import builtins
import copy
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CellType
from typing import Any, assert_never

import numpy as np

from dpc.errors import Diagnostic, InternalError
from dpc.ir.live import Live, live
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Const,
    Derivative,
    Do,
    For,
    Function,
    If,
    Object,
    Param,
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
from dpc.ir.program import Program
from dpc.ir.undefined import ZEROS

SCOPES: Mapping[str, Mapping[str, object]] = {
    "np": vars(np),
    "math": vars(math),
    "builtins": vars(builtins),
}


def evaluate(
    program: Program | Function,
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    primitives: Mapping[str, Live] | None = None,
) -> Any:
    """The result of the program for these arguments, which it may write to.

    All parameters must be given: defaults are the caller's to fill in. `primitives` are
    functions to use in the place of the live ones, by key.
    """
    return Evaluator(program, primitives).run(args, kwargs)


class Evaluator:
    """Holds the value of every slot; blocks run in order and overwrite it."""

    def __init__(
        self,
        program: Program | Function,
        primitives: Mapping[str, Live] | None = None,
    ) -> None:
        if isinstance(program, Function):
            program = Program(program, {})
        self.code = program.function
        self.scopes = program.scopes
        self.primitives = primitives or {}
        self.values: dict[Slot, Any] = {}

    def run(self, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None) -> Any:
        """Bind the arguments, run the body, read the result."""
        self.values.update(bind(self.code.params, args, kwargs or {}))
        self.block(self.code.body)
        return self.read(self.code.result)

    def twin(self) -> Evaluator:
        """One that begins with these values; what it assigns is not seen here."""
        other = copy.copy(self)
        other.values = dict(self.values)
        return other

    def read(self, atom: Atom) -> Any:
        """The value of an atom, which must have one."""
        value = self.values[atom] if isinstance(atom, Slot) else self.peek(atom)
        if value is UNDEFINED:
            name = atom.name if isinstance(atom, Slot) else "a value"
            raise UnboundLocalError(f"{name!r} is read before it is assigned")
        return value

    def peek(self, atom: Atom) -> Any:
        """The value of an atom; `UNDEFINED` if it has none on this path."""
        match atom:
            case Slot():
                return self.values[atom]
            case Const(value):
                return value
            case Object(scope, path):
                return self.look_up(scope, path)
            case Undefined():
                return atom
        assert_never(atom)

    def look_up(self, scope: str, path: tuple[str, ...]) -> Any:
        """A global, closure variable or attribute of one, as it is now."""
        names = self.scopes.get(scope) or SCOPES.get(scope)
        if names is None:
            names = vars(sys.modules[scope])
        if path[0] not in names and path[0] not in SCOPES["builtins"]:
            raise NameError(f"name {path[0]!r} is not defined")
        found: Any = names.get(path[0], SCOPES["builtins"].get(path[0]))
        if isinstance(found, CellType):
            found = found.cell_contents
        for name in path[1:]:
            found = getattr(found, name)
        return found

    def value(self, value: Value) -> Any:
        """The value of what stands on the right of an assignment.

        The zero of a value that no path has assigned has none either: it is the adjoint
        of a name at a place that the name does not reach.
        """
        if not isinstance(value, Apply):
            return self.read(value)
        if value.fn in ZEROS and self.peek(value.args[0]) is UNDEFINED:
            return UNDEFINED
        return self.apply(value)

    def apply(self, call: Apply) -> Any:
        """The result of a primitive."""
        args = [self.read(a) for a in call.args]
        kwargs = {name: self.read(a) for name, a in call.kwargs}
        return self.function(call.fn)(*args, **kwargs)

    def function(self, key: str) -> Live:
        """The function to run for a key."""
        return self.primitives.get(key) or live(key)

    def block(self, block: Block) -> None:
        for statement in block:
            self.statement(statement)

    def statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, value):
                self.values[target] = self.value(value)
            case Do(value):
                self.apply(value)
            case Store():
                self.store(statement)
            case Update():
                self.update(statement)
            case If():
                self.branch(statement)
            case For(index, start, stop, step):
                bounds = [self.read(atom) for atom in (start, stop, step)]
                walked: Sequence[int] = range(*map(operator.index, bounds))
                walked = walked[::-1] if statement.backward else walked
                self.loop(statement, (((index, i),) for i in walked))
            case While():
                self.while_loop(statement)
            case With(context, slot, body):
                with self.read(context) as entered:
                    if slot is not None:
                        self.values[slot] = entered
                    self.block(body)
            case Record(tape, values):
                self.read(tape).append(tuple([self.peek(a) for a in values]))
            case Replay(targets, tape):
                kept = reversed(self.read(tape))
                self.loop(
                    statement, (zip(targets, values, strict=True) for values in kept)
                )
            case Recall(targets, tape):
                self.values.update(zip(targets, self.read(tape).pop(), strict=True))
            case Derivative(span=span):
                title = "a derivative that has not been taken is run"
                raise InternalError(Diagnostic(title, "", span))
            case Pullback(target):
                self.values[target] = Closure(self.twin(), statement)
            case Comment():
                pass
            case _:
                assert_never(statement)

    def store(self, statement: Store) -> None:
        """As Python assigns to a subscript or an attribute."""
        base, value = self.read(statement.base), self.read(statement.value)
        set_part(statement.kind, base, self.read(statement.index), value)

    def update(self, statement: Update) -> None:
        """As Python runs an augmented assignment."""
        base, value = self.read(statement.base), self.read(statement.value)
        if statement.kind == "whole":
            self.update_whole(statement, base, value)
            return
        index = self.read(statement.index)
        old = get_part(statement.kind, base, index)
        new = in_place(statement.op)(old, value)
        set_part(statement.kind, base, index, new)

    def update_whole(self, statement: Update, base: Any, value: Any) -> None:
        """`base op= value` where `base` must be memory."""
        if in_place(statement.op)(base, value) is not base:
            title = (
                f"{statement.op}= rebinds a {type(base).__name__} instead of writing"
            )
            raise InternalError(Diagnostic(title, "", statement.span))

    def branch(self, statement: If) -> None:
        taken = self.taken(statement)
        found = [self.peek(m.then if taken else m.orelse) for m in statement.merges]
        for merge, value in zip(statement.merges, found, strict=True):
            self.values[merge.target] = value

    def taken(self, statement: If) -> bool:
        """Run a branch, and say which."""
        test, first = self.read(statement.test), statement.then[:1]
        match first:
            case (Do(Apply("dpc.enter")),):
                with test:
                    self.block(statement.then[1:])
            case _:
                self.block(statement.then if test else statement.orelse)
        return bool(test)

    def loop(
        self, statement: For | Replay, walk: Iterable[Iterable[tuple[Slot, Any]]]
    ) -> None:
        carried = self.begin(statement.carries)
        leave = statement.leave if isinstance(statement, For) else None
        for bound in walk:
            self.values.update(bound)
            carried = self.iterate(statement.body, statement.carries, carried)
            if leave is not None and self.read(leave):
                break
        self.end(statement.carries, carried)

    def while_loop(self, statement: While) -> None:
        carried = self.begin(statement.carries)
        while True:
            self.head(statement.carries, carried)
            self.block(statement.head)
            if not self.read(statement.test):
                break
            carried = self.iterate(statement.body, statement.carries, carried)
            if statement.leave is not None and self.read(statement.leave):
                break
        self.end(statement.carries, carried)

    def begin(self, carries: tuple[Carry, ...]) -> list[Any]:
        return [self.peek(carry.init) for carry in carries]

    def head(self, carries: tuple[Carry, ...], carried: list[Any]) -> None:
        for carry, value in zip(carries, carried, strict=True):
            self.values[carry.header] = value

    def iterate(
        self, body: Block, carries: tuple[Carry, ...], carried: list[Any]
    ) -> list[Any]:
        self.head(carries, carried)
        self.block(body)
        return [self.peek(carry.next) for carry in carries]

    def end(self, carries: tuple[Carry, ...], carried: list[Any]) -> None:
        for carry, value in zip(carries, carried, strict=True):
            self.values[carry.result] = value


class Closure:
    """A nested function of the program, as a callable."""

    def __init__(self, evaluator: Evaluator, statement: Pullback) -> None:
        self.evaluator = evaluator
        self.statement = statement

    def __call__(self, *args: Any) -> Any:
        evaluator = self.evaluator.twin()
        slots = self.statement.params
        evaluator.values.update(bind(tuple(map(Param, slots)), args, {}))
        evaluator.block(self.statement.body)
        return evaluator.read(self.statement.result)


def bind(
    params: tuple[Param, ...], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[Slot, Any]:
    """The arguments by parameter. `TypeError` where they do not fit."""
    bound: dict[Slot, Any] = {}
    positional, named = list(args), dict(kwargs)
    for param in params:
        name = param.slot.name
        if param.kind == "args":
            bound[param.slot], positional = tuple(positional), []
        elif param.kind == "kwargs":
            bound[param.slot], named = named, {}
        elif param.kind == "positional" and positional:
            bound[param.slot] = positional.pop(0)
        elif name in named:
            bound[param.slot] = named.pop(name)
        else:
            raise TypeError(f"no argument for {name!r}")
    if positional or named:
        raise TypeError(f"{len(positional) + len(named)} arguments too many")
    return bound


def in_place(op: str) -> Callable[[Any, Any], Any]:
    """The function of an augmented assignment: `iadd` for `add`, `iand` for `and_`."""
    return getattr(operator, "i" + op.rstrip("_"))  # type: ignore[no-any-return]


def get_part(kind: str, base: Any, index: Any) -> Any:
    """`base[index]`, or `base.index` for the kind "attr"."""
    return base[index] if kind == "item" else getattr(base, index)


def set_part(kind: str, base: Any, index: Any, value: Any) -> None:
    """`base[index] = value`, or `base.index = value` for the kind "attr"."""
    if kind == "item":
        base[index] = value
    else:
        setattr(base, index, value)
