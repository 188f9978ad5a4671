"""Lines of code: formatted, without blanks, comments and docstrings."""

import ast
import inspect
import io
import subprocess
import sys
import tempfile
import textwrap
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import Any

IGNORED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def formatted(text: str) -> str:
    """The text as `ruff format` leaves it."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--line-length", "88", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def count(text: str) -> int:
    """Lines that hold code."""
    text = formatted(text)
    documented = _docstring_lines(ast.parse(text))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in IGNORED:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node) is not None:
                lines.update(range(first.lineno, (first.end_lineno or 0) + 1))
    return lines


def of_function(function: Callable[..., Any]) -> int:
    return count(textwrap.dedent(inspect.getsource(function)))


def of_exported(derived: Any) -> int:
    """The functions of the module that `export` writes: inlined runtime counts.

    Its imports do not, as those of the hand-written adjoint do not.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "exported.py"
        derived.export(path)
        text = path.read_text(encoding="utf-8")
        functions = [s for s in ast.parse(text).body if isinstance(s, ast.FunctionDef)]
        lines = text.splitlines()
        parts = [lines[f.lineno - 1 : f.end_lineno] for f in functions]
        return sum(count("\n".join(part)) for part in parts)
