"""Functions of single elements: operands are lined up behind the batch axis.

A vector that differs from row to row beside a matrix that does not is `x[:, None, :]`:
NumPy lines up axes from the last, so axes are put in behind that of the batch.
"""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.nodes import Object
from dpc.rules.all import RULES
from dpc.rules.batching.batch import Batch, NoBatch, Unranked
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies

_OTHER = frozenset(
    "float complex np.unwrap np.where and or pow abs operator.abs".split()
)
# Functions of dpc's own that look at no number by itself.
_OWN = frozenset(
    f"dpc.{name}"
    for name in (
        "sigmoid log_sigmoid softplus relu leaky_relu silu bessel_i masked quotient "
        "ratio power power_slope power_log".split()
    )
)
_COMPARISONS = "lt le gt ge eq ne".split()
_BITS = "and_ or_ xor invert lshift rshift".split()
_CONSTANT = (
    "less less_equal greater greater_equal equal not_equal logical_and logical_or "
    "logical_xor logical_not isnan isinf isfinite isnat signbit isclose iscomplex "
    "isreal isneginf isposinf sign floor ceil trunc rint fix floor_divide gcd lcm "
    "spacing bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift "
    "right_shift int8 int16 int32 int64 longlong bool uint8 uint16 uint32 uint64 "
    "ulonglong real imag conj conjugate"
).split()
# Functions of `math`, which takes one number, under NumPy's names.
_MATH = {
    **{name: name for name in "sin cos tan sinh cosh tanh exp exp2 expm1".split()},
    **{name: name for name in "log2 log10 log1p sqrt cbrt hypot copysign".split()},
    **{name: name for name in "fmod degrees radians isfinite isinf isnan".split()},
    **{name: name for name in "nextafter ldexp fabs".split()},
    **{f"a{name}": f"arc{name}" for name in "sin cos tan sinh cosh tanh".split()},
    "atan2": "arctan2",
    "pow": "float_power",
}


def _broadcasts(key: str) -> bool:
    """A function of single elements that runs on arrays as it stands."""
    if key.startswith("dpc."):
        return key in _OWN
    return key not in _OTHER and not key.startswith("math.")


def lined_up(b: Batch, values: tuple[Value, ...]) -> list[Any]:
    """Operands that broadcast against each other row by row."""
    differing = [v for v in values if varies(v.rows)]
    others = [v for v in values if not varies(v.rows)]
    if len(differing) == 1 and all(v.rank == 0 or _is_plain(v) for v in others):
        return [b.array(v) for v in values]
    rank = max(0 if _is_plain(v) else b.rank(v) for v in values)
    return [b.aligned(v, rank) for v in values]


def _is_plain(value: Value) -> bool:
    return value.fact.kind in ("none", "str", "other", "function")


def elementwise(b: Batch, *values: Value, **named: Value) -> Any:
    """The function itself, on operands that are lined up."""
    options = (*values[1:], *named.values())
    if b.call.fn == "np.nan_to_num" and any(varies(v.rows) for v in options):
        raise NoBatch("what stands for NaN differs from row to row")
    if {"where", "out"} & named.keys():
        raise NoBatch(f"{b.call.fn} with where= or out= cannot run over a batch")
    found = lined_up(b, (*values, *named.values()))
    count = len(values)
    return b.same(*found[:count], **dict(zip(named, found[count:], strict=True)))


over_rows(
    *(k for k, r in RULES.items() if r.kind == "elementwise" and _broadcasts(k)),
    *(f"operator.{name}" for name in (*_COMPARISONS, *_BITS, "floordiv")),
    *(f"np.{name}" for name in _CONSTANT),
)(elementwise)


@over_rows(*(f"math.{name}" for name in _MATH))
def of_math(b: Batch, *values: Value) -> Any:
    """NumPy's function of the same meaning."""
    if len(values) > 2:
        raise NoBatch("math.hypot of more than two numbers cannot run over a batch")
    name = _MATH[b.call.fn.removeprefix("math.")]
    return b.apply(f"np.{name}", *lined_up(b, values))


@over_rows("math.log")
def logarithm(b: Batch, x: Value, base: Value | None = None) -> Any:
    if base is None:
        return b.apply("np.log", b.rows(x))
    x_, base_ = lined_up(b, (x, base))
    whole, unit = b.apply("np.log", x_), b.apply("np.log", base_)
    return b.apply("operator.truediv", whole, unit)


@over_rows("math.floor", "math.ceil", "math.trunc")
def whole(b: Batch, x: Value) -> Any:
    name = b.call.fn.removeprefix("math.")
    return _cast(b, b.apply(f"np.{name}", b.rows(x)), "int")


