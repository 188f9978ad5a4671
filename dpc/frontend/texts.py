"""The texts that functions come from: each parsed once, its definitions found by line.

What `linecache` holds counts as the text of a file, so that cells of notebooks,
doctests and generated modules are read as files are.
"""

from __future__ import annotations

import ast
import linecache
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, cast

from dpc.errors import Diagnostic, SourceError
from dpc.frontend.stale import code_objects, has_columns
from dpc.source import PARSING, Source, span_of_line

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# A definition, the name of the class around it, and its top-level statement.
Found = tuple[Definition, str | None, ast.stmt]

_IMPORTS = (ast.Import, ast.ImportFrom)
_FUTURE_ANNOTATIONS = annotations.compiler_flag


@dataclass(slots=True, eq=False)
class Text:
    """The text of a file, parsed once; code objects of its statements on demand."""

    lines: list[str]
    source: Source
    tree: ast.Module
    codes: dict[tuple[int, int, int], list[CodeType]] = field(default_factory=dict)

    def definition(self, code: CodeType) -> Found | None:
        """The definition that `code` was compiled from, judged by name and place."""
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

    def compiled(self, statement: ast.stmt, live: CodeType) -> list[CodeType]:
        """All code objects of a top-level statement, as the text has it now."""
        # A cell of a notebook may run under the `__future__` import of an earlier one.
        flags = live.co_flags & _FUTURE_ANNOTATIONS
        key = (statement.lineno, statement.col_offset, flags)
        if key not in self.codes:
            # Python loads attributes of imported modules in a way of its own.
            imports = [s for s in self.tree.body if isinstance(s, _IMPORTS)]
            module = ast.Module([*imports, statement], [])
            with PARSING, warnings.catch_warnings():
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


_texts: dict[str, Text] = {}


def text_of(function: FunctionType) -> Text:
    """The present text of the file of `function`, from memory if it is unchanged."""
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
        with PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename)
    except (SyntaxError, ValueError) as error:
        raise SourceError(changed(function, source)) from error
    # Replaced as a whole, so that threads see the old text or the new one.
    found = _texts[filename] = Text(lines, source, tree)
    return found


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
    return line <= last and _first_line(node) <= line


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


def changed(function: FunctionType, source: Source) -> Diagnostic:
    """The message that `function` is not what its file shows."""
    line = function.__code__.co_firstlineno
    span = span_of_line(source, min(line, len(source.lines)))
    return Diagnostic(
        f"the file has changed since `{function.__qualname__}` was loaded",
        "not what was loaded from this line",
        span,
        ("a derivative of the new text would not be that of the function that runs",),
        "load it again: importlib.reload(module), or restart Python; in a notebook,\n"
        "run the cell again",
    )
