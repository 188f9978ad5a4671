"""What is at hand while a function is lifted: the program so far, names, facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import Signature
from typing import Any, NoReturn, Protocol

from dpc.errors import Diagnostic, UnsupportedError
from dpc.frontend.lifting.container_rules import EFFECTS, RULES
from dpc.frontend.lifting.containers import Containers
from dpc.frontend.lifting.heap import Heap
from dpc.frontend.lifting.known import of_constant
from dpc.frontend.lifting.sites import Sites
from dpc.frontend.lifting.values import (
    Arguments,
    Choice,
    Closure,
    Frame,
    Known,
    Method,
    Range,
    Scope,
    Table,
    Template,
    Tuple,
    Val,
    View,
)
from dpc.frontend.resolve import Live, Resolver
from dpc.frontend.structure import Structured
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    Object,
    Recipe,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
)
from dpc.ir.program import FOUND, RESULT, RETURNED, SKIPPED
from dpc.source import Span

Expression = Callable[["Lifter", Any, str], Val]
Statement = Callable[["Lifter", Any], None]
Handler = Callable[["Lifter", Arguments, Any, str], Val]


class Call(Protocol):
    def __call__(
        self, lift: Lifter, function: Val, given: Arguments, node: Any, name: str
    ) -> Val: ...


class Compilers(Protocol):
    """What the compilers know: their defaults, their options, their errors."""

    def recipe(
        self, mode: str, options: Mapping[str, object], signature: Signature | None
    ) -> Recipe:
        """What a compiler is asked for; raises ArgumentError for what does not fit."""
        ...

    def compiled(self, function: object, recipe: Recipe) -> object:
        """What the compiler makes of a live function."""
        ...


class Branch(Protocol):
    def __call__(
        self,
        lift: Lifter,
        test: Atom,
        then: Callable[[], Val | None],
        orelse: Callable[[], Val | None],
        name: str = "",
    ) -> Val | None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the lifter that call one another."""

    expressions: Mapping[str, Expression]
    statements: Mapping[str, Statement]
    call: Call
    attribute: Callable[[Lifter, Val, str, Any, str], Val]
    branch: Branch
    listed: Callable[[Lifter, Val, Any], Atom]
    fresh_list: Callable[[Lifter, Val, Any, str], Atom]
    materialise: Callable[[Lifter, Val], Atom]
    spare: Callable[[Lifter, Tuple], Atom | None]
    items: Callable[[Lifter, Val], list[Val] | None]
    length: Callable[[Lifter, Slot], int | None]
    condition: Callable[[Lifter, Val], Atom]
    negated: Callable[[Lifter, Val, str], Val]
    methods: frozenset[str]  # of arrays, lists and dicts


