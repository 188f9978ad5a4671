"""Functions whose result carries no derivative, and their effects.

A derivative that is zero wherever it exists (`floor`, `ceil`) counts as none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results, sizes
from dpc.rules.domains import call
from dpc.rules.reductions import reduction
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.trace import NOT_KNOWN

rules = RuleSet("constant")

NUMPY_COMPARISON = results.numpys(results.comparison)
NUMPY_ARITHMETIC = results.numpys(results.arithmetic)
NUMPY_BITS = results.numpys(results.bits)

for _key in ("lt", "le", "gt", "ge", "eq", "ne"):
    rules.constant(f"operator.{_key}", infer=results.comparison, trivial=True)
rules.constant(
    "operator.is_",
    "operator.is_not",
    "operator.not_",
    infer=results.fixed(F.BOOL),
    effect="",
    trivial=True,
)
rules.constant("operator.contains", infer=results.fixed(F.BOOL))

rules.constant(
    "np.less",
    "np.less_equal",
    "np.greater",
    "np.greater_equal",
    "np.equal",
    "np.not_equal",
    "np.logical_and",
    "np.logical_or",
    "np.logical_xor",
    "np.logical_not",
    "np.isnan",
    "np.isinf",
    "np.isfinite",
    "np.isnat",
    "np.signbit",
    "np.isclose",
    "np.iscomplex",
    "np.isreal",
    "np.isneginf",
    "np.isposinf",
    infer=NUMPY_COMPARISON,
    trivial=True,
)
rules.constant(
    "np.floor",
    "np.ceil",
    "np.trunc",
    "np.rint",
    "np.fix",
    "np.floor_divide",
    "np.gcd",
    "np.lcm",
    infer=NUMPY_ARITHMETIC,
)
rules.constant("np.round", "np.around", infer=results.numpys(results.rounded))
rules.constant("np.spacing", infer=results.numpys(results.floating))
rules.constant(
    "np.bitwise_and",
    "np.bitwise_or",
    "np.bitwise_xor",
    "np.bitwise_count",
    "np.invert",
    "np.left_shift",
    "np.right_shift",
    infer=NUMPY_BITS,
)


def _truth(dtype: str) -> str:
    return "b1"


def _index(dtype: str) -> str:
    return "i8"


rules.constant("np.any", "np.all", infer=reduction(_truth), trivial=True)
rules.constant(
    "np.argmax",
    "np.argmin",
    "np.nanargmax",
    "np.nanargmin",
    "np.count_nonzero",
    infer=reduction(_index),
)
rules.constant(
    "np.array_equal", "np.array_equiv", "np.allclose", infer=results.fixed(F.BOOL)
)


def _order(args: Args, kwargs: Kwargs) -> Fact:
    a = args[0] if args else F.ANY
    axis = results.literal(results.operand(args, kwargs, 1, "axis"), -1)
    if axis is None:
        return F.array("i8", (None,))
    return F.array("i8", a.shape if isinstance(axis, int) else None)


rules.constant("np.ix_", memory="holds")  # its operands, as rows and columns
rules.constant("np.argsort", "np.argpartition", infer=_order)
rules.constant("np.lexsort", "np.searchsorted", "np.digitize", infer=results.integers)
rules.constant(
    "np.nonzero",
    "np.flatnonzero",
    "np.argwhere",
    "np.ndindex",
    "np.unravel_index",
    "np.ravel_multi_index",
    "np.isin",
    "np.packbits",
    "np.unpackbits",
    "np.tril_indices",
    "np.triu_indices",
    "np.tril_indices_from",
    "np.triu_indices_from",
    "np.diag_indices",
    "np.diag_indices_from",
    "np.mask_indices",
    "np.result_type",
    "np.promote_types",
    "np.can_cast",
    "np.finfo",
    "np.iinfo",
    "np.dtype",
    "np.issubdtype",
    "np.shares_memory",
    "np.may_share_memory",
    "np.broadcast_shapes",
    "np.iscomplexobj",
    "np.isrealobj",
    "np.isscalar",
    "np.array2string",
    "np.array_str",
    "np.array_repr",
    "np.format_float_positional",
    "np.format_float_scientific",
    "np.errstate",
    "np.printoptions",
)


def _shape(args: Args, kwargs: Kwargs) -> Fact:
    shape = args[0].shape if args and args[0].is_number else None
    if shape is None:
        return Fact("tuple", element=F.INT)
    return Fact("tuple", items=tuple(replace(F.INT, value=size) for size in shape))


def _ndim(args: Args, kwargs: Kwargs) -> Fact:
    known = args and args[0].is_number and args[0].shape is not None
    return replace(F.INT, value=args[0].rank) if known else F.INT


def _size(args: Args, kwargs: Kwargs) -> Fact:
    shape = args[0].shape if len(args) == 1 and not kwargs else None
    return F.INT if shape is None else replace(F.INT, value=sizes.product(shape))


rules.constant("np.shape", infer=_shape, trivial=True, shape_only=(0,))
rules.constant("np.ndim", infer=_ndim, trivial=True, shape_only=(0,))
rules.constant("np.size", infer=_size, trivial=True, shape_only=(0,))


def _integer_type(key: str) -> None:
    dtype = results.dtype_name(getattr(np, key.removeprefix("np.")))

    def infer(args: Args, kwargs: Kwargs) -> Fact:
        x = args[0] if args else F.INT
        return Fact("scalar", dtype, ()) if x.is_scalar else Fact("number", dtype)

    rules.constant(key, infer=infer, memory="view")


for _name in ("int8", "int16", "int32", "int64", "longlong", "bool"):
    _integer_type(f"np.{_name}")
for _name in ("uint8", "uint16", "uint32", "uint64", "ulonglong"):
    _integer_type(f"np.{_name}")

rules.constant(
    "math.floor",
    "math.ceil",
    "math.trunc",
    "math.comb",
    "math.perm",
    "math.factorial",
    "math.gcd",
    "math.lcm",
    "math.isqrt",
    infer=results.fixed(F.INT),
    effect="",
)
rules.constant(
    "math.isclose",
    "math.isfinite",
    "math.isinf",
    "math.isnan",
    infer=results.fixed(F.BOOL),
    effect="",
    trivial=True,
)
rules.constant("math.ulp", infer=results.fixed(F.FLOAT), effect="")
rules.constant(
    *("np.bartlett", "np.blackman", "np.hamming", "np.hanning"),
    infer=results.fixed(F.array("f8", (None,))),
)


@rules.pullback(
    "np.kaiser",
    infer=results.fixed(F.array("f8", (None,))),
    domain=lambda rng, shape: [] if shape else [call(5, beta=2)],
)
def kaiser(g: Any, M: Any, beta: Any, *, out: Any) -> Any:
    return None, NOT_KNOWN


@rules.pushforward("np.kaiser")
def kaiser_tangent(M_dot: Any, beta_dot: Any, M: Any, beta: Any, *, out: Any) -> Any:
    raise Refused("no derivative of np.kaiser in beta= is known")


rules.constant("np.iterable", "np.isfortran", infer=results.fixed(F.BOOL), trivial=True)
rules.constant(
    *("np.seterr", "np.geterr", "np.set_printoptions", "np.save", "np.savez"),
    *("np.savetxt", "np.load", "np.loadtxt", "np.genfromtxt", "np.fromfile"),
    effect="world",
)
