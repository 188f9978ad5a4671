"""A generated module as a file that does not need dpc.

What it imports from `dpc.runtime` is written at its top, with whatever that calls. What
it reads from closures, from `__main__` and from modules that need dpc themselves
becomes keyword parameters; a literal is their default.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import CellType, ModuleType
from typing import Any

import gast

from dpc.backends.marks import BlankLine, Docstring, Verbatim
from dpc.backends.modules import Import, import_lines
from dpc.backends.printer import Printer
from dpc.backends.python import Module
from dpc.errors import ArgumentError, Diagnostic

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign


def export(module: Module, runtime: ModuleType) -> str:
    """The text of the module on its own.

    ArgumentError for what cannot be written: functions that dpc compiles when they are
    first reached, and what was defined where nothing can be imported from.
    """
    for item in module.imports:
        # What no runtime has, the compilers give a module when it is loaded.
        own = item.kind == "runtime" and not hasattr(runtime, item.source)
        if item.kind == "dpc" or own:
            raise ArgumentError(_late(item))
    inlined = Inlined(runtime)
    for item in module.imports:
        if item.kind == "runtime":
            inlined.add(item)
    text, kept = _functions(module), []
    for item in module.imports:
        if item.kind == "module" or (item.kind == "scope" and _is_free(item, module)):
            kept.append(item)
        elif item.kind in ("scope", "closure"):
            text = _with_parameters(text, item, module)
    _check_apart(kept, inlined)
    lines = import_lines([*kept, *inlined.imports])
    parts: list[gast.AST] = [Docstring(_docstring(module))]
    if lines:
        parts += [BlankLine(), Verbatim("\n".join(lines))]
    for definition in inlined.definitions:
        parts += [BlankLine(), BlankLine(), gast.ast_to_gast(definition)]
    return Printer(gast.Module(parts, [])).text + "\n\n" + text


def _is_free(item: Import, module: Module) -> bool:
    """Whether a module of the user's can be imported without dpc."""
    variables = module.scopes.get(item.source, {})
    return item.source != "__main__" and not any(map(_is_of_dpc, variables.values()))


def _is_of_dpc(value: object) -> bool:
    owner = value if isinstance(value, ModuleType) else type(value)
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    return name.partition(".")[0] == "dpc"


class Inlined:
    """The definitions of runtime functions, and of everything that they use."""

    def __init__(self, runtime: ModuleType) -> None:
        self.runtime = runtime
        self.definitions: list[Definition] = []
        self.imports: list[Import] = []
        self.seen: set[tuple[str, str]] = set()
        self.files: dict[str, _File] = {}

    def add(self, item: Import) -> None:
        """Write a function that a module imports, under the name it has there."""
        found = getattr(self.runtime, item.source)
        owner = inspect.getmodule(found)
        assert owner is not None
        self._define(owner, found.__name__)
        if item.name != found.__name__:
            alias = ast.parse(f"{item.name} = {found.__name__}").body[0]
            assert isinstance(alias, ast.Assign)
            self.definitions.append(alias)

    def _define(self, owner: ModuleType, name: str) -> None:
        if (owner.__name__, name) in self.seen:
            return
        self.seen.add((owner.__name__, name))
        if owner.__name__ not in self.files:
            self.files[owner.__name__] = _File(owner)
        file = self.files[owner.__name__]
        if name in file.imports:
            self._import(file.imports[name])
        elif name in file.definitions:
            definition = file.definitions[name]
            for used in _names(definition):
                self._define(owner, used)
            self.definitions.append(definition)

    def _import(self, found: tuple[str, str, str]) -> None:
        module, name, alias = found
        if not name:
            self.imports.append(Import("module", module, alias))
        elif module.startswith(self.runtime.__name__):
            self._define(inspect.importlib.import_module(module), name)  # type: ignore[attr-defined]


class _File:
    """The definitions and imports of a file, by name."""

    def __init__(self, module: ModuleType) -> None:
        self.definitions: dict[str, Definition] = {}
        self.imports: dict[str, tuple[str, str, str]] = {}
        for statement in ast.parse(inspect.getsource(module)).body:
            match statement:
                case ast.FunctionDef() | ast.ClassDef():
                    self.definitions[statement.name] = _plain(statement)
                case ast.Assign(targets=[ast.Name(id=name)]):
                    self.definitions[name] = statement
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    plain = ast.Assign([statement.target], value, lineno=0)
                    self.definitions[name] = plain
                case ast.Import(names=names):
                    for alias in names:
                        bound = alias.asname or alias.name
                        self.imports[bound] = (alias.name, "", bound)
                case ast.ImportFrom(module=str() as source, names=names):
                    for alias in names:
                        bound = alias.asname or alias.name
                        self.imports[bound] = (source, alias.name, bound)


