"""What generated code calls by name, and how those names come into its module."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from keyword import iskeyword, kwlist

import gast

from dpc.backends.expressions import SEQUENCE, SYNTAX, attribute, name
from dpc.backends.layout import LIMIT
from dpc.backends.operators import BINARY, BOOLEAN, COMPARISONS, UNARY
from dpc.ir.nodes import Apply, Assign, Atom, Do, Function, Object
from dpc.ir.walk import inner, operands, statements

# The first name of a key, and the module that it stands for.
ROOTS = {
    "np": "numpy",
    "math": "math",
    "operator": "operator",
    "builtins": "builtins",
    "types": "types",
}
# Used by the printer for what is no call in the program.
WALKS = ("range", "reversed", "enumerate", "zip", "list", "slice", "getattr")
# Public functions of dpc that compile what they are given when it is reached.
COMPILERS = frozenset({"jvp", "vjp"})
RESERVED = frozenset(kwlist) | {"closure", "_", "_unused", *WALKS}


@dataclass(frozen=True, slots=True)
class Import:
    """One name of a generated module.

    kind: "module" (`import numpy as np`), "runtime" (`from dpc.runtime import f`),
      "dpc" (`from dpc import vjp`), "scope" (live globals: the user's module), or
      "closure" (live cells, which no statement can import).
    """

    kind: str
    source: str  # the module, the function or the scope
    name: str

    @property
    def by_text(self) -> bool:
        """A module that no statement can import: that of a file `my-model.py`."""
        parts = self.source.split(".")
        named = all(map(str.isidentifier, parts)) and not any(map(iskeyword, parts))
        return self.kind == "scope" and not named

    @property
    def line(self) -> str:
        """The import statement, if the name has one of its own."""
        package, _, last = self.source.rpartition(".")
        if self.by_text:
            return f'{self.name} = importlib.import_module("{self.source}")'
        if self.kind == "scope":
            start = f"from {package} import {last}" if package else f"import {last}"
            return start if last == self.name else f"{start} as {self.name}"
        plain = self.name == self.source.partition(".")[0]
        return f"import {self.source}" + ("" if plain else f" as {self.name}")

    @property
    def part(self) -> str:
        """Its part of a `from ... import` statement."""
        same = self.source == self.name
        return self.source if same else f"{self.source} as {self.name}"


class Imports:
    """The names that functions use from outside, without clashes with parameters."""

    def __init__(self, functions: Iterable[Function]) -> None:
        functions = tuple(functions)
        self.own = {f.name for f in functions}
        self.taken = {p.slot.name for f in functions for p in f.params} | self.own
        self.used: dict[tuple[str, str], Import] = {}
        self.chosen: dict[tuple[str, str], Import] = {}
        self.nodes: dict[str, gast.AST] = {}
        # All names are chosen before variables are, which give way to them.
        for key in dict.fromkeys(k for f in functions for k in _keys(f)):
            self.dotted(key)
        for found in _objects(functions):
            self.scope(found)
        known = {*RESERVED, *self.own, *(i.name for i in self.used.values())}
        self.reserved: Set[str] = known | {k for k in self.nodes if "." not in k}
        self.chosen, self.used = self.used, {}
        self.nodes.clear()

    def dotted(self, key: str) -> gast.AST:
        """The expression for the function that a key stands for."""
        found = self.nodes.get(key)
        if found is None:
            found = self.nodes[key] = self._dotted(key)
        return found

    def _dotted(self, key: str) -> gast.AST:
        root, _, rest = key.partition(".")
        if key in ROOTS:
            return name(self._import("module", ROOTS[key], key))
        if not rest:
            return self._builtin(key)
        if root == "builtins":  # `list` alone stands for a display.
            return self._builtin(rest)
        if root == "dpc" and "." in rest:  # One of the public functions.
            dpc = self._import("module", "dpc", "dpc")
            return attribute(name(dpc), rest.rpartition(".")[2])
        if root == "dpc":
            return name(self._import("runtime", rest, rest))
        if root in ROOTS:
            return _path(name(self._import("module", ROOTS[root], root)), rest)
        module, _, last = key.rpartition(".")
        if module.startswith("scipy.stats."):  # A method of a distribution.
            module, last = "scipy.stats", key.removeprefix("scipy.stats.")
        if root in self.taken:
            return _path(name(self._import("module", module, module)), last)
        self._import("module", module, root)
        return _path(name(root), rest)

    def _builtin(self, key: str) -> gast.AST:
        if key in self.own:
            return name(key)
        if not hasattr(builtins, key):
            kind = "dpc" if key in COMPILERS else "runtime"
            return name(self._import(kind, key, key))
        if key in self.taken:  # A parameter has the name.
            return attribute(name(self._import("module", "builtins", "builtins")), key)
        return name(key)

    def scope(self, found: Object) -> gast.AST:
        """The expression for a live object."""
        path = ".".join(found.path)
        if found.scope == "builtins":
            first, _, rest = path.partition(".")  # `float.fromhex`
            return _path(self._builtin(first), rest) if rest else self._builtin(first)
        if found.scope in ROOTS or found.scope == "dpc":
            return self.dotted(f"{found.scope}.{path}")
        if found.scope == "closure":
            return _path(name(self._import("closure", "closure", "closure")), path)
        last = found.scope.rpartition(".")[2]
        return _path(name(self._import("scope", found.scope, last)), path)

    def _import(self, kind: str, source: str, want: str) -> str:
        """The name for something from outside, the same at every use."""
        known = self.used.get((kind, source)) or self.chosen.get((kind, source))
        if known is None:
            roots = {n.partition(".")[0] for n in (source, want)}
            want = re.sub(r"\W", "_", want)
            named = want.isidentifier() and not iskeyword(want)
            want = want if named else f"_{want}"
            spelled, number = want, 1
            others = self.taken | {
                i.name
                for i in self.used.values()
                if not (kind == i.kind == "module" and i.name in roots)
            }
            while spelled in others:
                spelled, number = f"{want}_{number}", number + 1
            known = Import(kind, source, spelled)
        self.used[kind, source] = known
        return known.name

    def lines(self) -> list[str]:
        """The import statements of what has been used."""
        return import_lines(self.used.values())


def import_lines(imports: Iterable[Import]) -> list[str]:
    """The import statements, in sections: standard library, others, the user's own."""
    used = sorted(set(imports), key=lambda i: (i.source, i.name))
    modules = [i for i in used if i.kind == "module"]
    standard = [i.line for i in modules if _is_standard(i.source)]
    if any(i.by_text for i in used) and "import importlib" not in standard:
        standard = sorted([*standard, "import importlib"])
    others = [i.line for i in modules if not _is_standard(i.source)]
    for kind, package in (("dpc", "dpc"), ("runtime", "dpc.runtime")):
        parts = [i.part for i in used if i.kind == kind]
        if parts:
            others += _from(package, parts)
    scopes = [i.line for i in used if i.kind == "scope"]
    sections = [standard, others, sorted(scopes)]
    shown = ["\n".join(section) for section in sections if section]
    return "\n\n".join(shown).split("\n") if shown else []


def _from(package: str, parts: list[str]) -> list[str]:
    line = f"from {package} import {', '.join(parts)}"
    if len(line) <= LIMIT:
        return [line]
    return [f"from {package} import (", *(f"    {part}," for part in parts), ")"]


def _path(base: gast.AST, path: str) -> gast.AST:
    for part in path.split("."):
        base = attribute(base, part)
    return base


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _keys(function: Function) -> Iterator[str]:
    for statement in statements(function.body):
        value = getattr(statement, "value", None)
        if isinstance(statement, Assign | Do) and isinstance(value, Apply):
            fn = value.fn
            if fn == "sequence":
                yield SEQUENCE
            elif fn not in _WRITTEN and not fn.startswith("method."):
                yield fn


def _objects(functions: Iterable[Function]) -> Iterator[Object]:
    for function in functions:
        atoms: list[Atom] = [function.result]
        for statement in statements(function.body):
            atoms += operands(statement)
            atoms += inner(statement)
        yield from (atom for atom in atoms if isinstance(atom, Object))


_WRITTEN: Mapping[str, object] = {
    **BINARY,
    **UNARY,
    **COMPARISONS,
    **BOOLEAN,
    **SYNTAX,
    **dict.fromkeys(("raise", "assert", "format", "unpack")),
}
