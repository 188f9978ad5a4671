"""Python's operators, and the ufuncs of the same meaning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Infer
from dpc.rules import results, sizes
from dpc.rules.domains import POSITIVE, REAL
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Quotient, is_array, log_of, over, rt

rules = RuleSet("operators")

SEQUENCES = ("list", "tuple", "str")


def operator(infer: Infer) -> Infer:
    """The result of an operator that may also meet sequences and unknown objects."""

    def inferred(args: Args, kwargs: Kwargs) -> Fact:
        if all(fact.is_number for fact in args):
            return infer(args, kwargs)
        kinds = {fact.kind for fact in args}
        if "array" in kinds and kinds <= {"array", "any", "list", "tuple"}:
            return F.NUMBER
        return F.ANY

    return inferred


def _int_value(fact: Fact, value: object) -> Fact:
    return replace(fact, value=value) if fact.kind == "int" else fact


@operator
def _sum_of(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    return _int_value(fact, sizes.plus(*map(_value, args)))


def _concatenation(args: Args, kwargs: Kwargs) -> Fact:
    x, y = args
    if x.kind == y.kind and x.kind in SEQUENCES:
        items = None
        if x.items is not None and y.items is not None:
            items = x.items + y.items
        element = F.element_of(Fact("list", items=_parts(x) + _parts(y)))
        return Fact(x.kind, items=items, element=None if items else element)
    return _sum_of(args, kwargs)


def _parts(fact: Fact) -> tuple[Fact, ...]:
    element = F.element_of(fact)
    if element is not None:
        return (element,)
    return () if fact.items == () else (F.ANY,)


@operator
def _difference(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    return _int_value(fact, sizes.minus(*map(_value, args)))


@operator
def _product(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    return _int_value(fact, sizes.times(*map(_value, args)))


def _repetition(args: Args, kwargs: Kwargs) -> Fact:
    for many, count in (args, args[::-1]):
        if many.kind in SEQUENCES and count.kind in ("int", "bool"):
            return Fact(many.kind, element=F.element_of(many))
        if many.kind == "sparse" and count.is_scalar:
            return many
    return _product(args, kwargs)


@operator
def _negated(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    return _int_value(fact, sizes.minus(0, _value(args[0])))


@operator
def _floored(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    return _int_value(fact, sizes.floored(*map(_value, args)))


def _remainder(args: Args, kwargs: Kwargs) -> Fact:
    if args[0].kind == "str":
        return F.STR
    return operator(results.arithmetic)(args, kwargs)


@operator
def _powered(args: Args, kwargs: Kwargs) -> Fact:
    fact = results.arithmetic(args, kwargs)
    if fact.kind != "int":
        return fact
    exponent = args[1].value
    if isinstance(exponent, int):
        return F.INT if exponent >= 0 else F.FLOAT
    return F.SCALAR


def _value(fact: Fact) -> int | str | None:
    if fact.kind == "int" and isinstance(fact.value, int | str):
        return fact.value
    return None


@rules.elementwise("operator.add", "np.add", domain=REAL, infer=_concatenation)
def add(x: Any, y: Any, *, out: Any) -> Any:
    return 1, 1


@rules.elementwise("operator.sub", "np.subtract", domain=REAL, infer=_difference)
def sub(x: Any, y: Any, *, out: Any) -> Any:
    return 1, -1


@rules.elementwise("operator.mul", "np.multiply", domain=REAL, infer=_repetition)
def mul(x: Any, y: Any, *, out: Any) -> Any:
    return y, x


@rules.elementwise(
    "operator.truediv",
    "np.divide",
    domain=POSITIVE,
    infer=operator(results.floating),
    partial_can_fail=True,
    can_fail=True,
)
def truediv(x: Any, y: Any, *, out: Any) -> Any:
    if isinstance(x, int | float) and x == 1:
        return None, -(out * out)
    # A number of Python that is 0 raises here as it does in the program.
    return Quotient(1, y), -Quotient(out, y)


@rules.elementwise(
    "operator.mod",
    "np.remainder",
    domain=((0.55, 0.6), (0.4, 0.5)),
    infer=_remainder,
    can_fail=True,
)
def mod(x: Any, y: Any, *, out: Any) -> Any:
    return 1, -(x // y)


@rules.elementwise("operator.neg", "np.negative", domain=REAL, infer=_negated)
def neg(x: Any, *, out: Any) -> Any:
    return -1


@rules.elementwise(
    "operator.pos", "np.positive", domain=REAL, infer=operator(results.arithmetic)
)
def pos(x: Any, *, out: Any) -> Any:
    return 1


@rules.elementwise(
    "np.float_power",
    domain=POSITIVE,
    infer=results.doubled,
    partial_can_fail=True,
    can_fail=True,
)
@rules.elementwise(
    "operator.pow",
    "pow",
    "np.power",
    "math.pow",
    domain=POSITIVE,
    infer=_powered,
    partial_can_fail=True,
    can_fail=True,
)
def power(x: Any, y: Any, *, out: Any) -> Any:
    if isinstance(y, int | float):
        return power_slope(x, y, out)
    if isinstance(x, int | float) and x > 0:
        return None, out * log_of(x, out)
    return rt.power_slope(x, y), rt.power_log(x, out)


def power_slope(x: Any, y: float, out: Any) -> Any:
    """The derivative of `x**y` for a literal `y`."""
    if y in (0, 1):
        return y or None
    if y == 2:
        return 2 * x
    if y == -1:
        return -(out * out)
    if y < 0:
        return y * out / x
    if y == 0.5:
        return over(0.5, out) if is_array(x) else rt.quotient(0.5, out)
    if y < 1 and not is_array(x):
        return rt.power_slope(x, y)
    return y * x ** (y - 1)


rules.constant("operator.floordiv", infer=_floored)
rules.constant(
    "operator.and_",
    "operator.or_",
    "operator.xor",
    "operator.lshift",
    "operator.rshift",
    "operator.invert",
    infer=operator(results.bits),
)
