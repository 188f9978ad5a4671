"""Python's syntax as text, laid out as `ruff format` would.

astunparse knows every node of the grammar and how it is written; this subclass adds
what a reader wants: parentheses only where they bind, comments, spaces that show
precedence, and lines of at most 88 columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from io import StringIO

import astunparse
import gast

from dpc.backends.marks import Verbatim
from dpc.backends.operators import (
    ATOM,
    CHOICE,
    COMPARE,
    LAMBDA,
    LEVELS,
    SIGNS,
    TUPLE,
)

LIMIT = 88


class Printer(astunparse.Unparser):  # type: ignore[misc]
    """Writes a module. `text` is what has been written."""

    def __init__(self, tree: gast.AST) -> None:
        self.f = StringIO()
        self.future_imports: list[str] = []
        self._indent = 0
        self.dispatch(tree)

    @property
    def text(self) -> str:
        """The module's text."""
        return str(self.f.getvalue()).lstrip("\n").rstrip() + "\n"

    def write(self, text: str) -> None:
        """Append to the current line."""
        self.f.write(text)

    # Expressions

    def operand(self, node: gast.AST, level: int) -> None:
        """A part of an expression, in parentheses if it binds less than `level`."""
        if level_of(node) < level:
            self.write("(")
            self.dispatch(node)
            self.write(")")
        else:
            self.dispatch(node)

    def items(self, nodes: Iterable[gast.AST], between: str = ", ") -> None:
        """Expressions between commas."""
        for place, node in enumerate(nodes):
            if place:
                self.write(between)
            self.operand(node, LAMBDA)

    def _BinOp(self, t: gast.BinOp) -> None:
        sign = type(t.op).__name__
        level = LEVELS[sign]
        if sign == "Pow":
            signed = isinstance(t.left, gast.UnaryOp)
            tight = not signed and _is_simple(t.left) and _is_simple(t.right)
            self.operand(t.left, level + 1)
            self.write("**" if tight else " ** ")
            self.operand(t.right, level - 1)
            return
        self.operand(t.left, level)
        self.write(f" {SIGNS[sign]} ")
        self.operand(t.right, level + 1)

    def _UnaryOp(self, t: gast.UnaryOp) -> None:
        sign = type(t.op).__name__
        self.write(SIGNS[sign])
        self.operand(t.operand, LEVELS[sign])

    def _BoolOp(self, t: gast.BoolOp) -> None:
        sign = type(t.op).__name__
        for place, value in enumerate(t.values):
            if place:
                self.write(f" {SIGNS[sign]} ")
            self.operand(value, LEVELS[sign] + 1)

    def _Compare(self, t: gast.Compare) -> None:
        self.operand(t.left, COMPARE + 1)
        for op, right in zip(t.ops, t.comparators, strict=True):
            self.write(f" {SIGNS[type(op).__name__]} ")
            self.operand(right, COMPARE + 1)

    def _IfExp(self, t: gast.IfExp) -> None:
        self.operand(t.body, CHOICE + 1)
        self.write(" if ")
        self.operand(t.test, CHOICE + 1)
        self.write(" else ")
        self.operand(t.orelse, CHOICE)

    def _Call(self, t: gast.Call) -> None:
        self.operand(t.func, ATOM)
        self.write("(")
        self.items([*t.args, *t.keywords])
        self.write(")")

    def _Starred(self, t: gast.Starred) -> None:
        self.write("*")
        self.operand(t.value, COMPARE + 1)

    def _keyword(self, t: gast.keyword) -> None:
        self.write("**" if t.arg is None else f"{t.arg}=")
        self.operand(t.value, LAMBDA)

    def _Attribute(self, t: gast.Attribute) -> None:
        number = isinstance(t.value, gast.Constant) and isinstance(t.value.value, int)
        self.operand(t.value, ATOM + number)
        self.write(f".{t.attr}")

    def _Subscript(self, t: gast.Subscript) -> None:
        self.operand(t.value, ATOM)
        self.write("[")
        if isinstance(t.slice, gast.Tuple) and t.slice.elts:
            self._bare(t.slice)
        else:
            self.dispatch(t.slice)
        self.write("]")

    def _Slice(self, t: gast.Slice) -> None:
        ends = (t.lower, t.upper, t.step)
        gap = "" if all(end is None or _is_short(end) for end in ends) else " "
        if t.lower is not None:
            self.operand(t.lower, LAMBDA)
            self.write(gap)
        self.write(":")
        if t.upper is not None:
            self.write(gap)
            self.operand(t.upper, LAMBDA)
        if t.step is not None:
            self.write((gap if t.upper is not None else "") + ":" + gap)
            self.operand(t.step, LAMBDA)

    def _Tuple(self, t: gast.Tuple) -> None:
        self.write("(")
        self._bare(t)
        self.write(")")

    def _bare(self, t: gast.Tuple) -> None:
        self.items(t.elts)
        if len(t.elts) == 1:
            self.write(",")

    def _List(self, t: gast.List) -> None:
        self.write("[")
        self.items(t.elts)
        self.write("]")

    def _Dict(self, t: gast.Dict) -> None:
        self.write("{")
        for place, (key, value) in enumerate(zip(t.keys, t.values, strict=True)):
            if place:
                self.write(", ")
            if key is None:
                self.write("**")
            else:
                self.operand(key, LAMBDA)
                self.write(": ")
            self.operand(value, LAMBDA)
        self.write("}")

    def _Constant(self, t: gast.Constant) -> None:
        self.write(_literal(t.value))

    def _JoinedStr(self, t: gast.JoinedStr) -> None:
        parts = [self._part(value) for value in t.values]
        quote = "'" if any('"' in part for part in parts) else '"'
        self.write(f"f{quote}{''.join(parts)}{quote}")

    def _part(self, t: gast.AST) -> str:
        if isinstance(t, gast.Constant):
            return _literal(t.value)[1:-1].replace("{", "{{").replace("}", "}}")
        outer, self.f = self.f, StringIO()
        self.operand(t.value, LAMBDA)
        inside, self.f = self.f.getvalue(), outer
        conversion = f"!{chr(t.conversion)}" if t.conversion > 0 else ""
        spec = f":{t.format_spec.values[0].value}" if t.format_spec else ""
        space = " " if inside.startswith("{") else ""
        return f"{{{space}{inside}{conversion}{spec}}}"

    # Statements

    def _whole(self, node: gast.AST) -> None:
        """An expression that is a line's right side: a tuple needs no parentheses."""
        if isinstance(node, gast.Tuple) and node.elts:
            self._bare(node)
        else:
            self.dispatch(node)

    def _Assign(self, t: gast.Assign) -> None:
        self.fill()
        for target in t.targets:
            self._whole(target)
            self.write(" = ")
        self._whole(t.value)

    def _AugAssign(self, t: gast.AugAssign) -> None:
        self.fill()
        self.dispatch(t.target)
        self.write(f" {SIGNS[type(t.op).__name__]}= ")
        self._whole(t.value)

    def _Return(self, t: gast.Return) -> None:
        self.fill("return")
        if t.value is not None:
            self.write(" ")
            self._whole(t.value)

    def _If(self, t: gast.If) -> None:
        self.fill("if ")
        self._branches(t)

    def _branches(self, t: gast.If) -> None:
        self._whole(t.test)
        self.enter()
        self.dispatch(t.body)
        self.leave()
        if len(t.orelse) == 1 and isinstance(t.orelse[0], gast.If):
            self.fill("elif ")
            self._branches(t.orelse[0])
        elif t.orelse:
            self.fill("else")
            self.enter()
            self.dispatch(t.orelse)
            self.leave()

    def _For(self, t: gast.For) -> None:
        self.fill("for ")
        self._whole(t.target)
        self.write(" in ")
        self._whole(t.iter)
        self.enter()
        self.dispatch(t.body)
        self.leave()

    def _FunctionDef(self, t: gast.FunctionDef) -> None:
        self.fill(f"def {t.name}(")
        self.write(", ".join(self._parameters(t.args)))
        self.write(")")
        self.enter()
        self.dispatch(t.body)
        self.leave()

    def _parameters(self, t: gast.arguments) -> list[str]:
        plain = [*t.posonlyargs, *t.args]
        first = len(plain) - len(t.defaults)
        shown = []
        for place, arg in enumerate(plain):
            default = t.defaults[place - first] if place >= first else None
            shown.append(self._parameter(arg, default))
            if t.posonlyargs and place == len(t.posonlyargs) - 1:
                shown.append("/")
        if t.vararg is not None:
            shown.append(f"*{t.vararg.id}")
        elif t.kwonlyargs:
            shown.append("*")
        for arg, default in zip(t.kwonlyargs, t.kw_defaults, strict=True):
            shown.append(self._parameter(arg, default))
        if t.kwarg is not None:
            shown.append(f"**{t.kwarg.id}")
        return shown

    def _parameter(self, arg: gast.AST, default: gast.AST | None) -> str:
        if default is None:
            return str(arg.id)
        if isinstance(default, Verbatim):
            return f"{arg.id}={default.text}"
        outer, self.f = self.f, StringIO()
        self.operand(default, LAMBDA)
        text, self.f = self.f.getvalue(), outer
        return f"{arg.id}={text}"

    def _CommentLine(self, t: gast.AST) -> None:
        room = LIMIT - 4 * self._indent - len("# ")
        text = t.text if len(t.text) <= room else t.text[: room - 4].rstrip() + " ..."
        self.fill(f"# {text}")

    def _BlankLine(self, t: gast.AST) -> None:
        self.write("\n")

    def _Docstring(self, t: gast.AST) -> None:
        first, *rest = t.text.split("\n")
        self.fill(f'"""{first}')
        for line in rest:
            self.write("\n" if not line else "\n" + "    " * self._indent + line)
        if rest:
            self.fill()
        self.write('"""')

    def _Verbatim(self, t: gast.AST) -> None:
        for line in t.text.split("\n"):
            if line:
                self.fill(line)
            else:
                self.write("\n")


