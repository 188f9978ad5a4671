"""The check of a function against the table of the language, and the table as text.

Syntax is checked before any name is resolved, so that what dpc cannot differentiate
is said in terms of what stands in the file.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

import gast

from dpc.errors import Diagnostic, UnsupportedError
from dpc.frontend.constructs import CONSTRUCTS, UNKNOWN, Construct, Status
from dpc.frontend.read import Reading
from dpc.source import Source, Span

_BY_KEY = {key: construct for construct in CONSTRUCTS for key in construct.keys}
_BUILTINS = {key.removeprefix("Call:") for key in _BY_KEY if key.startswith("Call:")}


def scan(reading: Reading) -> None:
    """Raise UnsupportedError for the first construct that the table does not accept."""
    found = list(_offences(reading))
    if not found:
        return
    node, construct = min(found, key=lambda f: (f[0].lineno, f[0].col_offset))
    raise UnsupportedError(
        Diagnostic(
            construct.title,
            construct.label,
            _span(node, construct, reading.source),
            hint=_filled(construct.hint, node, reading.source),
        )
    )


def table() -> str:
    """The table as Markdown: construct, status, and what to write instead."""
    rows = ["| construct | status | instead |", "| --- | --- | --- |"]
    for construct in CONSTRUCTS:
        hint = construct.hint
        if "{" in hint:
            source = Source.of_text("", construct.example)
            tree = gast.parse(construct.example)
            node = next(n for n in _walk(tree) if _key(n) in construct.keys)
            hint = _filled(hint, node, source)
        first, *code = hint.split("\n")
        cell = "<br>".join([first, *(f"`{line}`" for line in code if line)])
        rows.append(f"| {construct.name} | {construct.status.value} | {cell} |")
    return "\n".join(rows) + "\n"


def _offences(reading: Reading) -> Iterator[tuple[gast.AST, Construct]]:
    bound: set[str] | None = None
    for node in _walk(reading.tree):
        key = _key(node)
        construct = _BY_KEY.get(key, UNKNOWN)
        if construct.status is Status.ACCEPTED:
            continue
        if key.startswith("Call:"):
            bound = _bound(reading) if bound is None else bound
            if not _is_builtin(node.func.id, bound, reading):
                continue
        if hasattr(node, "lineno"):
            yield node, construct


def _key(node: gast.AST) -> str:
    match node:
        case gast.Delete(targets=[gast.Subscript(slice=gast.Slice()), *_]):
            return "Delete:Slice"
        case gast.Delete(targets=[target, *_]):
            return f"Delete:{type(target).__name__}"
        case gast.Call(func=gast.Name(id=name)) if name in _BUILTINS:
            return f"Call:{name}"
        case gast.ListComp() | gast.SetComp() | gast.DictComp() | gast.GeneratorExp():
            if any(generator.is_async for generator in node.generators):
                return "Await"
    return type(node).__name__


def _walk(root: gast.AST) -> Iterator[gast.AST]:
    """All nodes that run when the function is called, in no special order.

    Annotations do not run, and neither do the defaults of the function itself.
    """
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for name in node._fields:
            if name in ("annotation", "returns", "ctx"):
                continue
            if name == "args" and node is root:
                continue
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending.extend(item for item in value if isinstance(item, gast.AST))
            elif isinstance(value, gast.AST):
                pending.append(value)


def _bound(reading: Reading) -> set[str]:
    """The names that are bound in the function or around it."""
    names = {node.name for node in _walk(reading.tree) if hasattr(node, "name")}
    for node in gast.walk(reading.tree):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            names.add(node.id)
    return names | set(reading.closure)


def _is_builtin(name: str, bound: set[str], reading: Reading) -> bool:
    if name in bound:
        return False
    missing = object()
    value = reading.globals.get(name, missing)
    return value is missing or value is getattr(builtins, name)


def _span(node: gast.AST, construct: Construct, source: Source) -> Span:
    span = source.span(node)
    line = source.line(span.line).encode()[span.col :].decode()
    keyword = re.match(r"(async\s+)?\w+", line)
    if construct.caret_on_keyword and keyword:
        end = span.col + len(keyword[0])
        return Span(source, span.line, span.col, span.line, end)
    return span


def _filled(hint: str, node: gast.AST, source: Source) -> str:
    for name, text in _fillings(node, source).items():
        hint = hint.replace("{" + name + "}", text)
    return hint


def _fillings(node: gast.AST, source: Source) -> dict[str, str]:
    """What a rewrite needs of the user's own text."""

    def text(part: gast.AST) -> str:
        return source.text(source.span(part))

    match node:
        case gast.SetComp():
            return {"inner": text(node).strip("{}").strip()}
        case gast.Match(subject=subject, cases=[first, *_]):
            is_value = isinstance(first.pattern, gast.MatchValue)
            pattern = text(first.pattern) if is_value else "..."
            return {"subject": text(subject), "first": pattern}
        case gast.Global(names=names) | gast.Nonlocal(names=names):
            return {"names": ", ".join(names)}
        case gast.Yield(value=value):
            return {"collect": "append", "value": text(value) if value else "None"}
        case gast.YieldFrom(value=value):
            return {"collect": "extend", "value": text(value)}
        case gast.Delete(targets=[gast.Subscript(value=value, slice=index), *_]):
            return {"value": text(value), "index": text(index)}
    return {}
