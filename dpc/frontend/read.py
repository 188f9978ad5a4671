"""From a live callable to its syntax tree, with the true lines of its file.

The text is read once for each file, the tree of a definition is searched in it by the
first line of the code object, and a file that has changed since is refused.
"""

from __future__ import annotations

import ast
import functools
import linecache
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, cast

import gast

from dpc.errors import Diagnostic, SourceError
from dpc.frontend.stale import code_objects, has_columns, same_program
from dpc.source import Source, Span, span_of_line

_IMPORTS = (ast.Import, ast.ImportFrom)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_FUTURE_ANNOTATIONS = annotations.compiler_flag


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A Python function and its syntax.

    function: the live function: never a wrapper of dpc, a method or a partial.
    tree: its definition, without decorators; names are mangled as in its class.
    globals, closure: what it reads, by reference.
    defaults: the value of every parameter that has a default.
    """

    function: FunctionType
    tree: gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda
    source: Source
    qualname: str
    globals: Mapping[str, Any]
    closure: Mapping[str, CellType]
    defaults: Mapping[str, Any]

    def span(self, node: gast.AST) -> Span:
        """The range of a node of `tree`."""
        return self.source.span(node)


def read(f: Callable[..., Any]) -> Reading:
    """The syntax tree of the Python function behind `f`, and what surrounds it.

    Methods, partials and callables compiled by dpc stand for the function in them;
    what `functools.wraps` has wrapped is read as the wrapper that it is.

    Raises SourceError without source, or if the file is not what was loaded.
    """
    function = _function_of(f)
    code = function.__code__
    text = _text_of(function)
    found = text.definition(code)
    if found is None:
        raise SourceError(_changed(function, text.source))
    node, class_name, program = found
    if not any(
        same_program(code, other, node)
        for other in text.compiled(program, code.co_flags & _FUTURE_ANNOTATIONS)
        if (other.co_firstlineno, other.co_name) == (code.co_firstlineno, code.co_name)
    ):
        raise SourceError(_changed(function, text.source))
    return Reading(
        function,
        _tree(node, class_name),
        text.source,
        function.__qualname__,
        function.__globals__,
        dict(zip(code.co_freevars, function.__closure__ or (), strict=True)),
        _defaults(function),
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
            raise SourceError(_not_python(f))
        else:  # An object with a `__call__` of its own, if that is a function.
            inner = _call_method(inner, f)
    return inner


def _call_method(inner: object, f: object) -> object:
    found = (vars(base).get("__call__") for base in type(inner).__mro__)
    method = next(filter(None, found), None)
    if not isinstance(method, FunctionType):
        raise SourceError(_not_python(f))
    return method


def _is_compiled_by_dpc(f: object) -> bool:
    package = type(f).__module__.partition(".")[0]
    return package == "dpc" and hasattr(f, "primal")


def _defaults(function: FunctionType) -> dict[str, Any]:
    code = function.__code__
    values = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    return {
        **dict(zip(names, values, strict=True)),
        **(function.__kwdefaults__ or {}),
    }


# The text of a file, and the definitions in it.


@dataclass(slots=True, eq=False)
class _Text:
    """The text of a file, parsed once; code objects of its statements on demand."""

    lines: list[str]
    source: Source
    tree: ast.Module
    codes: dict[tuple[int, int], list[CodeType]] = field(default_factory=dict)

    def definition(
        self, code: CodeType
    ) -> tuple[Definition, str | None, ast.stmt] | None:
        """The node of `code`, the class around it, and its top-level statement."""
        found = [
            (node, class_name, statement)
            for statement in self.tree.body
            if _spans(statement, code.co_firstlineno)
            for node, class_name in _definitions(statement, code.co_firstlineno, None)
            if _name(node) == code.co_name
        ]
        if len(found) > 1:  # Only lambdas can share a line.
            if not has_columns(code):
                raise SourceError(_ambiguous(self.source, code))
            found = [f for f in found if _holds(cast(ast.Lambda, f[0]), code)]
            found.sort(key=lambda f: _extent(f[0]))
        return found[0] if found else None

    def compiled(self, statement: ast.stmt, flags: int) -> list[CodeType]:
        """All code objects of a top-level statement, as the text has it now."""
        key = (statement.lineno, flags)
        if key not in self.codes:
            # Python loads attributes of imported modules in a way of its own.
            imports = [s for s in self.tree.body if isinstance(s, _IMPORTS)]
            module = ast.Module([*imports, statement], [])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # They were shown at the import.
                code = compile(
                    module,
                    self.source.filename,
                    "exec",
                    flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,  # Notebook cells have it.
                    dont_inherit=True,
                )
            self.codes[key] = list(code_objects(code))
        return self.codes[key]


_texts: dict[str, _Text] = {}


def _text_of(function: FunctionType) -> _Text:
    filename = function.__code__.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        raise SourceError(_no_text(function))
    known = _texts.get(filename)
    if known is not None and known.lines == lines:
        return known
    text = "".join(lines)
    source = Source.of_text(filename, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename)
    except (SyntaxError, ValueError) as error:
        raise SourceError(_changed(function, source)) from error
    # Replaced as a whole, so that threads see the old text or the new one.
    _texts[filename] = _Text(lines, source, tree)
    return _texts[filename]


def _definitions(
    node: ast.AST, line: int, class_name: str | None
) -> Iterator[tuple[Definition, str | None]]:
    """The definitions below `node` whose code begins on `line`, with their class."""
    if isinstance(node, Definition) and _first_line(node) == line:
        yield node, class_name
    if isinstance(node, ast.ClassDef):
        class_name = node.name
    for child in ast.iter_child_nodes(node):
        if _spans(child, line):
            yield from _definitions(child, line, class_name)


def _first_line(node: ast.AST) -> int:
    """Where the code object of a definition begins: at its first decorator."""
    first: int = cast(Any, node).lineno
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([first, *(decorator.lineno for decorator in decorators)])


def _spans(node: ast.AST, line: int) -> bool:
    if not hasattr(node, "lineno"):
        return True  # Containers without a place, such as `arguments`.
    last: int = cast(Any, node).end_lineno
    return _first_line(node) <= line <= last


def _name(node: Definition) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _holds(node: ast.Lambda, code: CodeType) -> bool:
    """Whether the instructions of `code` lie in the body of `node`."""
    body = node.body
    assert body.end_lineno is not None and body.end_col_offset is not None
    start, stop = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(
        start <= (line, col) and (end_line, end_col) <= stop
        for line, end_line, col, end_col in code.co_positions()
        if line and end_line and col is not None and end_col  # The entry has none.
    )


def _extent(node: Definition) -> tuple[int, int]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.end_lineno - node.lineno, node.end_col_offset - node.col_offset


# The tree.


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


# What is said when there is nothing to read.


def _not_python(f: object) -> Diagnostic:
    name = getattr(f, "__qualname__", None) or type(f).__qualname__
    module = getattr(f, "__module__", None)
    full = f"{module}.{name}" if module and module != "builtins" else name
    notes: tuple[str, ...] = ("it is not written in Python",)
    hint = (
        "call it inside a function of your own, or give it a derivative:\n"
        f"@dpc.rule({full})\n"
        "def its_rule(x, *, out, out_bar):\n"
        "    return x_bar"
    )
    wrapped = getattr(f, "__wrapped__", None)
    if isinstance(f, type):
        notes = ("it is a class",)
        hint = "pass a function that constructs it and returns a number"
    elif wrapped is not None:
        notes = ("it is a wrapper that is not written in Python",)
        hint = f"pass the function that it wraps: {name}.__wrapped__"
    return Diagnostic(f"`{full}` has no source to differentiate", "", None, notes, hint)


def _no_text(function: FunctionType) -> Diagnostic:
    filename = function.__code__.co_filename
    return Diagnostic(
        f"the source of `{function.__qualname__}` is not available",
        "",
        None,
        (f'it was compiled from "{filename}", which cannot be read',),
        "define it in a file or a notebook cell; for generated code, enter its text\n"
        "in linecache.cache under the file name that it is compiled with",
    )


def _ambiguous(source: Source, code: CodeType) -> Diagnostic:
    return Diagnostic(
        "it cannot be told which lambda of this line is meant",
        "several lambdas",
        span_of_line(source, code.co_firstlineno),
        ("this Python runs without columns in its code (-X no_debug_ranges)",),
        "write each lambda on a line of its own",
    )


def _changed(function: FunctionType, source: Source) -> Diagnostic:
    line = function.__code__.co_firstlineno
    span = span_of_line(source, min(line, len(source.lines)))
    return Diagnostic(
        f"the file has changed since `{function.__qualname__}` was loaded",
        "not what was loaded from this line",
        span,
        ("a derivative of the new text would not be that of the function that runs",),
        "restart Python, or reload the module: importlib.reload(module)",
    )
