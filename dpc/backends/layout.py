"""Statements that are too long for one line, broken where `ruff format` breaks them.

An expression becomes a document: text, places where a line may end, and groups that
break at all of their places or at none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gast

from dpc.backends.operators import ATOM, CHOICE, COMPARE, LAMBDA, LEVELS, OR, SIGNS

LIMIT = 88
INDENT = 4


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a line may end, and what stands there if it does not."""

    flat: str = ""


@dataclass(frozen=True, slots=True)
class Wide:
    """Text that stands only where the enclosing group is broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that break together."""

    parts: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Indented:
    """Parts of the enclosing group, on indented lines."""

    parts: tuple[Doc, ...]


Doc = str | Break | Wide | Group | Indented
SPACE, SOFT = Break(" "), Break("")
BRACKETS = "([{"


class Layout:
    """Documents of expressions, given how they are written in one line."""

    def __init__(
        self, flat: Callable[[gast.AST], str], level: Callable[[gast.AST], int]
    ) -> None:
        self.flat, self.level = flat, level

    def statement(self, before: str, node: gast.AST, after: str, indent: int) -> str:
        """The lines of `before node after`, for the right side of a statement."""
        if isinstance(node, gast.Tuple) and len(node.elts) > 1 and not after:
            items = (SOFT, *self._separated(node.elts), Wide(","))
            whole = Group((Wide("("), Indented(items), SOFT, Wide(")")))
            return render((before, whole, after), indent)
        if not _is_operation(node):
            return render((before, *self.of(node), after), indent)
        if self._may_stay_bare(node):
            text = render((before, *self.of(node, False), after), indent)
            if all(len(line) <= LIMIT for line in text.split("\n")):
                return text
        inside = Indented((SOFT, *self.of(node)))
        whole = Group((Wide("("), inside, SOFT, Wide(")")))
        return render((before, whole, after), indent)

    def loop(self, target: gast.AST, node: gast.AST, indent: int) -> str:
        """The lines of `for target in node:`."""
        if not isinstance(target, gast.Tuple):
            return self.statement(f"for {self.flat(target)} in ", node, ":", indent)
        items = (SOFT, *self._separated(target.elts), Wide(","))
        each = Group((Wide("("), Indented(items), SOFT, Wide(")")))
        return render(("for ", each, " in ", *self.of(node), ":"), indent)

    def definition(self, before: str, params: Sequence[str], indent: int) -> str:
        """The lines of `def name(params):`."""
        parts = [part for param in params for part in (",", SPACE, param)][2:]
        inside = Group((*parts, Wide(",")))
        return render((before, *_bracketed("(", inside, ")"), ":"), indent)

    # Expressions

    def of(self, node: gast.AST, splits: bool = True) -> tuple[Doc, ...]:
        """The document of an expression; `splits`: it may break at its operators."""
        match node:
            case gast.BinOp() | gast.BoolOp() | gast.Compare() | gast.IfExp():
                parts = self._operation(node, splits)
                if splits:
                    return (Group(parts),)
                return tuple(p.flat if isinstance(p, Break) else p for p in parts)
            case gast.Call():
                items: list[gast.AST] = [*node.args, *node.keywords]
                arguments = Group((*self._separated(items), Wide(",")))
                inside = _bracketed("(", arguments if items else "", ")")
                return (*self.operand(node.func, ATOM), *inside)
            case gast.keyword() if node.arg is not None:
                return (f"{node.arg}=", *self.operand(node.value, LAMBDA))
            case gast.Attribute() if not isinstance(node.value, gast.Constant):
                return (*self.operand(node.value, ATOM), f".{node.attr}")
            case gast.Subscript():
                around = 2 * (self.level(node.value) < ATOM)
                written = self.flat(node)[len(self.flat(node.value)) + around :]
                index = _bracketed("[", written[1:-1], "]")
                return (*self.operand(node.value, ATOM), *index)
            case gast.UnaryOp():
                ((sign, part, needed),) = operands_of(node)
                return (sign, *self.operand(part, needed, splits))
            case gast.List() if node.elts:
                return _collection("[", self._separated(node.elts), "]")
            case gast.Tuple() if node.elts:
                return _collection("(", self._separated(node.elts), ")")
            case gast.Dict() if node.keys and all(node.keys):
                return _collection("{", self._entries(node), "}")
            case _:
                return (self.flat(node),)

    def operand(
        self, node: gast.AST, level: int, splits: bool = True
    ) -> tuple[Doc, ...]:
        """A part of an expression, in parentheses if it binds less than `level`."""
        if self.level(node) >= level:
            return self.of(node, splits)
        return _bracketed("(", Group(self.of(node)), ")")

    def _separated(self, nodes: Sequence[gast.AST]) -> tuple[Doc, ...]:
        parts: list[Doc] = []
        for place, node in enumerate(nodes):
            if place:
                parts += [",", SPACE]
            parts += self.operand(node, LAMBDA)
        return tuple(parts)

    def _entries(self, node: gast.Dict) -> tuple[Doc, ...]:
        parts: list[Doc] = []
        for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if place:
                parts += [",", SPACE]
            parts += [*self.operand(key, LAMBDA), ": ", *self.operand(value, LAMBDA)]
        return tuple(parts)

    def _operation(self, node: gast.AST, splits: bool) -> tuple[Doc, ...]:
        """Operands and signs of one level of binding, which break together."""
        power = isinstance(node, gast.BinOp) and isinstance(node.op, gast.Pow)
        if power and " ** " not in self.flat(node):
            return (self.flat(node),)
        parts: list[Doc] = []
        for place, (sign, part, level) in enumerate(operands_of(node)):
            if place:
                parts += [SPACE, f"{sign} "]
            if self.level(part) >= level and _is_chained(node, part, place):
                parts += self._operation(part, splits)
            else:
                parts += self.operand(part, level, splits)
        return tuple(parts)

    # Whether the brackets of an expression are enough to break it

    def _may_stay_bare(self, node: gast.AST) -> bool:
        """One loosest operator, and brackets at the beginning or the end."""
        _, count = self._loosest(node)
        begins = self.flat(node)[0] in BRACKETS
        return count <= 1 and (begins or self._ends_with_brackets(node))

    def _ends_with_brackets(self, node: gast.AST) -> bool:
        while parts := operands_of(node):
            _, part, needed = parts[-1]
            if self.level(part) < needed:
                return True
            node = part
        match node:
            case gast.Call():
                return bool(node.args or node.keywords)
            case gast.List() | gast.Tuple():
                return bool(node.elts)
            case gast.Dict():
                return bool(node.keys)
            case _:
                return False

    def _loosest(self, node: gast.AST) -> tuple[int, int]:
        """The level of the loosest operator outside of brackets, and its number."""
        parts = operands_of(node)
        if not parts:
            return ATOM, 0
        loosest, count = self.level(node), len(parts) - 1
        if isinstance(node, gast.UnaryOp):
            loosest = ATOM
        elif isinstance(node, gast.BoolOp):
            loosest = OR  # `and` counts as one with it.
        for _, part, needed in parts:
            if self.level(part) >= needed:
                other, number = self._loosest(part)
                if other < loosest:
                    loosest, count = other, number
                elif other == loosest:
                    count += number
        return loosest, count


