"""From the text of a generated module to the functions in it.

The text is compiled as it stands, so that tracebacks and pdb show its lines; only its
imports give way to what they stand for here: `np` to the array module of the call, the
user's modules to their live globals.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import sys
from collections.abc import Callable, Mapping, Set
from itertools import takewhile
from types import CellType, ModuleType
from typing import Any

import numpy

from dpc.backends.arrays import counterpart
from dpc.backends.modules import Import
from dpc.backends.python import Module
from dpc.source import PARSING


class Live:
    """The live variables of a scope as attributes; they are read, never written.

    A variable that does not exist raises `NameError`, as it would in the scope itself.
    """

    __slots__ = ("_variables",)

    def __init__(self, variables: Mapping[str, object]) -> None:
        object.__setattr__(self, "_variables", variables)

    def __getattr__(self, name: str) -> Any:
        try:
            value = self._variables[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None
        if isinstance(value, CellType):
            try:
                return value.cell_contents
            except ValueError:
                raise NameError(f"name {name!r} is not defined yet") from None
        return value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("generated code does not write the user's variables")


def load(
    module: Module,
    runtime: Callable[[str], object],
    arrays: ModuleType = numpy,
) -> dict[str, Any]:
    """The namespace of a generated module, run on an array module.

    `runtime` gives the functions that the text imports from dpc, by their names.
    """
    filename = register(module.text, module.name)
    namespace: dict[str, Any] = {"__name__": f"dpc.generated.{module.name}"}
    live = any(item.kind in ("scope", "closure") for item in module.imports)
    read = _read(module.text) if live else set()
    for item in module.imports:
        wanted = {name for owner, name in read if owner == item.name}
        found = _injected(item, module, runtime, arrays, wanted)
        if found is not None:
            namespace[item.name] = found
    text = _without_imports(module.text, set(namespace))
    with PARSING:
        code = compile(text, filename, "exec")
    exec(code, namespace)
    return namespace


def filename_of(module: Module) -> str:
    """The pseudo file name of a generated module in tracebacks."""
    return _filename(module.text, module.name)


def _filename(text: str, name: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"<dpc {name} {digest}>"


def register(text: str, name: str) -> str:
    """Make the text known to tracebacks, pdb and inspect; its pseudo file name."""
    filename = _filename(text, name)
    # No time of modification: the cache is not checked against a file.
    lines = text.splitlines(keepends=True)
    linecache.cache[filename] = (len(text), None, lines, filename)
    return filename


def _injected(
    item: Import,
    module: Module,
    runtime: Callable[[str], object],
    arrays: ModuleType,
    wanted: Set[str],
) -> object:
    match item.kind:
        case "runtime" | "dpc":
            return runtime(item.source)
        case "scope" | "closure":
            return _scope(item.source, module.scopes.get(item.source, {}), wanted)
        case _:
            plain = item.name == item.source.partition(".")[0]
            return counterpart(item.source, arrays, whole=not plain)


def _scope(source: str, variables: Mapping[str, object], wanted: Set[str]) -> object:
    """The user's module itself, which is faster, if all that is wanted is there."""
    loaded = sys.modules.get(source)
    if loaded is None or loaded.__dict__ is not variables:
        return Live(variables)
    return loaded if wanted <= variables.keys() else Live(variables)


def _read(text: str) -> set[tuple[str, str]]:
    """The attributes that a module reads of names."""
    with PARSING:
        tree = ast.parse(text)
    return {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def _without_imports(text: str, names: set[str]) -> str:
    """The text with empty lines in the place of imports of these names."""
    lines = text.split("\n")
    # They stand above the functions, which need not become a tree for it.
    head = takewhile(lambda line: not line.startswith("def "), lines)
    with PARSING:
        tree = ast.parse("\n".join(head))
    for statement in tree.body:
        if _is_import_of(statement, names):
            first, last = statement.lineno - 1, statement.end_lineno
            lines[first:last] = [""] * len(lines[first:last])
    return "\n".join(lines)


def _is_import_of(statement: ast.stmt, names: set[str]) -> bool:
    if isinstance(statement, ast.Assign):  # of `import_module("my-model")`
        return all(isinstance(t, ast.Name) and t.id in names for t in statement.targets)
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return False
    return all((a.asname or a.name.partition(".")[0]) in names for a in statement.names)
