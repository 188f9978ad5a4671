"""What a name can stand for while a function is lifted.

An atom of the program, or something that is known without running it: a function, a
tuple whose elements are known one by one, an iterator that a loop will run over. Such a
virtual value leaves no trace unless it takes part in an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from dpc.frontend.definite import NONE, Doubts
from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, Recipe, Slot

# The flag of a name that may be unbound where it is read begins with this.
BOUND = "$bound_"


@dataclass(frozen=True, slots=True, eq=False)
class Tuple:
    """A tuple of known length; `kind` is the class of a NamedTuple.

    Where there may be no value at all, `whole` is the tuple made where there is one:
    its elements must not be read to make it.
    """

    items: tuple[Val, ...]
    kind: type | None = None
    whole: Atom | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Literals(Tuple):
    """A set of literals, which are looked for in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A dict or list display that holds functions: looked into, never changed.

    The keys of a list are its indices.
    """

    entries: Mapping[Any, Val]
    is_list: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A live function, class or module; `atom` is how the program refers to it."""

    value: Any
    atom: Atom


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A nested function or lambda.

    Its defaults are values of the place where it is defined; what else it reads is read
    when it is called, in the scope around it.
    """

    tree: gast.FunctionDef | gast.Lambda
    scope: Scope
    defaults: Mapping[str, Val]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A method of a known function together with its receiver."""

    function: Val
    receiver: Val


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a value, by name."""

    receiver: Val
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """`functools.partial`."""

    function: Val
    args: tuple[Val, ...]
    kwargs: Mapping[str, Val]


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The derivative of a function: `dpc.grad(f)`."""

    function: Val
    recipe: Recipe


