"""What a reader sees and Python's syntax trees do not hold, as nodes beside gast's."""

from __future__ import annotations

import gast


class CommentLine(gast.AST):  # type: ignore[misc]
    """`# text` on a line of its own."""

    _fields = ("text",)


class BlankLine(gast.AST):  # type: ignore[misc]
    """An empty line."""

    _fields = ()


class Docstring(gast.AST):  # type: ignore[misc]
    """A docstring of one or more lines."""

    _fields = ("text",)


class Verbatim(gast.AST):  # type: ignore[misc]
    """Lines that are written as they are."""

    _fields = ("text",)
