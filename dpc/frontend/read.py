"""From a live callable to its syntax tree, with the true lines of its file.

A file is read once, the definition is found in it by the first line of the code
object, and a file that has changed since it was loaded is refused.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

import gast

from dpc.errors import ArgumentError, Diagnostic, DpcError, SourceError
from dpc.frontend.stale import same_program
from dpc.frontend.texts import Definition, Found, Text, changed, text_of
from dpc.source import Source, Span


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A Python function and its syntax.

    function: the live function: never a wrapper of dpc, a method or a partial.
    tree: its definition, without decorators; names are mangled as in its class.
    globals, closure: what it reads, by reference.
    defaults: the value of every parameter that has a default.
    shown: the parameters of what it wraps, if they are those that it shows.
    """

    function: FunctionType
    tree: gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda
    source: Source
    qualname: str
    globals: Mapping[str, Any]
    closure: Mapping[str, CellType]
    defaults: Mapping[str, Any]
    shown: tuple[inspect.Parameter, ...] | None = None

    def span(self, node: gast.AST) -> Span:
        """The range of a node of `tree`."""
        return self.source.span(node)


def read(f: Callable[..., Any]) -> Reading:
    """The syntax tree of the Python function behind `f`, and what surrounds it.

    Methods, partials and callables compiled by dpc stand for the function in them;
    what `functools.wraps` has wrapped is read as the wrapper that it is.

    Raises SourceError without source, or if the file is not what was loaded, and
    ArgumentError for what is no callable.
    """
    function = _function_of(f)
    code = function.__code__
    text = text_of(function)
    found = text.definition(code)
    if found is None or not _is_current(code, text, found):
        raise SourceError(changed(function, text.source))
    node, class_name, _ = found
    return Reading(
        function,
        _tree(node, class_name),
        text.source,
        function.__qualname__,
        function.__globals__,
        dict(zip(code.co_freevars, function.__closure__ or (), strict=True)),
        _defaults(function),
        _shown(function),
    )


def unwrap_partial(
    f: Callable[..., Any],
) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """The callable inside `functools.partial`, and the arguments that are bound to it.

    Without a partial, `f` itself and no arguments.
    """
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    while isinstance(f, functools.partial):
        args, kwargs, f = (*f.args, *args), {**f.keywords, **kwargs}, f.func
    return f, args, kwargs


def _function_of(f: Callable[..., Any]) -> FunctionType:
    inner: Any = f
    while not isinstance(inner, FunctionType):
        if isinstance(inner, functools.partial):
            inner = inner.func
        elif isinstance(inner, (MethodType, staticmethod, classmethod)):
            inner = inner.__func__
        elif _is_compiled_by_dpc(inner):
            inner = inner.primal
        elif isinstance(inner, type) or not callable(inner):
            raise _not_python(f)
        else:  # An object with a `__call__` of its own, if that is a function.
            inner = _call_method(inner, f)
    return inner


def _call_method(inner: object, f: object) -> object:
    found = (vars(base).get("__call__") for base in type(inner).__mro__)
    method = next(filter(None, found), None)
    if not isinstance(method, FunctionType):
        raise _not_python(f)
    return method


def _is_compiled_by_dpc(f: object) -> bool:
    package = type(f).__module__.partition(".")[0]
    return package == "dpc" and hasattr(f, "primal")


def _is_current(code: CodeType, text: Text, found: Found) -> bool:
    """Whether the running `code` was compiled from the text of the definition found."""
    node, _, statement = found
    try:
        present = text.compiled(statement, code)
    except SyntaxError:  # It parses, but is no program.
        return False
    return any(
        same_program(code, other, node)
        for other in present
        if (other.co_firstlineno, other.co_name) == (code.co_firstlineno, code.co_name)
    )


def _defaults(function: FunctionType) -> dict[str, Any]:
    code = function.__code__
    values = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    return {
        **dict(zip(names, values, strict=True)),
        **(function.__kwdefaults__ or {}),
    }


def _shown(function: FunctionType) -> tuple[inspect.Parameter, ...] | None:
    """The parameters that a wrapper has by `functools.wraps`, if not its own."""
    if not hasattr(function, "__wrapped__"):
        return None
    shown = tuple(inspect.signature(function).parameters.values())
    own = inspect.signature(function, follow_wrapped=False).parameters.values()
    same = [(p.name, p.kind) for p in shown] == [(p.name, p.kind) for p in own]
    return None if same else shown


def _tree(
    node: Definition, class_name: str | None
) -> gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda:
    tree = gast.ast_to_gast(node)
    if not isinstance(node, ast.Lambda):
        tree.decorator_list = []
    if class_name is not None and class_name.strip("_"):
        _mangle(tree, "_" + class_name.lstrip("_"))
    return tree


def _mangle(tree: gast.AST, prefix: str) -> None:
    """Spell private names as the class around them does: `__x` as `_Class__x`."""
    for node in gast.walk(tree):
        for name in ("id", "attr", "name", "arg"):
            value = getattr(node, name, None)
            if isinstance(value, str) and re.fullmatch(r"__(?!.*__$).*", value):
                setattr(node, name, prefix + value)


def _not_python(f: object) -> DpcError:
    """The error about a callable in which no Python function is found."""
    name = getattr(f, "__qualname__", None) or type(f).__qualname__
    module = getattr(f, "__module__", None)
    full = name if module in (None, "builtins", "__main__") else f"{module}.{name}"
    if not callable(f):
        title = f"only a function can be differentiated, not a value of type `{name}`"
        return ArgumentError(
            Diagnostic(title, "", None, hint="pass a function that returns a number")
        )
    if isinstance(f, type):
        title = f"a class cannot be differentiated: `{full}`"
        hint = "pass a function that constructs it and returns a number"
        return SourceError(Diagnostic(title, "", None, hint=hint))
    title = f"`{full}` has no source to differentiate"
    if hasattr(f, "__wrapped__"):
        note = "it is a wrapper that is not written in Python"
        hint = f"pass the function that it wraps: {name}.__wrapped__"
        return SourceError(Diagnostic(title, "", None, (note,), hint))
    hint = f"call it in a function of your own: lambda x: {full}(x)"
    note = (
        "it is not written in Python; to be called in a differentiated function,\n"
        f"it needs a rule for its derivative: dpc.rule({full})"
    )
    return SourceError(Diagnostic(title, "", None, (note,), hint))