@dataclass(slots=True, eq=False)
class Lifter:
    """The state of one lift. The work is done by the functions in `parts`."""

    parts: Parts
    library: Library
    resolver: Resolver
    scope: Scope
    heap: Heap
    build: Builder = field(init=False)
    containers: Containers = field(init=False)
    frames: list[Frame] = field(default_factory=list)
    dead: bool = False  # an exception has been raised: nothing here is reached
    held_span: bool = False  # inside an expression: its statement keeps the span
    consumed: frozenset[object] = frozenset()  # iterators that have been run over
    depth: int = 0  # of loops
    walked: list[Atom] = field(default_factory=list)  # by the loops around
    partly: bool = False  # what is run over now may be left before its end
    count: int = 0  # statements so far
    replace: dict[Slot, Atom] = field(default_factory=dict)
    spares: set[Slot] = field(default_factory=set)  # made in case they are needed
    recursive: set[object] = field(default_factory=set)
    texts: dict[Any, Structured] = field(default_factory=dict)
    outcomes: dict[Slot, str] = field(default_factory=dict)  # results and their flags
    assumed: set[str] = field(default_factory=set)  # methods taken for arrays'
    # How loops are checkpointed, by the node that they go over.
    marks: dict[int, tuple[Atom, Atom]] = field(default_factory=dict)
    compilers: Compilers | None = None

    where: Any = None  # the node that is being lifted, and the calls that led there
    path: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.build = Builder(self.library)
        self.containers = Containers(
            self.heap, self.library, self.build.facts, RULES, EFFECTS
        )
        self.frames.append(self.scope.frame)

    # Syntax.

    def expr(self, node: Any, name: str = "") -> Val:
        """The value of an expression; `name` is that of the variable it is for."""
        outer, self.where = self.where, node
        value = self.parts.expressions[type(node).__name__](self, node, name)
        self.where = outer
        return value

    def atom(self, node: Any, name: str = "") -> Atom:
        """The value of an expression, as an atom."""
        return self.materialise(self.expr(node, name))

    def block(self, nodes: Sequence[Any]) -> None:
        """Statements, as far as they are reached."""
        for node in nodes:
            if self.dead:
                return
            self.at(node)
            self.where = node
            self.parts.statements[type(node).__name__](self, node)

    def at(self, node: Any) -> None:
        """What follows comes from this statement."""
        if not self.held_span and not self.frames[-1].ours:
            self.build.span = self.span(node)

    def span(self, node: Any) -> Span:
        """The place of a node of the function that is being lifted."""
        return self.frames[-1].reading.span(node)  # type: ignore[no-any-return]

    def fail(
        self, node: Any, title: str, label: str = "", hint: str = "", *notes: str
    ) -> NoReturn:
        """Refuse the program, at a node."""
        span = self.build.span if node is None else self.span(node)
        raise UnsupportedError(Diagnostic(title, label, span, notes, hint))

    # Parts.

    def call(
        self, function: Val, args: Sequence[Val], node: Any, name: str = ""
    ) -> Val:
        """A call with positional arguments."""
        given = Arguments(list(args), {})
        return self.parts.call(self, function, given, node, name)

    def attribute(self, value: Val, name: str, node: Any, target: str = "") -> Val:
        return self.parts.attribute(self, value, name, node, target)

    def branch(
        self,
        test: Atom,
        then: Callable[[], Val | None],
        orelse: Callable[[], Val | None],
        name: str = "",
    ) -> Val | None:
        """An `If`, and the merged value of its two branches."""
        return self.parts.branch(self, test, then, orelse, name)

    def materialise(self, value: Val) -> Atom:
        """The value as an atom: what is virtual comes into being."""
        if isinstance(value, Slot | Const | Object | Undefined):
            return value
        return self.parts.materialise(self, value)

    def mark(self) -> tuple[Any, ...]:
        """Where the lifter is, to go back to if what follows comes to nothing."""
        size = len(self.build.block)
        place = self.scope, list(self.frames), self.where, self.path, self.depth
        return size, place, self.dead, self.held_span, self.consumed, self.build.span

    def back(self, mark: tuple[Any, ...]) -> None:
        """Go back to a mark; names of what has been entered since are lost."""
        size, place, self.dead, self.held_span, self.consumed, self.build.span = mark
        self.scope, self.frames[:], self.where, self.path, self.depth = place
        del self.build.block[size:]

    # Statements of the program.

    def apply(
        self,
        fn: str,
        args: Sequence[Atom],
        kwargs: Sequence[tuple[str, Atom]] = (),
        name: str = "",
    ) -> Slot:
        """The result of a primitive, in a slot of its own."""
        value = Apply(fn, tuple(args), tuple(kwargs))
        slot = Slot(name or "t", not name)
        place = self.path, id(self.where)
        self.build.facts[slot] = self.containers.result(slot, value, place)
        self.build.definitions[slot] = value
        self.emit(Assign(slot, value, self.build.span))
        return slot

    def slot(self, name: str, fact: Fact, sites: Sites = None) -> Slot:
        """A new slot; a temporary one without a name."""
        slot = Slot(name or "t", not name)
        self.build.facts[slot] = fact
        if sites is not None:
            self.heap.slots[slot] = sites
        return slot

    def variable(self, name: str, fact: Fact, sites: Sites = None) -> Slot:
        """A new slot for a variable, or for a flag or result of the structure."""
        slot = self.slot(plain_name(name), fact, sites)
        if name in (RESULT, RETURNED, FOUND):
            self.outcomes[slot] = name
        elif name.startswith(SKIPPED):
            self.outcomes[slot] = SKIPPED
        return slot

    def copy(self, name: str, value: Atom) -> Slot:
        """`name = value`, a second name for the same thing."""
        assert not isinstance(value, Undefined)
        slot = self.slot(name, self.fact(value), self.sites(value))
        self.build.definitions[slot] = value
        self.emit(Assign(slot, value, self.build.span))
        return slot

    def read(self, live: Live, name: str) -> Slot:
        """The value that a variable outside has when it is read."""
        slot = Slot(name, True)
        self.build.facts[slot] = live.fact
        self.emit(Assign(slot, live.atom, self.build.span))
        return slot

    def do(
        self, fn: str, args: Sequence[Atom], kwargs: Sequence[tuple[str, Atom]] = ()
    ) -> Const:
        """A primitive that is run for its effect and returns None."""
        call = Apply(fn, tuple(args), tuple(kwargs))
        self.containers.effect(call)
        self.emit(Do(call, self.build.span))
        return Const(None)

    def store(self, kind: str, base: Atom, index: Atom, value: Atom) -> None:
        """`base[index] = value`, or for the kind "attr" `base.index = value`."""
        statement = Store(kind, base, index, value, self.build.span)
        self.containers.store(statement)
        self.emit(statement)

    def update(self, kind: str, op: str, base: Atom, index: Atom, value: Atom) -> None:
        """`base[index] op= value`."""
        statement = Update(kind, op, base, index, value, self.build.span)
        self.containers.update(statement)
        self.emit(statement)

    def emit(self, statement: Stmt) -> None:
        self.count += 1
        self.build.block.append(statement)

    @contextmanager
    def into(self, block: list[Stmt]) -> Iterator[None]:
        """What is emitted goes to the end of an earlier block."""
        outer, self.build.block = self.build.block, block
        try:
            yield
        finally:
            self.build.block = outer

    # What is known.

    def fact(self, value: Val) -> Fact:
        match value:
            case Slot():
                return self.build.facts.get(value, F.ANY)
            case Const():
                return of_constant(value.value)
            case Tuple(items, kind):
                facts = tuple([self.fact(item) for item in items])
                if kind is None:
                    return Fact("tuple", items=facts)
                names = kind._fields  # type: ignore[attr-defined]
                fields = tuple(zip(names, facts, strict=True))
                return Fact("object", fields=fields, value=kind)
            case Known():
                return Fact("function", value=value.value)
            case Range():
                return Fact("range")
            case Object() | Undefined() | View() | Method():
                return F.ANY
            case Table():
                return Fact("list" if value.is_list else "dict")
            case _:
                return Fact("function")

    def sites(self, atom: Atom) -> Sites:
        """The places where a container that this is can have been made."""
        return self.containers.sites(atom)

    def whole(self, value: Val) -> Fact:
        """The fact of a value, with all that is known of what it holds."""
        if isinstance(value, Slot):
            return self.containers.whole(value)
        return self.fact(value)

    def constant(self, value: Val) -> Const | None:
        """The literal that a value is, by way of a name or because it is proven."""
        while isinstance(value, Slot):
            found = self.build.definitions.get(value)
            if found is None or isinstance(found, Apply):
                fact = self.build.facts.get(value, F.ANY)
                known = fact.kind in ("int", "bool") and type(fact.value) in (int, bool)
                return Const(fact.value) if known else None
            value = found
        return value if isinstance(value, Const) else None

    def truth(self, value: Val) -> bool | None:
        """Whether the value counts as true, where that is known."""
        constant = self.constant(value)
        if constant is not None:
            return bool(constant.value)
        if isinstance(value, Tuple):
            return bool(value.items)
        if isinstance(value, Table):
            return bool(value.entries)
        if isinstance(value, Choice):
            return None
        if not isinstance(value, Slot | Object | Undefined | Range | View):
            return True
        fact = self.fact(value)
        if isinstance(fact.value, Template):
            return True
        if fact.kind == "none":
            return False
        if fact.kind in ("function", "module"):
            return True
        if fact.kind == "tuple" and fact.items is not None:
            return bool(fact.items)
        return None

    def static(self, value: Val) -> bool:
        """A function or class, not data."""
        return isinstance(value, Known | Closure) or self.fact(value).kind == "function"


def is_undefined(value: Val | None) -> bool:
    return value is None or value is UNDEFINED


def plain_name(name: str) -> str:
    """The name of a slot: of a flag without its mark and number."""
    return name[1:].rstrip("0123456789") if name.startswith("$") else name
