"""Real and imaginary parts, conjugates, and types called as functions.

A cotangent `g` of a complex value stands for the derivative `Re(g * dz)`, so that rules
of analytic functions are the same for real and for complex numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL, Call, Shape, call, draw
from dpc.rules.results import Args, Kwargs, numpys
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Traced, realised, rt

rules = RuleSet("complex_parts")


def complex_and_real(rng: np.random.Generator, shape: Shape) -> list[Call]:
    """A real array and a complex one."""
    x, y = draw(rng, shape, REAL), draw(rng, shape, REAL)
    return [call(x), call(np.asarray(x + 1j * y))]


def _part(args: Args, kwargs: Kwargs) -> Fact:
    """Unlike ufuncs, these leave a 0-d array an array."""
    fact = results.real_part(args, kwargs)
    return replace(fact, kind="number") if args[0].is_array else fact


@rules.linear("np.real", domain=complex_and_real, infer=_part, memory="view")
def real(g: Any, val: Any, *, out: Any) -> Any:
    return realised(g, val, out)


@rules.linear("np.imag", domain=complex_and_real, infer=_part, memory="view")
def imag(g: Any, val: Any, *, out: Any) -> Any:
    kind = val.fact.dtype[:1] if isinstance(val, Traced) else ""
    g = realised(g, val, out)
    if kind in ("c", ""):
        return -1j * g if kind else rt.unbroadcast(-1j * g, val)
    return None


@rules.linear(
    "np.conj",
    "np.conjugate",
    domain=complex_and_real,
    infer=numpys(results.arithmetic),
)
def conj(g: Any, x: Any, *, out: Any) -> Any:
    return np.conj(g)


def _itself(args: Args, kwargs: Kwargs) -> Fact:
    """A real array of rank 0 stays one; a complex one becomes a number."""
    fact = args[0]
    return replace(fact, kind="number") if fact.is_array and not fact.rank else fact


# The method of a real array is the array itself.
@rules.linear(
    "method.conj",
    domain=complex_and_real,
    infer=_itself,
    memory="view",
)
def conj_method(g: Any, x: Any, *, out: Any) -> Any:
    return np.conj(g)


def _type(name: str) -> None:
    """`np.float32(x)`: the same value in another precision."""
    dtype = results.dtype_name(getattr(np, name))

    def infer(args: Args, kwargs: Kwargs) -> Fact:
        x = args[0] if args else Fact("float")
        return Fact("scalar", dtype, ()) if x.is_scalar else Fact("number", dtype)

    def domain(rng: np.random.Generator, shape: Shape) -> list[Call]:
        return [call(np.asarray(draw(rng, shape, REAL))), call(0.5)]

    # An array of this dtype is given back as it is.
    @rules.elementwise(f"np.{name}", domain=domain, infer=infer, memory="view")
    def converted(x: Any, *, out: Any) -> Any:
        return 1


for _name in ("float16", "float32", "float64", "longdouble", "complex64", "complex128"):
    _type(_name)