def _plain(definition: ast.FunctionDef | ast.ClassDef) -> Any:
    """The definition without annotations, which nothing here needs."""
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            node.body = [_unannotated(s) for s in node.body]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return definition


def _unannotated(statement: ast.stmt) -> ast.stmt:
    match statement:
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return ast.copy_location(ast.Assign([target], value), statement)
        case _:
            return statement


def _names(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


# The generated functions


def _docstring(module: Module) -> str:
    return ast.get_docstring(ast.parse(module.text)) or ""


def _functions(module: Module) -> str:
    """The text from the first function on."""
    first = next(
        s for s in ast.parse(module.text).body if isinstance(s, ast.FunctionDef)
    )
    return "\n".join(module.text.split("\n")[first.lineno - 1 :])


def _with_parameters(text: str, item: Import, module: Module) -> str:
    """The functions with `closure.rate` read from a keyword parameter `rate`."""
    tree = ast.parse(text)
    found: dict[str, list[ast.Attribute]] = {}
    for function in tree.body:
        for node in ast.walk(function):
            match node:
                case ast.Attribute(ast.Name(base), attr) if base == item.name:
                    if getattr(function, "name", "") != module.name:
                        raise ArgumentError(_inner(attr, function))
                    found.setdefault(attr, []).append(node)
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    taken |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    spelled = {name: _free(name, taken) for name in found}
    lines = [line.encode() for line in text.split("\n")]
    places = [(n.lineno, n.col_offset, name) for name, ns in found.items() for n in ns]
    for line, start, name in sorted(places, reverse=True):
        old = lines[line - 1]
        end = start + len(f"{item.name}.{name}".encode())
        lines[line - 1] = old[:start] + spelled[name].encode() + old[end:]
    text = b"\n".join(lines).decode()
    variables = module.scopes.get(item.source, {})
    given = {spelled[name]: _literal(variables.get(name)) for name in sorted(found)}
    return _with_keywords(text, module.name, given)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _literal(value: object) -> ast.expr | None:
    """A variable's value as a default, if it is a number or a string."""
    if isinstance(value, CellType):
        try:
            value = value.cell_contents
        except ValueError:  # Not assigned yet.
            return None
    if type(value) in (bool, int, float, complex, str):
        return ast.Constant(value)  # type: ignore[arg-type]
    return None


def _with_keywords(text: str, function: str, given: dict[str, ast.expr | None]) -> str:
    start = re.search(rf"^def {function}\(", text, re.MULTILINE)
    assert start is not None
    tree = next(
        s
        for s in ast.parse(text).body
        if isinstance(s, ast.FunctionDef) and s.name == function
    )
    tree.args.kwonlyargs += [ast.arg(name) for name in given]
    tree.args.kw_defaults += given.values()
    tree.body = []
    head = Printer(gast.Module([gast.ast_to_gast(tree)], [])).text.rstrip("\n")
    end = re.compile(r"\):$", re.MULTILINE).search(text, start.end())
    assert end is not None
    return text[: start.start()] + head + text[end.end() :]


# What cannot be written


def _check_apart(kept: list[Import], inlined: Inlined) -> None:
    """Refuse modules that have the name of what is written beside their imports."""
    own = dict(map(_bound, inlined.imports))
    for definition in inlined.definitions:
        own.update((name, "") for name in _defined(definition))
    for name, source in map(_bound, kept):
        if own.get(name, source) != source:
            raise ArgumentError(
                Diagnostic(
                    f"the module `{source}` has the name of a function or module that"
                    " the exported file needs",
                    "",
                    None,
                    hint="give the module another name",
                )
            )


def _bound(item: Import) -> tuple[str, str]:
    """The name that an import binds, and the module that it is then."""
    name, root = item.name.partition(".")[0], item.source.partition(".")[0]
    return name, root if name == root else item.source


def _defined(definition: Definition) -> list[str]:
    if isinstance(definition, ast.Assign):
        return [t.id for t in definition.targets if isinstance(t, ast.Name)]
    return [definition.name]


def _late(item: Import) -> Diagnostic:
    return Diagnostic(
        f"a module that calls dpc.{item.source} when it runs cannot do without dpc",
        "",
        None,
        ("it calls a function that is compiled when it is first reached",),
        "define that function above the decorated one, so that its derivative is part"
        "\nof the generated module",
    )


def _inner(name: str, function: ast.stmt) -> Diagnostic:
    where = getattr(function, "name", "")
    return Diagnostic(
        f"`{name}` cannot be passed to the inner function {where}", "", None
    )