def level_of(node: gast.AST) -> int:
    """How tightly the outermost operator of an expression binds."""
    match node:
        case gast.BinOp() | gast.UnaryOp() | gast.BoolOp():
            return LEVELS[type(node.op).__name__]
        case gast.Compare():
            return COMPARE
        case gast.IfExp():
            return CHOICE
        case gast.Lambda():
            return LAMBDA
        case gast.Constant(value=complex() as value) if value.real:
            return TUPLE
        case _:
            return ATOM


def _is_simple(node: gast.AST) -> bool:
    """An operand of `**` that needs no spaces around the sign."""
    match node:
        case gast.Name():
            return True
        case gast.Constant():
            return type(node.value) in (int, float)
        case gast.UnaryOp():
            return not isinstance(node.op, gast.Not) and _is_simple(node.operand)
        case gast.Attribute():
            return _is_simple(node.value)
        case _:
            return False


def _is_short(node: gast.AST) -> bool:
    """An end of a slice that needs no space beside the colon."""
    if isinstance(node, gast.UnaryOp):
        return _is_short(node.operand)
    return isinstance(node, gast.Name | gast.Constant)


def _literal(value: object) -> str:
    match value:
        case str():
            return _quoted(repr(value))
        case bytes():
            return "b" + _quoted(repr(value)[1:])
        case float() if math.isinf(value):
            return "1e999"
        case _ if value is Ellipsis:
            return "..."
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    """A string literal with double quotes, unless that takes more backslashes."""
    if text[0] == '"':
        return text
    inside = text[1:-1]
    if '"' not in inside:
        return '"' + inside.replace("\\'", "'") + '"'
    return text
