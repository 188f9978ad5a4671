"""From values to expressions of Python's syntax."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import gast

from dpc.backends.operators import BINARY, BOOLEAN, COMPARISONS, OPPOSITE, UNARY
from dpc.backends.tree import Choice, Expression, Inner
from dpc.errors import Diagnostic, InternalError
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot, Undefined

LOAD, STORE = gast.Load(), gast.Store()


def name(identifier: str) -> gast.Name:
    """A name that is read."""
    return gast.Name(identifier, LOAD, None, None)


def target(identifier: str) -> gast.Name:
    """A name that is assigned."""
    return gast.Name(identifier, STORE, None, None)


def constant(value: object) -> gast.Constant:
    """A literal that Python writes by itself."""
    return gast.Constant(value, None)


def attribute(base: gast.AST, attr: str) -> gast.Attribute:
    """`base.attr`."""
    return gast.Attribute(base, attr, LOAD)


def call(
    function: gast.AST,
    args: Iterable[gast.AST],
    kwargs: Iterable[tuple[str, gast.AST]] = (),
) -> gast.Call:
    """`function(*args, **kwargs)`."""
    keywords = [gast.keyword(key, value) for key, value in kwargs]
    return gast.Call(function, list(args), keywords)


def together(items: list[gast.AST], ctx: gast.AST = LOAD) -> gast.AST:
    """The only item, or a tuple of all."""
    return items[0] if len(items) == 1 else gast.Tuple(items, ctx)


def opposite(test: gast.AST) -> gast.AST:
    """The expression of `not test`."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    if isinstance(test, gast.Compare) and len(test.ops) == 1:
        found = OPPOSITE.get(type(test.ops[0]))
        if found is not None:
            return gast.Compare(test.left, [found()], test.comparators)
    return gast.UnaryOp(gast.Not(), test)


def _is_namespace(cls: Atom) -> bool:
    """An object of this class has the fields that its initialiser is given."""
    return isinstance(cls, Object) and (cls.scope, *cls.path) == (
        "types",
        "SimpleNamespace",
    )