def _is_operation(node: gast.AST) -> bool:
    while isinstance(node, gast.UnaryOp):
        node = node.operand
    return bool(operands_of(node))


def _is_chained(node: gast.AST, part: gast.AST, place: int) -> bool:
    """Whether an operand breaks where the operation around it breaks."""
    match node, part:
        case gast.BinOp(), gast.BinOp():
            power = isinstance(node.op, gast.Pow)
            same = LEVELS[type(node.op).__name__] == LEVELS[type(part.op).__name__]
            return same and place == int(power)
        case gast.BoolOp(), gast.BoolOp():
            return True
        case gast.IfExp(), gast.IfExp():
            return place == 2
        case _:
            return False


def operands_of(node: gast.AST) -> list[tuple[str, gast.AST, int]]:
    """The operands of an operator, each after its sign, and the levels they need."""
    match node:
        case gast.BinOp():
            name = type(node.op).__name__
            level, power = LEVELS[name], name == "Pow"
            right = (SIGNS[name], node.right, level - 1 if power else level + 1)
            return [("", node.left, level + power), right]
        case gast.BoolOp():
            name = type(node.op).__name__
            return [(SIGNS[name], value, LEVELS[name] + 1) for value in node.values]
        case gast.Compare():
            parts = zip(node.ops, node.comparators, strict=True)
            rest = [(SIGNS[type(op).__name__], n, COMPARE + 1) for op, n in parts]
            return [("", node.left, COMPARE + 1), *rest]
        case gast.IfExp():
            test = ("if", node.test, CHOICE + 1)
            return [("", node.body, CHOICE + 1), test, ("else", node.orelse, CHOICE)]
        case gast.UnaryOp():
            name = type(node.op).__name__
            inside = node.operand
            power = isinstance(inside, gast.BinOp) and isinstance(inside.op, gast.Pow)
            return [(SIGNS[name], inside, ATOM if power else LEVELS[name])]
        case _:
            return []


def _bracketed(opening: str, inside: Doc, closing: str) -> tuple[Doc, ...]:
    if not inside:
        return (opening + closing,)
    return (Group((opening, Indented((SOFT, inside)), SOFT, closing)),)


def _collection(opening: str, items: tuple[Doc, ...], closing: str) -> tuple[Doc, ...]:
    single = opening == "(" and SPACE not in items
    last: Doc = "," if single else Wide(",")
    return (Group((opening, Indented((SOFT, *items, last)), SOFT, closing)),)


# What is to be rendered: a document, its indentation, whether it is in one line.
Entry = tuple[Doc, int, bool]


def render(parts: Sequence[Doc], indent: int) -> str:
    """The text of a document whose first line begins at column `indent`."""
    written: list[str] = []
    column = indent
    stack: list[Entry] = [(part, indent, False) for part in reversed(parts)]
    while stack:
        doc, margin, flat = stack.pop()
        match doc:
            case str():
                written.append(doc)
                column += len(doc)
            case Break() if flat:
                written.append(doc.flat)
                column += len(doc.flat)
            case Break():
                written.append("\n" + " " * margin)
                column = margin
            case Wide() if not flat:
                written.append(doc.text)
                column += len(doc.text)
            case Group(inside):
                fits = flat or _fits(doc, LIMIT - column, stack)
                stack += [(part, margin, fits) for part in reversed(inside)]
            case Indented(inside):
                stack += [(p, margin + INDENT, flat) for p in reversed(inside)]
            case _:
                pass
    return "\n".join(line.rstrip() for line in "".join(written).split("\n"))


def _fits(doc: Doc, room: int, rest: Sequence[Entry]) -> bool:
    """Whether a group fits in one line with what follows it up to the next break."""
    stack: list[tuple[Doc, bool]] = [(part, f) for part, _, f in rest]
    stack.append((doc, True))
    while stack:
        part, flat = stack.pop()
        match part:
            case str():
                room -= len(part)
            case Break():
                if not flat:
                    return True
                room -= len(part.flat)
            case Wide() if not flat:
                room -= len(part.text)
            case Group(inside) | Indented(inside):
                stack += [(p, flat) for p in reversed(inside)]
            case _:
                pass
        if room < 0:
            return False
    return True
