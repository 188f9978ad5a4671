"""From names to the live objects behind them, and from those to keys of the library.

A name is looked up when a program is compiled, by identity and never by spelling. What
the program then rests on, that a function is still the same or an array has still its
rank, is written down as a `Dependency`. Data is read when the program runs.
"""

from __future__ import annotations

import builtins
import functools
import sys
from collections.abc import Mapping
from types import BuiltinMethodType, CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from dpc.errors import SourceError
from dpc.frontend.data import fact_of, sizes_of
from dpc.frontend.lifting.values import Frame, Known
from dpc.frontend.read import Reading, read
from dpc.ir.facts import Fact
from dpc.ir.nodes import Const, Object
from dpc.ir.paths import path_of
from dpc.ir.program import Dependency
from dpc.ir.symbols import Symbols

# Modules whose data are constants, and whose functions are not looked into.
CONSTANT = frozenset({"numpy", "math", "cmath", "operator", "builtins"})
# Packages that are known by their functions' paths only.
OPAQUE = frozenset({"numpy", "scipy", "cupy", "dpc"}) | sys.stdlib_module_names

# Set in the flags of classes whose attributes cannot be changed.
IMMUTABLE = 1 << 8
MISSING = object()

LITERALS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


# `np.r_`, `np.c_`, `np.s_`: looked into by subscripts, as functions are by calls.
INDEXERS = (type(np.r_), type(np.c_), type(np.s_), type(np.mgrid), type(np.ogrid))


class Live:
    """Data outside the program: where it is, and what is known of it."""

    __slots__ = ("atom", "fact")

    def __init__(self, atom: Object, fact: Fact) -> None:
        self.atom = atom
        self.fact = fact


# A name or attribute that is looked up outside the program.
Found = Known | Live | Const


