"""Local algebra on values as they are built.

before                      after
`g * 1.0`, `1.0 * g`        `g`
`g * -1.0`                  `-g`
`g * 0.0`                   `0.0`, of numbers
`-(-g)`                     `g`
`g + 0.0`, `g - 0.0`        `g`
`0.0 - g`                   `-g`
`a + -b`, `a - -b`          `a - b`, `a + b`
`a + a`                     `2 * a`
`-a * b`, `a * -b`          `-(a * b)`
`a / 1.0`, `a ** 1`         `a`
`a ** 2`                    `a * a`
`a * r - b * (r * c)`       `(a - b * c) * r`, of numbers
`a * b - a * c`             `a * (b - c)`, of numbers
`masked(a, b) - masked(a, c)`  `masked(a, b - c)`, of numbers
`masked(a, b) + masked(a, c)`  `masked(a, b + c)`, of one shape
`sum(a * b) - sum(a * c)`   `sum(a * (b - c))`, of one shape
`sum(-a, axis=0)`           `-sum(a, axis=0)`
`a + b - (c + d)`           `(a - c) + (b - d)`, where both have a common factor
`counted(a, b) - counted(b, a)`  `contrast(a, b)`
`masked(g, -a)`             `-masked(g, a)`
`masked(g, a > b)`          `g * (a > b)`
`2.0 * 3.0`                 `6.0`
`full_like(g, y)[:, None] * x`  `g * x`, of a number `g`
`x.T.T`, `(a.T @ b).T`      `x`, `b.T @ a`
`(a, b)[0]`                 `a`

Only for adjoint and tangent code, where every operand is floating and the sign of a
zero does not matter; the user's own statements are never simplified. A partial may be a
truth value, as that of `relu` is, `x > 0`: it is a factor, and stays one, since NumPy
has no `-` of truth values, and their `+` is an `or`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import isfinite
from typing import Protocol

from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot

_ARITHMETIC: dict[str, Callable[..., float]] = {
    "operator.add": operator.add,
    "operator.sub": operator.sub,
    "operator.mul": operator.mul,
    "operator.neg": operator.neg,
}

_TESTS = frozenset(
    f"operator.{name}"
    for name in ("lt", "le", "gt", "ge", "eq", "ne", "not_", "invert")
)
# A minus goes through them: what they give is no larger than what they are given.
_LINEAR = frozenset("np.sum np.roll np.reshape np.transpose np.tril np.triu".split())
T = Const("T")


Simplified = Apply | Atom


class Context(Protocol):
    """What simplification needs of the builder."""

    def apply(self, fn: str, *args: Atom, name: str = "", **kwargs: Atom) -> Atom: ...

    def computed(self, call: Apply) -> Atom: ...

    def unwritten(self, atom: Atom) -> Apply | None: ...

    def just_made(self, atom: Atom) -> bool: ...

    def fact(self, atom: Atom) -> Fact: ...


def number(atom: Atom) -> float | int | None:
    """The value of a real literal."""
    if isinstance(atom, Const) and type(atom.value) in (int, float):
        return atom.value  # type: ignore[return-value]
    return None


def negated(build: Context, atom: Atom) -> Atom | None:
    """`x` if the atom is `-x` or a negative literal."""
    value = number(atom)
    if value is not None:
        return Const(-value) if value < 0 else None
    found = build.unwritten(atom)
    if found is not None and found.fn == "operator.neg":
        return found.args[0]
    return None


def simplified(build: Context, value: Apply) -> Simplified:
    """The simplest value equal to `value`."""
    if value.fn in _LINEAR and value.args:
        inner = negated(build, value.args[0])
        if inner is not None and number(value.args[0]) is None:
            call = Apply(value.fn, (inner, *value.args[1:]), value.kwargs)
            return _negation(build, build.computed(call))
    if value.kwargs:
        return value
    if value.fn in _ARITHMETIC:
        numbers = [number(a) for a in value.args]
        if all(n is not None for n in numbers):
            return Const(_ARITHMETIC[value.fn](*numbers))
    match value:
        case Apply("operator.neg", (x,)):
            inner = negated(build, x)
            return value if inner is None else inner
        case Apply("operator.mul", (x, y)):
            return _product(build, value, x, y)
        case Apply("operator.add", (x, y)):
            return _sum(build, value, x, y)
        case Apply("operator.sub", (x, y)):
            return _difference(build, value, x, y)
        case Apply("operator.truediv", (x, y)):
            return _quotient(build, value, x, y)
        case Apply("operator.pow", (x, y)):
            if number(y) == 1:
                return x
            if number(y) == 2:
                return Apply("operator.mul", (x, x))
        case Apply("getattr", (x, Const("T"))):
            return _transposed(build, value, x)
        case Apply("getitem", (x, Const(int() as place))):
            found = build.unwritten(x)
            kinds = ("tuple", "list") if build.just_made(x) else ("tuple",)
            if found is not None and found.fn in kinds and place < len(found.args):
                return found.args[place]
        case Apply("dpc.masked", (g, x)) if _is_finite(build, x):
            return _product(build, Apply("operator.mul", (g, x)), g, x)
        case Apply("dpc.masked", (g, x)) if (inner := negated(build, x)) is not None:
            return _negation(build, build.apply("dpc.masked", g, inner))
    return value


def _transposed(build: Context, value: Apply, x: Atom) -> Simplified:
    match build.unwritten(x):
        case Apply("getattr", (inner, Const("T"))):
            return inner
        case Apply("operator.matmul", (a, b)) if build.fact(b).rank == 2:
            if not build.just_made(x):
                return value  # A view of what there is costs nothing.
            match build.unwritten(a):
                case Apply("getattr", (y, Const("T"))) if build.fact(a).rank == 2:
                    turned = build.apply("getattr", b, T)
                    return Apply("operator.matmul", (turned, y))
    return value


def _product(build: Context, value: Apply, x: Atom, y: Atom) -> Simplified:
    for one, other in ((x, y), (y, x)):
        whole = not _is_truth(build, other)
        if number(one) == 1 and whole:
            return other
        if number(one) == -1 and whole:
            return _negation(build, other)
        if number(one) == 0 and build.fact(other).is_scalar:
            return Const(0.0)
        filling = _filling(build, one, other)
        if filling is not None:
            return Apply(value.fn, (filling, other))
    # A literal goes to the front, where a reader expects it.
    if number(y) is not None and number(x) is None:
        x, y = y, x
        value = Apply(value.fn, (x, y))
    for minus, other, left in ((x, y, True), (y, x, False)):
        inner = negated(build, minus)
        if inner is not None and number(minus) is None:
            pair = (inner, other) if left else (other, inner)
            return _negation(build, build.apply("operator.mul", *pair))
    return value


def _is_truth(build: Context, x: Atom) -> bool:
    """A truth value, or an array of them, as far as it is known."""
    if build.fact(x).dtype[:1] == "b":
        return True
    found = build.unwritten(x)
    return found is not None and found.fn in _TESTS


def _is_finite(build: Context, x: Atom) -> bool:
    """A share, as that of a maximum: it is no slope that may be infinite."""
    value, found = number(x), build.unwritten(x)
    if found is not None and found.fn == "np.where" and len(found.args) == 3:
        return all(_is_finite(build, arm) for arm in found.args[1:])
    return _is_truth(build, x) or (value is not None and isfinite(value))


def _filling(build: Context, x: Atom, beside: Atom) -> Atom | None:
    """The number that fills an array `x`, where `beside` surely spans its shape."""
    found = build.unwritten(x)
    while found is not None and found.fn == "getitem":
        owner, index = found.args
        found = build.unwritten(owner) if isinstance(index, Const) else None
    if found is None or found.fn != "dpc.full_like":
        return None
    filling, facts = found.args[0], (build.fact(x), build.fact(beside))
    part, whole = (fact.shape for fact in facts)
    if part is None or whole is None or len(part) > len(whole):
        return None
    fits = all(
        size == 1 or (size is not None and size == among)
        for size, among in zip(part[::-1], whole[::-1], strict=False)
    )
    number = build.fact(filling)
    same = number.is_scalar and {f.dtype for f in (number, *facts)} == {"f8"}
    return filling if fits and same else None


def _negation(build: Context, x: Atom) -> Simplified:
    inner = negated(build, x)
    return Apply("operator.neg", (x,)) if inner is None else inner


def _sum(build: Context, value: Apply, x: Atom, y: Atom) -> Simplified:
    if number(x) == 0:
        return y
    if number(y) == 0:
        return x
    if _same(build, x, y):
        return Apply("operator.mul", (Const(2), x))
    inner = negated(build, y)
    if inner is not None:
        return _factored(build, x, inner) or Apply("operator.sub", (x, inner))
    inner = negated(build, x)
    if inner is not None and number(x) is None:
        return _factored(build, y, inner) or Apply("operator.sub", (y, inner))
    return _one_mask(build, x, y) or value


def _one_mask(build: Context, x: Atom, y: Atom) -> Simplified | None:
    """A sum of two partials that one mask guards: the mask is looked at once."""
    first, second = build.unwritten(x), build.unwritten(y)
    if first is None or second is None or not first.fn == second.fn == "dpc.masked":
        return None
    (g, a), (h, b) = first.args, second.args
    shape, other = build.fact(a).shape, build.fact(b).shape
    if g is not h or shape is None or None in shape or shape != other:
        return None
    if _is_truth(build, a) or _is_truth(build, b):
        return None
    return Apply("dpc.masked", (g, build.apply("operator.add", a, b)))


def _same(build: Context, x: Atom, y: Atom) -> bool:
    """Both are one slot, or the same arithmetic on the same slots."""
    if x is y:
        return True
    first, second = build.unwritten(x), build.unwritten(y)
    return (
        first is not None
        and second is not None
        and first.fn == second.fn
        and first.fn in _ARITHMETIC
        and all(a is b for a, b in zip(first.args, second.args, strict=True))
    )


def _difference(build: Context, value: Apply, x: Atom, y: Atom) -> Simplified:
    if number(y) == 0:
        return x
    if number(x) == 0:
        return _negation(build, y)
    inner = negated(build, y)
    if inner is not None:
        return Apply("operator.add", (x, inner))
    return _factored(build, x, y) or value


def _factored(build: Context, x: Atom, y: Atom) -> Simplified | None:
    """A difference of products of numbers with a common factor: a product less."""
    first, second = build.unwritten(x), build.unwritten(y)
    if first is None or second is None:
        return None
    if first.fn == second.fn == "np.sum":
        return _one_sum(build, first, second)
    if first.fn == second.fn == "operator.add":
        return _pairwise(build, first, second)
    if first.fn == second.fn == "dpc.counted" and first.args == second.args[::-1]:
        return Apply("dpc.contrast", first.args)
    if first.fn != second.fn:
        return None
    if first.fn == "operator.mul" and first.args[0] is second.args[0]:
        counted = build.unwritten(first.args[1])
        if counted is not None and _are_counted(build, first.args[1], second.args[1]):
            rest = build.apply("dpc.contrast", *counted.args)
            return Apply("operator.mul", (first.args[0], rest))
    if not _numbers(build, first, second):
        return None
    if any(_is_truth(build, atom) for atom in (*first.args, *second.args)):
        return None
    if first.fn == "dpc.masked" and first.args[0] is second.args[0]:
        rest = build.apply("operator.sub", first.args[1], second.args[1])
        return Apply("dpc.masked", (first.args[0], rest))
    if first.fn != "operator.mul":
        return None
    for factor, b in (first.args, first.args[::-1]):
        for other, c in (second.args, second.args[::-1]):
            if factor is other and isinstance(factor, Slot):
                rest = build.apply("operator.sub", b, c)
                return Apply("operator.mul", (factor, rest))
    inner = build.unwritten(second.args[1])
    if inner is None or inner.fn != "operator.mul" or not _numbers(build, inner):
        return None
    (a, r), b, (s, c) = first.args, second.args[0], inner.args
    if r is not s or not isinstance(r, Slot):
        return None
    rest = build.apply("operator.sub", a, build.apply("operator.mul", b, c))
    return Apply("operator.mul", (rest, r))


def _pairwise(build: Context, first: Apply, second: Apply) -> Simplified | None:
    """A difference of sums, the terms of which have common factors in pairs."""
    a, b = first.args
    for c, d in (second.args, second.args[::-1]):
        one, other = _factored(build, a, c), _factored(build, b, d)
        if one is not None and other is not None:
            return Apply("operator.add", (_atom(build, one), _atom(build, other)))
    return None


def _atom(build: Context, value: Simplified) -> Atom:
    return build.apply(value.fn, *value.args) if isinstance(value, Apply) else value


def _one_sum(build: Context, first: Apply, second: Apply) -> Simplified | None:
    one, other = (build.unwritten(call.args[0]) for call in (first, second))
    if one is None or other is None or first.kwargs or second.kwargs:
        return None
    shapes = {build.fact(call.args[0]).shape for call in (first, second)}
    if one.fn != "operator.mul" or other.fn != "operator.mul":
        return None
    if any(_is_truth(build, atom) for atom in (*one.args, *other.args)):
        return None
    for factor, b in (one.args, one.args[::-1]):
        for again, c in (other.args, other.args[::-1]):
            whole = {build.fact(factor).shape} == shapes and None not in shapes
            whole = whole or _are_counted(build, b, c)
            if factor is again and isinstance(factor, Slot) and whole:
                rest = build.apply("operator.sub", b, c)
                product = build.apply("operator.mul", factor, rest)
                return Apply("np.sum", (product,))
    return None


def _are_counted(build: Context, b: Atom, c: Atom) -> bool:
    """What a blend counts of its two sides: their cotangent has the shape of both."""
    first, second = build.unwritten(b), build.unwritten(c)
    if first is None or second is None:
        return False
    return first.fn == second.fn == "dpc.counted" and first.args == second.args[::-1]


def _numbers(build: Context, *calls: Apply) -> bool:
    return all(build.fact(atom).is_scalar for call in calls for atom in call.args)


def _quotient(build: Context, value: Apply, x: Atom, y: Atom) -> Simplified:
    if number(y) == 1:
        return x
    inner = negated(build, x)
    if inner is not None and number(x) is None:
        return _negation(build, build.apply("operator.truediv", inner, y))
    return value