@over_rows("abs", "operator.abs")
def absolute(b: Batch, x: Value) -> Any:
    return b.apply("np.abs", b.rows(x))


@over_rows("pow")
def power(b: Batch, x: Value, y: Value) -> Any:
    return b.apply("operator.pow", *lined_up(b, (x, y)))


def _cast(b: Batch, x: Any, name: str) -> Any:
    """`x.astype(float)` and the like."""
    from_dtype = {"float": "f8", "int": "i8", "bool": "b1"}[name]
    if x.fact.dtype == from_dtype:
        return x
    made = b.apply("method.astype", x, builtin(name))
    return made.known(F.array(from_dtype, x.fact.shape))


def builtin(name: str) -> Any:
    """A type of Python as an operand."""
    return Object("builtins", (name,))


@over_rows("float", "int", "bool")
def number(b: Batch, x: Value) -> Any:
    """A number of Python is an element of an array of that dtype."""
    found = b.rows(x)
    if b.rank(x):
        found = b.apply("np.reshape", found, b.count)
    return _cast(b, found, b.call.fn)


@over_rows("round")
def rounded(b: Batch, x: Value, ndigits: Value | None = None) -> Any:
    found = b.rows(x)
    if ndigits is not None and ndigits.fact.kind != "none":
        return b.apply("np.round", found, b.traced(ndigits))
    return _cast(b, b.apply("np.round", found), "int")


@over_rows("np.round", "np.around")
def rounded_array(b: Batch, a: Value, decimals: Value | None = None) -> Any:
    rest = () if decimals is None else (b.traced(decimals),)
    return b.same(b.rows(a), *rest)


@over_rows("operator.not_")
def negation(b: Batch, x: Value) -> Any:
    if b.rank(x):
        raise NoBatch("the truth of an array cannot be asked row by row")
    found = b.rows(x)
    if found.fact.dtype == "b1":
        return b.apply("operator.invert", found)
    return b.apply("np.logical_not", found)


@over_rows("and", "or")
def both(b: Batch, x: Value, y: Value) -> Any:
    """Of truth values; of others, `a and b` is `b if a else a`."""
    if x.rank != 0 or y.rank != 0:
        raise Unranked("the truth of an array cannot be asked row by row")
    first, second = b.aligned(x, 0), b.aligned(y, 0)
    truths = x.fact.dtype == "b1" and y.fact.dtype == "b1"
    if truths:
        name = "and_" if b.call.fn == "and" else "or_"
        return b.apply(f"operator.{name}", first, second)
    pair = (second, first) if b.call.fn == "and" else (first, second)
    return b.apply("np.where", first, *pair)


@over_rows("np.where")
def selection(b: Batch, condition: Value, x: Value, y: Value) -> Any:
    return b.same(*lined_up(b, (condition, x, y)))


@over_rows("max", "min")
def extremum(b: Batch, *values: Value) -> Any:
    """Of several numbers one by one; of a list, along its elements."""
    name = "maximum" if b.call.fn == "max" else "minimum"
    if len(values) == 1:
        found = b.items(values[0]) if values[0].is_sequence else None
        if found is None:
            whole_fn = "np.max" if b.call.fn == "max" else "np.min"
            return b.apply(whole_fn, b.rows(values[0]), axis=1)
        values = tuple(found)
    if any(b.rank(v) for v in values):
        raise NoBatch(f"{b.call.fn} of arrays cannot run over a batch")
    found_values = lined_up(b, values)
    out = found_values[0]
    for value in found_values[1:]:
        out = b.apply(f"np.{name}", out, value)
    return out


@over_rows("sum", "math.fsum")
def total(b: Batch, values: Value, start: Value | None = None) -> Any:
    """Of a list, from its first element to its last; of an array, along an axis."""
    items = b.items(values) if values.is_sequence else None
    if items is None and values.is_sequence and start is None:
        return b.apply("sum", b.traced(values))
    if items is None:
        out = b.apply("np.sum", b.rows(values), axis=1)
        return out if start is None else out + b.traced(start)
    first = b.traced(start) if start is not None else None
    if items and first is None:
        first, items = items[0], items[1:]
        rank = max(map(b.rank, (first, *items)))
        first = b.aligned(first, rank)
    else:
        rank = max(map(b.rank, items), default=0)
    for item in items:
        first = b.apply("operator.add", first, b.aligned(item, rank))
    return first


@over_rows("np.divmod", "divmod", "np.modf", "np.frexp")
def two_results(b: Batch, *values: Value) -> Any:
    return b.apply(
        b.call.fn if b.call.fn != "divmod" else "np.divmod", *lined_up(b, values)
    )


@over_rows("assert")
def asserted(b: Batch, test: Value, *message: Value) -> Any:
    raise NoBatch("an assertion that differs from row to row")