class Resolver:
    """Looks names up for one program, and keeps what the program then rests on."""

    def __init__(self, root: Reading, symbols: Symbols | None = None) -> None:
        """`symbols` are for the sizes of data, where they are to be known."""
        self.root = root
        self.symbols = symbols
        self.scopes: dict[str, Mapping[str, object]] = {}
        self.held: dict[str, object] = {}
        self.dependencies: dict[tuple[object, ...], Dependency] = {}
        self.readings: dict[FunctionType, Reading | None] = {}

    def scope(self, name: str, holder: Mapping[str, object]) -> str:
        """The name of a scope with this holder: `name`, counted where it is taken."""
        count, free = 1, name
        while self.scopes.setdefault(free, holder) is not holder:
            count += 1
            free = f"{name}_{count}"
        return free

    def outside(self, frame: Frame, name: str) -> Found | Object:
        """What a name means that is not bound in the program.

        An `Object` if it means nothing yet: that is read when the program reaches it.
        """
        reading: Reading = frame.reading
        if name in reading.closure:
            cell = reading.closure[name]
            scope = self.scope(frame.scope_name, reading.closure)
            if name == self.root.function.__code__.co_name and reading is self.root:
                return self.hold(name, self.root.function)
            if not _is_bound(cell):
                return Object(scope, (name,))
            return self.found(cell.cell_contents, scope, (name,), reading.closure)
        names = reading.globals
        module = str(names.get("__name__", "globals"))
        if self.is_root(name, names):
            return self.hold(name, self.root.function)
        if name in names:
            scope = self.scope(module, names)
            return self.found(names[name], scope, (name,), names)
        if hasattr(builtins, name):
            return self.of_library(getattr(builtins, name), (name,))
        return Object(self.scope(module, names), (name,))

    def is_root(self, name: str, names: Mapping[str, object]) -> bool:
        """Inside a decorated function its own name means the function itself.

        That is the name in its text: a wrapper may have another one.
        """
        function = self.root.function
        return function.__code__.co_qualname == name and function.__globals__ is names

    def of_library(self, value: Any, path: tuple[str, ...]) -> Found:
        """A builtin: a constant, or a function or type by its name."""
        if isinstance(value, LITERALS):
            return Const(value)
        return Known(value, Object("builtins", path))

    def found(
        self, value: Any, scope: str, path: tuple[str, ...], holder: object
    ) -> Found:
        """A value that was found at a place, with the dependency that this makes."""
        place = (scope, path)
        if is_static(value):
            now = standing(holder, path[-1])
            identity = Dependency(scope, path, holder, identity=now)
            self.dependencies.setdefault(place, identity)
            return Known(value, self.atom_of(value) or Object(scope, path))
        sizes = None if self.symbols is None else sizes_of(value)
        rests = Dependency(scope, path, holder, fact=fact_of(value), sizes=sizes)
        self.dependencies.setdefault(place, rests)
        return Live(Object(scope, path), fact_of(value, self.symbols))

    def atom_of(self, value: Any) -> Object | None:
        """How a program refers to a function or type of a library."""
        scope, _, rest = key_of(value).partition(".")
        if scope in ("np", "math", "operator", "scipy"):
            path = tuple(rest.split("."))
            if scope == "scipy" and len(path) > 1:
                return Object(f"scipy.{path[0]}", path[1:])
            return Object(scope, path) if rest else None
        if value is getattr(builtins, scope, None):
            return Object("builtins", (scope,))
        return None

    def attribute(self, owner: Known, name: str) -> Found | None:
        """An attribute of a live module, class or function; None if it has none."""
        try:
            value = getattr(owner.value, name)
        except AttributeError:
            return None
        module = owner.value
        if is_distribution(module):
            return Known(value, Object("scipy.stats", (module.name, name)))
        if not isinstance(module, ModuleType):
            if not isinstance(owner.atom, Object):
                return self.hold(name, value)
            scope, path = owner.atom.scope, (*owner.atom.path, name)
            return self.found(value, scope, path, module)
        if module.__name__.partition(".")[0] in CONSTANT:
            if isinstance(value, LITERALS):
                return Const(value)
            if is_static(value):
                public = "np" if module is np else module.__name__
                return Known(value, self.atom_of(value) or Object(public, (name,)))
        public = "np" if module is np else module.__name__
        scope = self.scope(public, vars(module))
        return self.found(value, scope, (name,), vars(module))

    def hold(self, name: str, value: object) -> Found:
        """A value that no name of the user's leads to: kept beside the program."""
        if type(value) in LITERALS or _is_literal_tuple(value):
            return Const(value)
        scope = self.scope("held", self.held)
        count, free = 1, name
        while self.held.setdefault(free, value) is not value:
            count += 1
            free = f"{name}_{count}"
        atom = Object(scope, (free,))
        if is_static(value):
            return Known(value, self.atom_of(value) or atom)
        return Live(atom, fact_of(value))

    def reading(self, function: FunctionType) -> Reading | None:
        """The syntax of a function, if its source can be read."""
        if function not in self.readings:
            try:
                self.readings[function] = read(function)
            except SourceError:
                self.readings[function] = None
        return self.readings[function]

    def class_of(self, cls: type) -> Known:
        """A class, as a value of the program."""
        library = self.atom_of(cls)
        if library is not None:
            return Known(cls, library)
        module = sys.modules.get(cls.__module__)
        path = tuple(cls.__qualname__.split("."))
        found: object = module
        holder: object = None if module is None else vars(module)
        for name in path:
            holder = found if isinstance(found, type) else holder
            found = getattr(found, name, None)
        if module is None or found is not cls:
            held = self.hold(path[-1], cls)
            assert isinstance(held, Known)
            return held
        scope = self.scope(cls.__module__, vars(module))
        place = Dependency(scope, path, holder, identity=cls)
        self.dependencies.setdefault((scope, path), place)
        return Known(cls, Object(scope, path))

    def member(self, cls: type, name: str) -> tuple[type, Any] | None:
        """Where a class has an attribute from, and what stands there."""
        self.rest_on(cls, name)
        for owner in cls.__mro__:
            if name in vars(owner):
                return owner, vars(owner)[name]
        return None

    def rest_on(self, cls: type, name: str) -> None:
        """The program rests on what a class has under a name, or that it has
        nothing."""
        if not cls.__flags__ & IMMUTABLE:
            path = (*cls.__qualname__.split("."), name)
            now = standing(cls, name)
            place = Dependency(cls.__module__, path, cls, identity=now)
            self.dependencies.setdefault((cls, name), place)

    def method(self, owner: type, name: str, function: FunctionType) -> Known:
        """A function that stands in a class."""
        module = sys.modules.get(owner.__module__)
        path = (*owner.__qualname__.split("."), name)
        if module is None or "<locals>" in path:
            held = self.hold(name, function)
            assert isinstance(held, Known)
            return held
        scope = self.scope(owner.__module__, vars(module))
        return Known(function, Object(scope, path))