@dataclass(frozen=True, slots=True, eq=False)
class Pulled:
    """The pullback that `dpc.vjp` returns, and the primals it has cotangents for."""

    pullback: Slot
    primals: tuple[Fact | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of two functions, by a test that has been computed."""

    test: Atom
    then: Val
    orelse: Val


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """What a table has for a key that it does not hold: calling it raises."""

    key: Atom


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()` in a method."""

    owner: type
    receiver: Val


# Iterables, which become loops.


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    start: Atom
    stop: Atom
    step: Atom


@dataclass(frozen=True, slots=True, eq=False)
class Zip:
    parts: tuple[Val, ...]
    depth: int = 0
    strict: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Enumerate:
    part: Val
    start: Atom
    depth: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Reversed:
    """`reversed`; `length` is that of a list when it was made, if that may change."""

    part: Val
    depth: int = 0
    length: Atom | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """`map`; without a function, `filter`'s `None`."""

    function: Val
    parts: tuple[Val, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    function: Val | None
    part: Val
    depth: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The places of a grid, in the order of nested loops; with the element of an array
    at each place, if `of` is given.

    axes: one range for each; None if their number is unknown: those of the array.
    pools: for each axis, what is taken at its places; None for the place itself.
    rising: by how much each place is at least above that on the axis before.
    """

    axes: tuple[Range, ...] | None
    pools: tuple[Atom | None, ...] = ()
    of: Atom | None = None
    rising: int | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """`keys`, `values` or `items` of a dict."""

    base: Atom
    part: str


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A generator expression, and the value of its first iterable."""

    tree: gast.GeneratorExp
    scope: Scope
    first: Val
    depth: int = 0


Iterator = Zip | Enumerate | Reversed | Map | Filter | Generator | Grid
Function = (
    Known | Closure | Bound | Method | Partial | Compiled | Pulled | Choice | Missing
)
Virtual = Tuple | Table | Function | Super | Range | View | Iterator
Val = Atom | Virtual

ITERATORS = (Zip, Enumerate, Reversed, Map, Filter, Generator, Grid)
CALLABLES = (
    Known,
    Closure,
    Bound,
    Method,
    Partial,
    Compiled,
    Pulled,
    Choice,
    Missing,
)


@dataclass(slots=True, eq=False)
class Template:
    """A nested function that is kept in a container, as a tuple of what it needs.

    It stands in the fact of the tuple. `names` are those of its defaults, `captured` of
    what it reads in functions that have returned; `fixed` is what it reads there that
    is no data.
    """

    tree: gast.FunctionDef | gast.Lambda
    scope: Scope
    names: tuple[str, ...]
    captured: tuple[str, ...]
    fixed: Mapping[str, Val]


@dataclass(slots=True, eq=False)
class Frame:
    """One activation of a function: where its text is and where it finds its names.

    scope_name: how the program refers to its closure.
    bound: the names that are local to it.
    """

    reading: Any
    bound: frozenset[str]
    scope_name: str
    function: object = None  # identifies it on the stack of activations
    receiver: Val | None = None  # its first argument, for `super()`
    scope: Scope | None = None
    ours: bool = False  # a function of dpc, whose statements are those of the call


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a function or comprehension, and the scope that lies around it."""

    frame: Frame
    parent: Scope | None = None
    names: dict[str, Val] = field(default_factory=dict)
    inner: bool = False  # of a comprehension: walrus targets belong further out
    bound: frozenset[str] = frozenset()
    doubts: Doubts = NONE


@dataclass(frozen=True, slots=True, eq=False)
class Star:
    """A starred argument of unknown length."""

    value: Atom


@dataclass(slots=True, eq=False)
class Arguments:
    """Of a call: positional (some starred), keywords, and dicts of unknown keys."""

    args: list[Val | Star]
    kwargs: dict[str, Val]
    spread: list[Atom] = field(default_factory=list)


def mapped(value: Val, slot: Callable[[Slot], Atom], active: list[Frame]) -> Val:
    """A virtual value over other slots; those of functions that still run stay."""
    return Renaming(slot, active)(value)


def _is_exit(name: str) -> bool:
    return name[:1] == "$" and not name.startswith(BOUND)


class Renaming:
    """Maps the slots in virtual values, scopes that are met twice only once."""

    def __init__(self, slot: Callable[[Slot], Atom], active: list[Frame]) -> None:
        self.slot = slot
        self.active = active
        self.scopes: dict[Scope, Scope] = {}

    def __call__(self, value: Val) -> Val:
        if isinstance(value, Slot):
            return self.slot(value)
        change = _CHANGES.get(type(value))
        return value if change is None else change(value, self)

    def scope(self, scope: Scope) -> Scope:
        """What a function has left behind when it has returned."""
        if scope.frame in self.active:
            return scope
        if scope not in self.scopes:
            new = Scope(scope.frame, None, {}, scope.inner, scope.bound, scope.doubts)
            self.scopes[scope] = new
            new.parent = None if scope.parent is None else self.scope(scope.parent)
            names = scope.names.items()
            new.names = {name: self(v) for name, v in names if not _is_exit(name)}
        return self.scopes[scope]

    def all(self, values: Iterable[Val]) -> tuple[Val, ...]:
        return tuple([self(v) for v in values])

    def named(self, values: Mapping[Any, Val]) -> dict[Any, Val]:
        return {name: self(v) for name, v in values.items()}


_CHANGES: dict[type, Callable[[Any, Renaming], Val]] = {
    Tuple: lambda v, f: Tuple(f.all(v.items), v.kind, v.whole and f(v.whole)),  # type: ignore[arg-type]
    Table: lambda v, f: Table(f.named(v.entries), v.is_list),
    Closure: lambda v, f: Closure(v.tree, f.scope(v.scope), f.named(v.defaults)),
    Bound: lambda v, f: Bound(f(v.function), f(v.receiver)),
    Method: lambda v, f: Method(f(v.receiver), v.name),
    Partial: lambda v, f: Partial(f(v.function), f.all(v.args), f.named(v.kwargs)),
    Compiled: lambda v, f: Compiled(f(v.function), v.recipe),
    Pulled: lambda v, f: Pulled(f(v.pullback), v.primals),  # type: ignore[arg-type]
    Choice: lambda v, f: Choice(f(v.test), f(v.then), f(v.orelse)),  # type: ignore[arg-type]
    Missing: lambda v, f: Missing(f(v.key)),  # type: ignore[arg-type]
    Super: lambda v, f: Super(v.owner, f(v.receiver)),
    Range: lambda v, f: Range(f(v.start), f(v.stop), f(v.step)),  # type: ignore[arg-type]
    Zip: lambda v, f: Zip(f.all(v.parts), v.depth),
    Enumerate: lambda v, f: Enumerate(f(v.part), f(v.start), v.depth),  # type: ignore[arg-type]
    Reversed: lambda v, f: Reversed(f(v.part), v.depth, v.length and f(v.length)),  # type: ignore[arg-type]
    Map: lambda v, f: Map(f(v.function), f.all(v.parts), v.depth),
    Filter: lambda v, f: Filter(v.function and f(v.function), f(v.part), v.depth),
    View: lambda v, f: View(f(v.base), v.part),  # type: ignore[arg-type]
    Generator: lambda v, f: Generator(v.tree, f.scope(v.scope), f(v.first), v.depth),
}
