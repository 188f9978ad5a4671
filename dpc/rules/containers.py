"""Tuples, lists, dicts, attributes and methods: their facts, memory and effects.

Their adjoints are containers too, made by the transforms; the rules here are those of
attributes and methods of arrays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Infer
from dpc.rules import results
from dpc.rules.complex_parts import complex_and_real, imag
from dpc.rules.domains import REAL, Call, call, draw
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("containers")


def _tuple(args: Args, kwargs: Kwargs) -> Fact:
    return Fact("tuple", items=args)


def _slice(args: Args, kwargs: Kwargs) -> Fact:
    return Fact("slice", items=args)


def _attribute(args: Args, kwargs: Kwargs) -> Fact:
    base, name = args
    if base.kind == "object" and isinstance(name.value, str):
        return base.field(name.value)
    if base.kind == "sparse" and name.value == "T":
        return replace(base, shape=base.shape and base.shape[::-1])
    if not base.is_number and base.kind != "sparse":
        return F.ANY
    rank = 0 if base.is_scalar else base.rank
    match name.value:
        case "shape" if base.shape is not None and not base.is_scalar:
            lengths = (replace(F.INT, value=size) for size in base.shape)
            return Fact("tuple", items=tuple(lengths))
        case "shape":
            return Fact("tuple", element=F.INT)
        case "ndim":
            return F.INT if rank is None else replace(F.INT, value=rank)
        case "size" if rank == 1 and base.shape is not None:
            return replace(F.INT, value=base.shape[0])
        case "size" | "itemsize" | "nbytes":
            return F.INT
        case "T" | "mT":
            known = base.shape is not None and not base.is_scalar
            shape = _transposed(base.shape or (), name.value) if known else base.shape
            return replace(base, shape=shape, value=None)
        case "real" | "imag":
            fact = results.real_part((base,), {})
            return replace(fact, kind="number") if base.is_array else fact
        case _:
            return Fact("other") if name.value == "dtype" else F.ANY


def _transposed(shape: F.Shape, name: object) -> F.Shape:
    return shape[::-1] if name == "T" else (*shape[:-2], shape[-1], shape[-2])


def _attributes(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    names = ["T", "real", "imag"] + (["mT"] if len(shape) > 1 else [])
    operands = [one.args[0] for one in complex_and_real(rng, shape)]
    return [call(x, name) for name in names for x in operands]


@rules.linear(
    "getattr", domain=_attributes, infer=_attribute, memory="view", trivial=True
)
def getattr_(g: Any, x: Any, name: Any, *, out: Any) -> Any:
    match name:
        case "T":
            return g.T
        case "mT":
            return applied("getattr", g, "mT")
        case "real":
            return g
        case "imag":
            return imag(g, x, out=out)
        case _:
            return None


def _cast(args: Args, kwargs: Kwargs) -> Fact:
    x = args[0]
    wanted = results.operand(args, kwargs, 1, "dtype")
    dtype = results.given_dtype(wanted) or ""
    return Fact("array", dtype, x.shape) if x.is_array else Fact("number", dtype)


def _casts(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [call(draw(rng, shape, REAL), "float64")]


@rules.linear("method.astype", domain=_casts, infer=_cast, memory="view")
def astype(
    g: Any, x: Any, dtype: Any, *, copy: Any = True, casting: Any = "unsafe", out: Any
) -> Any:
    kind = out.fact.dtype[:1] if isinstance(out, Traced) else ""
    if kind in ("f", "c"):
        return g
    return rt.if_floating(g, out) if kind == "" else None


def _element(args: Args, kwargs: Kwargs) -> Fact:
    kinds = {"f": F.FLOAT, "i": F.INT, "u": F.INT, "b": F.BOOL, "c": F.COMPLEX}
    return kinds.get(args[0].dtype[:1], F.SCALAR)


def _single_axis(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [call(draw(rng, shape, REAL))] if len(shape) == 1 else []


def _single(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [call(draw(rng, shape, REAL))] if np.prod(shape) == 1 else []


@rules.linear("method.item", domain=_single, infer=_element)
def item(g: Any, x: Any, *, out: Any) -> Any:
    return rt.full_like(g, x)


def _listed(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Call]:
    return [call(list(map(float, draw(rng, shape, REAL))))] if len(shape) == 1 else []


def _copied(kind: str) -> Infer:
    def infer(args: Args, kwargs: Kwargs) -> Fact:
        base = args[0] if args else Fact(kind, items=())
        element = F.element_of(base)
        if base.is_array and base.shape:
            element = results.shaped("array", base.dtype, base.shape[1:])
        return Fact(kind, element=element)

    return infer


@rules.linear("builtins.list", domain=_listed, infer=_copied("list"), memory="view")
def list_(g: Any, x: Any = (), *, out: Any) -> Any:
    return rt.gathered(g, x)


@rules.linear("builtins.tuple", domain=_listed, infer=_copied("tuple"), memory="view")
def tuple_(g: Any, x: Any = (), *, out: Any) -> Any:
    return rt.gathered(g, x)


@rules.linear("method.tolist", domain=_single_axis, infer=results.fixed(F.ANY))
def tolist(g: Any, x: Any, *, out: Any) -> Any:
    return as_array(g)


# A list can grow and change: nothing is said of its elements.
rules.constant("tuple", infer=_tuple, memory="holds", trivial=True, effect="")
rules.constant("list", infer=results.fixed(Fact("list")), memory="holds", effect="")
rules.constant("dict", infer=results.fixed(Fact("dict")), memory="holds", effect="")
rules.constant("new", memory="holds", effect="")
rules.constant("slice", infer=_slice, trivial=True, effect="")
rules.constant("builtins.dict", infer=results.fixed(Fact("dict")), memory="view")
rules.constant("sequence", infer=results.first, memory="view", trivial=True)
rules.constant("unpack", memory="element", trivial=True)

for _name in ("append", "extend", "insert", "remove", "clear", "update", "sort"):
    rules.constant(f"method.{_name}", infer=results.fixed(F.NONE), effect="writes")
rules.constant("method.reverse", infer=results.fixed(F.NONE), effect="writes")
for _name in ("pop", "popitem", "setdefault"):
    rules.constant(f"method.{_name}", memory="element", effect="writes")
rules.constant("method.get", memory="element")
rules.constant("method.keys", infer=results.fixed(F.ANY))
rules.constant("method.values", "method.items", memory="element")
rules.constant("method.count", "method.index", infer=results.fixed(F.INT))
rules.constant("method.tobytes", "method.dumps")
for _name in ("join", "upper", "lower", "strip", "replace", "format", "title", "rjust"):
    rules.constant(f"method.{_name}", infer=results.fixed(F.STR))
for _name in ("startswith", "endswith", "isdigit"):
    rules.constant(f"method.{_name}", infer=results.fixed(F.BOOL))
rules.constant("method.split")
