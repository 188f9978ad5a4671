"""What a name can stand for while a function is lifted.

An atom of the program, or something that is known without running it: a function, a
tuple whose elements are known one by one, an iterator that a loop will run over. Such a
virtual value leaves no trace unless it takes part in an operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from dpc.ir.nodes import Atom, Slot


@dataclass(frozen=True, slots=True, eq=False)
class Tuple:
    """A tuple of known length; `kind` is the class of a NamedTuple."""

    items: tuple[Val, ...]
    kind: type | None = None


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


@dataclass(frozen=True, slots=True, eq=False)
class Enumerate:
    part: Val
    start: Atom
    depth: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Reversed:
    part: Val
    depth: int = 0


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


Iterator = Zip | Enumerate | Reversed | Map | Filter | Generator
Callable = Known | Closure | Bound | Method | Partial | Choice | Missing
Virtual = Tuple | Table | Callable | Super | Range | View | Iterator
Val = Atom | Virtual

ITERATORS = (Zip, Enumerate, Reversed, Map, Filter, Generator)
CALLABLES = (Known, Closure, Bound, Method, Partial, Choice, Missing)


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


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a function or comprehension, and the scope that lies around it."""

    frame: Frame
    parent: Scope | None = None
    names: dict[str, Val] = field(default_factory=dict)
    inner: bool = False  # of a comprehension: walrus targets belong further out
    bound: frozenset[str] = frozenset()


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


def slots_in(value: Val) -> Sequence[Slot]:
    """The slots of an atom or virtual tuple."""
    if isinstance(value, Slot):
        return (value,)
    if isinstance(value, Tuple):
        return [slot for item in value.items for slot in slots_in(item)]
    return ()