def standing(holder: Any, name: str) -> object:
    """What stands under a name in a scope or class now: the same object every time.

    Of a class that is what is written there or in a base, not what reading it gives.
    """
    if type(holder) is dict:
        value = holder.get(name, MISSING)
        if type(value) is CellType:
            return value.cell_contents if _is_bound(value) else MISSING
        return value
    if isinstance(holder, type):
        for owner in holder.__mro__:
            if name in owner.__dict__:
                return owner.__dict__[name]
        return MISSING
    return getattr(holder, name, MISSING)


def _is_bound(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _is_literal_tuple(value: object) -> bool:
    return type(value) is tuple and all(
        type(item) in LITERALS or _is_literal_tuple(item) for item in value
    )


def is_static(value: Any) -> bool:
    """A module, class or function, as opposed to data."""
    if isinstance(value, (ModuleType, type, functools.partial, *INDEXERS)):
        return True
    if not callable(value) or isinstance(value, np.ndarray | np.generic):
        return False
    if is_distribution(value):
        return True
    return hasattr(value, "__name__") or is_compiled(value)


def is_compiled(value: Any) -> bool:
    """A callable that dpc has compiled."""
    package = type(value).__module__.partition(".")[0]
    return package == "dpc" and hasattr(value, "primal")


def is_distribution(value: Any) -> bool:
    """Whether a value is one of SciPy's distributions, which need not be imported."""
    stats = sys.modules.get("scipy.stats")
    name = getattr(value, "name", None)
    if stats is None or not isinstance(name, str):
        return False
    return type(value).__module__.startswith("scipy.stats") and (
        getattr(stats, name, None) is value
    )


def key_of(value: Any) -> str:
    """The key of a live function or type in the library, "" if it has no path.

    The public path of what a package defines in private modules, and `np.add.at` for a
    method of a ufunc, `dict.fromkeys` for one of a class.
    """
    owner = getattr(value, "__self__", None)
    if isinstance(owner, np.ufunc) or (
        isinstance(owner, type) and isinstance(value, BuiltinMethodType)
    ):
        return f"{key_of(owner)}.{value.__name__}"
    if owner is not None and is_distribution(owner):
        return f"scipy.stats.{owner.name}.{value.__name__}"
    path = path_of(value)
    if isinstance(value, np.ufunc) and not path.startswith("np."):
        return _of_scipy(value)
    if path.startswith("dpc.runtime."):
        return f"dpc.{value.__name__}"
    if "._" in path:
        return _public(path, value)
    return path


def _of_scipy(ufunc: np.ufunc) -> str:
    special = sys.modules.get("scipy.special")
    if special is not None and getattr(special, ufunc.__name__, None) is ufunc:
        return f"scipy.special.{ufunc.__name__}"
    return ""


def _public(path: str, value: Any) -> str:
    """`scipy.special.logsumexp` for `scipy.special._logsumexp.logsumexp`."""
    public, _, rest = path.partition("._")
    name = rest.rpartition(".")[2]
    if getattr(sys.modules.get(public), name, None) is value:
        return f"{public}.{name}"
    return path


def is_opaque(value: Any) -> bool:
    """Whether a function is of a library that is not looked into."""
    module = getattr(value, "__module__", None)
    if isinstance(value, FunctionType):
        # Wrapping copies the name of the module, but not the globals.
        module = value.__globals__.get("__name__", module)
    return module is None or str(module).partition(".")[0] in OPAQUE
