"""Expressions in one line, with the parentheses and spaces that a person writes."""

from __future__ import annotations

import math
from collections.abc import Iterable

import astunparse
import gast

from dpc.backends.layout import operands_of
from dpc.backends.marks import Verbatim
from dpc.backends.operators import ATOM, CHOICE, COMPARE, LAMBDA, LEVELS, TUPLE


class Inline(astunparse.Unparser):  # type: ignore[misc]
    """Writes expressions to the current line."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self.inside_string = False  # where quotes of the other kind are written

    def write(self, text: str) -> None:
        """Append to the current line."""
        self.line.append(text)

    def flat(self, node: gast.AST) -> str:
        """An expression in one line."""
        outer, self.line = self.line, []
        self.dispatch(node)
        text, self.line = "".join(self.line), outer
        return text

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
        (_, left, above), (sign, right, below) = operands_of(t)
        signed = isinstance(left, gast.UnaryOp)
        tight = sign == "**" and not signed and _is_simple(left) and _is_simple(right)
        self.operand(left, above)
        self.write(sign if tight else f" {sign} ")
        self.operand(right, below)

    def _UnaryOp(self, t: gast.UnaryOp) -> None:
        ((sign, part, level),) = operands_of(t)
        self.write(sign)
        self.operand(part, level)

    def _operation(self, t: gast.AST) -> None:
        for place, (sign, part, level) in enumerate(operands_of(t)):
            if place:
                self.write(f" {sign} ")
            self.operand(part, level)

    _BoolOp = _Compare = _IfExp = _operation

    def _Call(self, t: gast.Call) -> None:
        self.operand(t.func, ATOM)
        items = [*t.args, *t.keywords]
        if len(items) == 1 and isinstance(items[0], gast.GeneratorExp):
            self.dispatch(items[0])  # It has parentheses of its own.
            return
        self.write("(")
        self.items(items)
        self.write(")")

    def _comprehension(self, t: gast.comprehension) -> None:
        self.write(f" for {self._target(t.target)} in ")
        self.operand(t.iter, CHOICE + 1)
        for test in t.ifs:
            self.write(" if ")
            self.operand(test, CHOICE + 1)

    def _Starred(self, t: gast.Starred) -> None:
        self.write("*")
        self.operand(t.value, COMPARE + 1)

    def _keyword(self, t: gast.keyword) -> None:
        self.write("**" if t.arg is None else f"{t.arg}=")
        self.operand(t.value, LAMBDA)

    def _Attribute(self, t: gast.Attribute) -> None:
        literal = t.value.value if isinstance(t.value, gast.Constant) else None
        number = isinstance(literal, int | float | complex)
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
        text = _literal(t.value)
        if self.inside_string and text[0] == '"' and "'" not in text:
            text = f"'{text[1:-1]}'"
        self.write(text)

    def _JoinedStr(self, t: gast.JoinedStr) -> None:
        parts = [self._part(value) for value in t.values]
        quote = "'" if any('"' in part for part in parts) else '"'
        self.write(f"f{quote}{''.join(parts)}{quote}")

    def _part(self, t: gast.AST) -> str:
        if isinstance(t, gast.Constant):
            return _literal(t.value)[1:-1].replace("{", "{{").replace("}", "}}")
        self.inside_string, was = True, self.inside_string
        inside, self.inside_string = self.flat(t.value), was
        conversion = f"!{chr(t.conversion)}" if t.conversion > 0 else ""
        spec = f":{t.format_spec.values[0].value}" if t.format_spec else ""
        space = " " if inside.startswith("{") else ""
        return f"{{{space}{inside}{conversion}{spec}}}"

    def _Lambda(self, t: gast.Lambda) -> None:
        params = ", ".join(self._parameters(t.args))
        self.write(f"lambda {params}: " if params else "lambda: ")
        self.operand(t.body, LAMBDA)

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
        return f"{arg.id}={self.flat(default)}"


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
            return not isinstance(node.value, str | bytes)
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
        case float():
            return _decimal(value)
        case _ if value is Ellipsis:
            return "..."
        case _:
            return repr(value)


def _decimal(value: float) -> str:
    """A float as it was most likely written: 1e9, 1e-6, 0.25."""
    if math.isinf(value):
        return "1e999"
    plain = repr(value).replace("e-0", "e-").replace("e+", "e")
    digits = plain.removesuffix(".0")
    rounded = digits.rstrip("0")
    if digits == plain or len(digits) - len(rounded) < 5:
        return plain
    return f"{rounded}e{len(digits) - len(rounded)}"


def _quoted(text: str) -> str:
    """A string literal with double quotes, unless that takes more backslashes."""
    if text[0] == '"':
        return text
    inside = text[1:-1]
    if '"' not in inside:
        return '"' + inside.replace("\\'", "'") + '"'
    return text
