"""Operations that cannot fail because of the sign of their operand.

`exp(-x * x)`, `sqrt(1 + x * x)`, `log(max(x, 1e-6))` and `1 / (1 + exp(x))` are finite
for every finite `x`: a branch that holds nothing worse needs no guard.
"""

from __future__ import annotations

from enum import IntEnum

from dpc.analysis.activity import Activity
from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const, Slot


class Sign(IntEnum):
    """What is known of all elements of a value; for a product, of the sign alone."""

    NEGATIVE = -2  # at most a negative literal
    AT_MOST_ZERO = -1
    UNKNOWN = 0
    AT_LEAST_ZERO = 1
    POSITIVE = 2  # at least a positive literal


_EXPONENTIALS = frozenset(
    f"{module}.{name}"
    for module in ("np", "math")
    for name in ("exp", "exp2", "expm1", "cosh")
)
_FINITE_IF_POSITIVE = frozenset(
    f"{module}.{name}"
    for module in ("np", "math")
    for name in ("sqrt", "log", "log2", "log10")
)
_LOG1P = frozenset(("np.log1p", "math.log1p"))
_SQUARES = frozenset(("np.square", "operator.pow", "np.power", "dpc.power"))
_SIZES = frozenset(("abs", "np.abs", "np.absolute", "np.fabs", "math.fabs"))
_LARGEST = frozenset(("max", "np.maximum", "np.fmax"))
_TOTALS = frozenset(("np.sum", "np.mean", "np.max", "np.min", "sum"))
_QUOTIENTS = frozenset(("operator.truediv", "np.divide", "np.true_divide"))
# Literals below have products that are zero.
_SMALL = 1e-20
# The deepest expression that is looked into.
_DEPTH = 12


def is_finite_by_sign(build: Builder, activity: Activity, call: Apply) -> bool:
    """The operands of an operation have signs for which it is finite."""
    signs = _Signs(build, activity)
    if call.kwargs or not call.args:
        return False
    if call.fn in _EXPONENTIALS and not call.fn.endswith("cosh"):
        return signs.of(call.args[0]) < 0
    if call.fn in _FINITE_IF_POSITIVE:
        return len(call.args) == 1 and signs.of(call.args[0]) is Sign.POSITIVE
    if call.fn in _LOG1P:
        return signs.of(call.args[0]) > 0
    if call.fn in _QUOTIENTS:
        return abs(signs.of(call.args[1])) == Sign.POSITIVE
    if call.fn in ("max", "min"):
        return len(call.args) > 1 and all(build.fact(a).is_scalar for a in call.args)
    if call.fn == "operator.pow":
        # A Python float raises where it overflows.
        return build.fact(call.args[0]).is_array and _is_whole(call.args[1])
    return False


def _is_whole(power: Atom) -> bool:
    return isinstance(power, Const) and type(power.value) is int and power.value > 0


class _Signs:
    """The signs of expressions, found from what they are made of."""

    def __init__(self, build: Builder, activity: Activity) -> None:
        self.build = build
        self.activity = activity

    def of(self, atom: Atom, depth: int = _DEPTH) -> Sign:
        """What is known of the sign of an atom."""
        if isinstance(atom, Const):
            return _of_literal(atom.value)
        call = self.definition(atom)
        if call is None or not depth or call.kwargs:
            return Sign.UNKNOWN
        signs = [self.of(a, depth - 1) for a in call.args]
        match call.fn, call.args:
            case "operator.neg" | "np.negative", (_,):
                return Sign(-signs[0])
            case "operator.mul" | "np.multiply", (a, b):
                return self._of_square(a, b) or _of_product(*signs)
            case "operator.truediv" | "np.divide", (_, _):
                return _at_least_zero(_of_product(*signs))
            case "operator.add" | "np.add", (_, _):
                return _of_sum(*signs)
            case "operator.sub" | "np.subtract", (_, _):
                return _of_sum(signs[0], Sign(-signs[1]))
        return _of_function(call, signs)

    def definition(self, atom: Atom) -> Apply | None:
        """What an atom is made as, unless its memory is written afterwards."""
        if not isinstance(atom, Slot) or self.activity.aliases.written(atom):
            return None
        return self.build.definition(atom)

    def _of_square(self, a: Atom, b: Atom) -> Sign | None:
        """The sign of `a * a`, and that of `-a * a`."""
        if a is b:
            return Sign.AT_LEAST_ZERO
        for one, other in ((a, b), (b, a)):
            match self.definition(one):
                case Apply("operator.neg", (inner,)) if inner is other:
                    return Sign.AT_MOST_ZERO
        return None


def _of_literal(value: object) -> Sign:
    if not isinstance(value, int | float) or value != value:
        return Sign.UNKNOWN
    if abs(value) < _SMALL:
        return Sign.AT_LEAST_ZERO if value >= 0 else Sign.AT_MOST_ZERO
    return Sign.POSITIVE if value > 0 else Sign.NEGATIVE


def _at_least_zero(sign: Sign) -> Sign:
    """The sign of what may come as close to zero as it likes."""
    return Sign(max(-1, min(1, sign)))


def _of_product(a: Sign, b: Sign) -> Sign:
    if not (a and b):
        return Sign.UNKNOWN
    size = min(abs(a), abs(b))
    return Sign(size if (a > 0) == (b > 0) else -size)


def _of_sum(a: Sign, b: Sign) -> Sign:
    if a > 0 and b > 0:
        return max(a, b)
    return min(a, b) if a < 0 and b < 0 else Sign.UNKNOWN


def _of_function(call: Apply, signs: list[Sign]) -> Sign:
    if call.fn in _SIZES or (call.fn in _SQUARES and _is_even(call)):
        return Sign.AT_LEAST_ZERO
    if call.fn in _EXPONENTIALS and not call.fn.endswith("expm1"):
        least = signs[0] > 0 or call.fn.endswith("cosh")
        return Sign.POSITIVE if least else Sign.AT_LEAST_ZERO
    if call.fn in ("np.sqrt", "math.sqrt"):
        return max(signs[0], Sign.AT_LEAST_ZERO)
    if call.fn in _LARGEST:
        return max(signs)
    if call.fn in _TOTALS and len(signs) == 1:
        return _at_least_zero(signs[0])
    return Sign.UNKNOWN


def _is_even(call: Apply) -> bool:
    if call.fn == "np.square":
        return True
    power = call.args[1]
    return isinstance(power, Const) and power.value in (2, 4, 6, 8)