class Expressions:
    """Builds expressions, given what nests and how slots and modules are called.

    `spell` gives the name of a slot where it is read, `dotted` the expression for the
    key of a function, `scope` the one for a live object.
    """

    def __init__(
        self,
        inner: Inner,
        spell: Callable[[Slot], str],
        dotted: Callable[[str], gast.AST],
        scope: Callable[[Object], gast.AST],
    ) -> None:
        self.inner, self.spell, self.dotted, self.scope = inner, spell, dotted, scope

    def of(self, value: Expression | Atom) -> gast.AST:
        """The expression of an atom or value."""
        match value:
            case Slot():
                nested = self.inner.get(value)
                return name(self.spell(value)) if nested is None else self.of(nested)
            case Apply():
                return self._apply(value)
            case Const(literal):
                return self.literal(literal)
            case Object():
                return self.scope(value)
            case Choice(test, then, orelse):
                return gast.IfExp(self.of(test), self.of(then), self.of(orelse))
            case Undefined():
                return constant(None)

    def _apply(self, value: Apply) -> gast.AST:
        fn, args = value.fn, value.args
        if fn in BINARY:
            return gast.BinOp(self.of(args[0]), BINARY[fn][0](), self.of(args[1]))
        if fn == "operator.not_":
            return opposite(self.of(args[0]))
        if fn in UNARY:
            return gast.UnaryOp(UNARY[fn][0](), self.of(args[0]))
        if fn in COMPARISONS:
            return self._compare(fn, args)
        if fn in BOOLEAN:
            return self._boolean(fn, args)
        build = SYNTAX.get(fn)
        if build is not None:
            return build(self, value)
        if fn.startswith("method."):
            function = attribute(self.of(args[0]), fn[len("method.") :])
            return self._call(function, args[1:], value)
        if fn == "np.copy" and _is_method(value):
            return call(attribute(self.of(args[0]), "copy"), [])
        if fn == "new" and (_is_namespace(args[0]) or (args[1:] and not value.kwargs)):
            return self._call(self.of(args[0]), args[1:], value)
        return self._call(self.dotted(fn), args, value)

    def _call(
        self, function: gast.AST, args: Iterable[Atom], value: Apply
    ) -> gast.Call:
        return call(
            function,
            [self.of(a) for a in args],
            [(key, self.of(a)) for key, a in value.kwargs],
        )

    def _compare(self, fn: str, args: tuple[Atom, ...]) -> gast.AST:
        left, right = self.of(args[0]), self.of(args[1])
        if fn == "operator.contains":
            left, right = right, left
        return gast.Compare(left, [COMPARISONS[fn][0]()], [right])

    def _boolean(self, fn: str, args: tuple[Atom, ...]) -> gast.AST:
        op = BOOLEAN[fn][0]
        left, right = self.of(args[0]), self.of(args[1])
        if fn == "and" and _chains(left, right):
            ops, rest = left.ops + right.ops, left.comparators + right.comparators
            return gast.Compare(left.left, ops, rest)
        first = (
            left.values if isinstance(left, gast.BoolOp) and _is(left, op) else [left]
        )
        return gast.BoolOp(op(), [*first, right])

    # Indices

    def index(self, atom: Atom) -> gast.AST:
        """An atom between brackets, where slices have a syntax of their own."""
        value: Expression | Atom = atom
        while isinstance(value, Slot) and value in self.inner:
            value = self.inner[value]
        match value:
            case Const(tuple() as items) if items:
                return gast.Tuple([self._literal_index(item) for item in items], LOAD)
            case Const(literal):
                return self._literal_index(literal)
            case Apply("slice", ends):
                return gast.Slice(*[None if _is_none(e) else self.of(e) for e in ends])
            case Apply("tuple", items) if items:
                return gast.Tuple([self.index(item) for item in items], LOAD)
            case _:
                return self.of(value)

    def _literal_index(self, value: object) -> gast.AST:
        if not isinstance(value, slice):
            return self.literal(value)
        ends = (value.start, value.stop, value.step)
        return gast.Slice(*[None if end is None else self.literal(end) for end in ends])

    # Literals

    def literal(self, value: object) -> gast.AST:
        """The expression of a literal."""
        match value:
            case slice():
                ends = (value.start, value.stop, value.step)
                return self._slice(Apply("slice", tuple(map(Const, ends))))
            case tuple():
                return gast.Tuple([self.literal(item) for item in value], LOAD)
            case bool():
                return constant(value)
            case int() | float() if value != value or _is_negative(value):
                return self._number(value)
            case float() if math.isinf(value):
                return attribute(self.dotted("np"), "inf")
            case complex() if value.real or _is_negative(value.real):
                real, imaginary = self.literal(value.real), constant(value.imag * 1j)
                return gast.BinOp(real, gast.Add(), imaginary)
            case _:
                return constant(value)

    def _number(self, value: float) -> gast.AST:
        if value != value:
            return attribute(self.dotted("np"), "nan")
        return gast.UnaryOp(gast.USub(), self.literal(-value))

    # Syntax that is not an operator

    def _getitem(self, value: Apply) -> gast.AST:
        base, index = value.args
        return gast.Subscript(self.of(base), self.index(index), LOAD)

    def _getattr(self, value: Apply) -> gast.AST:
        base, field = value.args
        if isinstance(field, Const) and isinstance(field.value, str):
            return attribute(self.of(base), field.value)
        return call(self.dotted("getattr"), [self.of(base), self.of(field)])

    def _slice(self, value: Apply) -> gast.AST:
        """`slice(a, None)` where it stands for `a:`, `slice(None)` for `:`."""
        ends = value.args[:2] if _is_none(value.args[-1]) else value.args
        if all(map(_is_none, ends)):
            ends = ends[:1]
        return call(self.dotted("slice"), [self.of(end) for end in ends])

    def _tuple(self, value: Apply) -> gast.AST:
        return gast.Tuple([self.of(a) for a in value.args], LOAD)

    def _list(self, value: Apply) -> gast.AST:
        return gast.List([self.of(a) for a in value.args], LOAD)

    def _dict(self, value: Apply) -> gast.AST:
        made = [self.of(a) for a in value.args]
        return gast.Dict(made[::2], made[1::2])

    def _called(self, value: Apply) -> gast.AST:
        return self._call(self.of(value.args[0]), value.args[1:], value)

    def _sequence(self, value: Apply) -> gast.AST:
        return self._call(self.dotted(SEQUENCE), value.args, value)

    def _fstring(self, value: Apply) -> gast.AST:
        return gast.JoinedStr([self._part(a) for a in value.args])

    def _part(self, atom: Atom) -> gast.AST:
        if isinstance(atom, Const) and isinstance(atom.value, str):
            return constant(atom.value)
        inner = self.inner.get(atom) if isinstance(atom, Slot) else None
        if isinstance(inner, Apply) and inner.fn == "format":
            spec = inner.args[1]
            assert isinstance(spec, Const)
            made = gast.JoinedStr([constant(spec.value)])
            return gast.FormattedValue(self.of(inner.args[0]), -1, made)
        return gast.FormattedValue(self.of(atom), -1, None)


# An array, of which the program may write what it has not walked over yet, and a list,
# which may grow, must stay what they are; all else is listed.
SEQUENCE = "dpc.sequence"

SYNTAX: dict[str, Callable[[Expressions, Apply], gast.AST]] = {
    "getitem": Expressions._getitem,
    "getattr": Expressions._getattr,
    "slice": Expressions._slice,
    "tuple": Expressions._tuple,
    "list": Expressions._list,
    "dict": Expressions._dict,
    "call": Expressions._called,
    "sequence": Expressions._sequence,
    "fstring": Expressions._fstring,
}


def _is_negative(value: float) -> bool:
    return math.copysign(1, value) < 0


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is None


def _is(node: gast.BoolOp, op: type[gast.AST]) -> bool:
    return isinstance(node.op, op)


def _chains(left: gast.AST, right: gast.AST) -> bool:
    """`a < b and b < c`, where `b` is a name or a number, is `a < b < c`."""
    if not isinstance(left, gast.Compare) or not isinstance(right, gast.Compare):
        return False
    end, start = left.comparators[-1], right.left
    if isinstance(end, gast.Name) and isinstance(start, gast.Name):
        return bool(end.id == start.id)
    numbers = isinstance(end, gast.Constant) and isinstance(start, gast.Constant)
    return numbers and type(end.value) is type(start.value) and end.value == start.value


def unknown_syntax(what: object) -> InternalError:
    """What no printer was written for."""
    return InternalError(Diagnostic(f"{what!r} cannot be printed", "", None))


def _is_method(value: Apply) -> bool:
    """`x.copy()`, whose order is another than that of the function."""
    orders = [atom.value for _, atom in value.kwargs if isinstance(atom, Const)]
    return orders == ["C"]
