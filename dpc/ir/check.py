"""Whether a function is well-formed: what every pass may rely on and must preserve.

Every slot is defined by exactly one place and read only where that place is visible:
what a branch defines is seen after it through its merges only, what a loop's body
defines through its carries only; the body of a `with` and whatever stands before a
nested pullback are visible to what follows. Operands are atoms, blocks are tuples,
literals can be written as literals, and a tape is replayed with as many targets as it
was recorded with values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import EllipsisType, NoneType
from typing import get_args

from dpc.errors import Diagnostic, InternalError
from dpc.ir import walk
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
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
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    While,
    With,
)
from dpc.source import Span

LITERALS = frozenset((bool, int, float, complex, str, bytes, NoneType, EllipsisType))
STATEMENTS = frozenset(get_args(Stmt))
OPERATORS = frozenset(
    "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()
)
PARAMETERS = ("positional", "keyword", "args", "kwargs")


def check(function: Function, facts: Mapping[Slot, Fact] | None = None) -> None:
    """Raise an `InternalError` that names the slot or statement that is at fault.

    `facts`, if given, must be facts of slots.
    """
    check_facts(facts or {}, function.span)
    _Checker(function.span).function(function)
    for other in function.beside:
        check(other)


def check_facts(facts: Mapping[Slot, Fact], span: Span | None) -> None:
    """The same of the facts alone: slots have them, and nothing else has."""
    if {*map(type, facts)} <= {Slot} and {*map(type, facts.values())} <= {Fact}:
        return
    for slot, fact in facts.items():
        if not isinstance(slot, Slot) or not isinstance(fact, Fact):
            raise _error(f"{slot!r} has the fact {fact!r}", span)


def _error(title: str, span: Span | None) -> InternalError:
    return InternalError(Diagnostic(title, "", span))


class _Checker:
    """Walks in order of execution and keeps the slots that are visible."""

    def __init__(self, span: Span | None) -> None:
        self.span = span
        self.where = "the function"
        self.around: list[Stmt] = []  # the statement at hand, last, and what it is in
        self.visible: set[Slot] = set()
        self.defined: set[Slot] = set()
        self.order: list[Slot] = []  # what is visible, in the order it became so
        # What was recorded on a tape, and where a tape that was itself on a tape began.
        self.records: dict[Slot, Record] = {}
        self.origin: dict[Slot, Slot] = {}

    def fail(self, title: str) -> InternalError:
        where = describe(self.around[-1]) if self.around else self.where
        spans = (getattr(statement, "span", None) for statement in self.around[::-1])
        return _error(f"{title} in {where}", next(filter(None, spans), self.span))

    def function(self, function: Function) -> None:
        self.where = f"function {function.name}"
        for param in function.params:
            if param.kind not in PARAMETERS:
                raise self.fail(f"a parameter of kind {param.kind!r}")
            self.define(param.slot)
        self.block(function.body)
        self.where = f"the result of {function.name}"
        self.read((function.result,))

    def define(self, slot: Slot) -> None:
        if not isinstance(slot, Slot):
            raise self.fail(f"{slot!r} is defined and is no slot")
        if slot in self.defined:
            raise self.fail(f"slot {slot.name!r} is defined a second time")
        self.defined.add(slot)
        self.visible.add(slot)
        self.order.append(slot)

    def read(self, atoms: Iterable[Atom], undefined: bool = False) -> None:
        for atom in atoms:
            # Most are passed by quickly.
            if type(atom) is Slot:
                if atom in self.visible:
                    continue
            elif type(atom) is Const and type(atom.value) in LITERALS:
                continue
            self.doubtful(atom, undefined)

    def doubtful(self, atom: Atom, undefined: bool) -> None:
        match atom:
            case Slot():
                known = atom in self.defined
                why = "out of reach" if known else "not defined yet"
                raise self.fail(f"slot {atom.name!r} is read and is {why}")
            case Const(value):
                if not _is_literal(value):
                    raise self.fail(f"{value!r} is no literal and stands as one")
            case Object(scope, path):
                names = isinstance(path, tuple) and path and isinstance(scope, str)
                if not names or not all(isinstance(name, str) for name in path):
                    raise self.fail(f"{atom!r} names nothing")
            case Undefined():
                if not undefined:
                    raise self.fail("an undefined value is read")
            case _:
                raise self.fail(f"{atom!r} is read and is no atom")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What becomes visible in here is not visible outside."""
        outside = len(self.order)
        yield
        self.visible.difference_update(self.order[outside:])
        del self.order[outside:]

    def block(self, block: Block) -> None:
        if not isinstance(block, tuple):
            raise self.fail(f"a block is a {type(block).__name__}, not a tuple,")
        for statement in block:
            self.around.append(statement)
            if type(statement) is Assign:
                self.assignment(statement)
            elif type(statement) is not Comment:
                self.statement(statement)
            self.around.pop()

    def assignment(self, statement: Assign) -> None:
        value = statement.value
        if isinstance(value, Apply):
            self.apply(value)
            self.read(value.operands)
        else:
            self.read((value,))
        self.define(statement.target)

    def statement(self, statement: Stmt) -> None:
        if type(statement) not in STATEMENTS:
            raise self.fail(f"{statement!r} stands as a statement")
        if isinstance(statement, Do):
            self.apply(statement.value)
        operands = walk.operands(statement)
        # A variable may be undefined when a loop begins.
        inits = len(operands) - len(getattr(statement, "carries", ()))
        self.read(operands[:inits])
        self.read(operands[inits:], undefined=True)
        match statement:
            case Store(kind, _, index, _):
                self.kind(kind, index, ("item", "attr"))
            case Update(kind, op, _, index, _):
                self.kind(kind, index, ("item", "attr", "whole"))
                if op not in OPERATORS:
                    raise self.fail(f"no operator {op!r}")
            case If():
                self.branches(statement)
            case For() | While() | Replay():
                self.loop(statement)
            case With(_, target, body):
                if target is not None:
                    self.define(target)
                self.block(body)
            case Record(tape, values):
                self.record(statement, tape, values)
            case Recall(targets, tape):
                self.taken_off(targets, tape)
            case (
                Pullback(_, params, body, result)
                | Derivative(params=params, body=body, result=result)
            ):
                with self.inside():
                    for param in params:
                        self.define(param)
                    self.block(body)
                    self.read((result,))
        if not isinstance(statement, With):
            for slot in walk.targets(statement):
                self.define(slot)

    def apply(self, value: object) -> None:
        if not isinstance(value, Apply):
            raise self.fail(f"{value!r} is run")
        if not isinstance(value.fn, str) or not value.fn:
            raise self.fail(f"{value.fn!r} is no key of a primitive")
        if not isinstance(value.args, tuple) or not isinstance(value.kwargs, tuple):
            raise self.fail(f"operands of {value.fn} are not in a tuple")
        if value.kwargs and len(dict(value.kwargs)) < len(value.kwargs):
            raise self.fail(f"a keyword of {value.fn} stands twice")

    def kind(self, kind: str, index: Atom, known: tuple[str, ...]) -> None:
        if kind not in known:
            raise self.fail(f"a store of kind {kind!r}")
        named = isinstance(index, Const) and isinstance(index.value, str)
        if kind == "attr" and not named:
            raise self.fail("an attribute without a name")

    def branches(self, statement: If) -> None:
        with self.inside():
            self.block(statement.then)
            self.read([merge.then for merge in statement.merges], undefined=True)
        with self.inside():
            self.block(statement.orelse)
            self.read([merge.orelse for merge in statement.merges], undefined=True)

    def loop(self, statement: For | While | Replay) -> None:
        with self.inside():
            for slot in walk.bound(statement):
                self.define(slot)
            if isinstance(statement, While):
                self.block(statement.head)
                self.read((statement.test,))
            if isinstance(statement, Replay):
                self.taken_off(statement.targets, statement.tape)
            self.block(statement.body)
            for carry in statement.carries:
                self.carry(carry)
            if not isinstance(statement, Replay) and statement.leave is not None:
                self.read((statement.leave,))

    def carry(self, carry: Carry) -> None:
        if not isinstance(carry, Carry):
            raise self.fail(f"{carry!r} is carried")
        self.read((carry.next,))

    def record(self, statement: Record, tape: Slot, values: tuple[Atom, ...]) -> None:
        if not isinstance(tape, Slot) or not isinstance(values, tuple):
            raise self.fail(
                "a tape that is no slot, or values that are not in a tuple,"
            )
        tape = self.origin.get(tape, tape)
        first = self.records.setdefault(tape, statement)
        if len(first.values) != len(values):
            raise self.fail(f"tape {tape.name!r} holds tuples of different lengths")

    def taken_off(self, targets: tuple[Slot, ...], tape: Slot) -> None:
        tape = self.origin.get(tape, tape)
        record = self.records.get(tape)
        if record is None:  # The tape comes from elsewhere, as a parameter does.
            return
        if len(record.values) != len(targets):
            raise self.fail(
                f"tape {tape.name!r} is recorded with {len(record.values)} values and "
                f"replayed with {len(targets)}"
            )
        for target, value in zip(targets, record.values, strict=True):
            if isinstance(value, Slot):
                self.origin[target] = self.origin.get(value, value)


def _is_literal(value: object) -> bool:
    if isinstance(value, tuple):
        return type(value) is tuple and all(map(_is_literal, value))
    if isinstance(value, slice):
        return all(map(_is_literal, (value.start, value.stop, value.step)))
    return type(value) in LITERALS


def describe(statement: Stmt) -> str:
    """A few words that tell the statement from others, for messages."""
    match statement:
        case Assign(target, value) if isinstance(target, Slot):
            name = value.fn if isinstance(value, Apply) else "a value"
            return f"the assignment of {name} to {target.name!r}"
        case Do(Apply(fn)):
            return f"a call of {fn}"
        case Pullback(target):
            return f"the pullback {target.name!r}"
        case _:
            return f"a statement {type(statement).__name__}"
