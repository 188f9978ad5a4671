"""Applying a rule while a program is built: the cotangents of one primitive."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Dim, Fact, Shape
from dpc.ir.nodes import Apply, Atom, Const, Slot
from dpc.rules.nested import unnested
from dpc.rules.ruleset import Refused, Rule
from dpc.rules.spans import meets_others, shape_is
from dpc.rules.trace import (
    NOT_KNOWN,
    Finite,
    Quotient,
    Selected,
    Traced,
    atom_of,
    divide,
    realised,
)

# Operands that decide what counts as equal.
TOLERANCES = frozenset({"rcond", "rtol", "tol", "atol", "cond", "discont", "truncate"})
# What NumPy calls its operands that are arrays.
ARRAYS = frozenset(
    {"a", "b", "x", "x1", "x2", "y", "v", "m", "A", "arr", "ary", "array"}
)


def cotangents(
    build: Builder,
    rule: Rule,
    call: Apply,
    out: Atom,
    g: Atom,
    masked: bool = False,
    wanted: Callable[[Atom], bool] | None = None,
) -> dict[Atom, list[Atom]]:
    """What a call passes back to its operands, given the cotangent `g` of its result.

    An operand that stands twice gets two contributions. `masked`: the cotangent has
    passed a selection, so a partial that may not be finite counts as 0 where `g` is 0.
    `wanted` tells the operands that need a cotangent, by default all that can have one;
    `Refused` is raised if no derivative is known in one of them.
    """
    if wanted is None:
        wanted = partial(_can_vary, build)
    g = as_real(build, g, out)
    try:
        return _cotangents(build, rule, call, out, g, masked, wanted)
    except Refused:
        if rule.otherwise is None:
            raise
        return _cotangents(build, rule.otherwise, call, out, g, masked, wanted)


def _cotangents(
    build: Builder,
    rule: Rule,
    call: Apply,
    out: Atom,
    g: Atom,
    masked: bool,
    wanted: Callable[[Atom], bool],
) -> dict[Atom, list[Atom]]:
    bound, scalar = bound_operands(build, rule, call)
    assert rule.body is not None
    bound["out"] = Traced(build, out, scalar)
    found: dict[Atom, list[Atom]] = {}
    if rule.real:
        operand = next(iter(bound.values()))
        g = atom_of(build, realised(Traced(build, g, scalar), operand, bound["out"]))
    if rule.kind == "elementwise":
        if any(build.fact(operand).kind == "sparse" for operand in call.operands):
            raise Refused(
                f"{call.fn} of a sparse matrix has no derivative rule: for (a * M) @ x "
                "write a * (M @ x)"
            )
        partials = as_tuple(rule.call(rule.body, (), bound))
        for name, operand, slope in _each(build, rule, call, partials):
            if slope is None or not wanted(operand):
                continue
            slope = available(slope, call, name)
            value = times(build, g, slope, masked)
            if build.fact(out).shape is not None and build.fact(value).shape is None:
                # The factor has a shape that only the run knows: `g` spans it.
                value = times(build, materialised(build, g, out), slope, masked)
            turned = build.fact(value).dtype[:1] == "c"
            if turned or not _spans(build, call, operand):
                value = unbroadcast(build, value, operand, out, call)
            found.setdefault(operand, []).append(value)
        return found
    g = materialised(build, g, out)
    for name, operand, adjoint in _adjoints(
        build, rule, call, g, bound, scalar, wanted
    ):
        if adjoint is not None and wanted(operand):
            value = available(adjoint, call, name)
            if isinstance(value, Traced) and value.fact.is_number:
                value = _like_list(build, value, operand)
            value = as_real(build, atom_of(build, value), operand)
            found.setdefault(operand, []).append(value)
    return found


def _adjoints(
    build: Builder,
    rule: Rule,
    call: Apply,
    g: Atom,
    bound: dict[str, Any],
    scalar: bool,
    wanted: Callable[[Atom], bool],
) -> list[tuple[str, Atom, Any]]:
    """Names and operands, each with the cotangent that the rule's body gives it."""
    assert rule.body is not None
    traced = Traced(build, g, scalar)
    if rule.kind != "composed":
        bars = as_tuple(rule.call(rule.body, (traced,), bound))
        return _each(build, rule, call, bars)
    del bound["out"]
    given = rule.bind(call.args, dict(call.kwargs))
    names = frozenset(name for name, atom in given.items() if wanted(atom))
    if not names:
        return []
    bars = rule.body(traced, names, bound)
    return list(zip(given, given.values(), bars, strict=True))


def _like_list(build: Builder, value: Traced, operand: Atom) -> Any:
    """A list that stood for an array has a list for its cotangent."""
    if build.fact(operand).kind not in ("list", "tuple"):
        return value
    whole = materialised(build, value.atom, build.apply("np.asarray", operand))
    return unnested(Traced(build, whole), Traced(build, operand))


def _can_vary(build: Builder, operand: Atom) -> bool:
    return isinstance(operand, Slot) and build.fact(operand).is_float_like


def available(slope: Any, call: Apply, name: str) -> Any:
    if slope is NOT_KNOWN:
        raise Refused(f"no derivative of {call.fn} in its operand `{name}` is known")
    return slope


def _spans(build: Builder, call: Apply, operand: Atom) -> bool:
    """No other operand can broadcast this one: the result has its shape."""
    fact = build.fact(operand)
    arithmetic = call.fn.startswith("operator.")
    if not (fact.is_number or (fact.kind == "any" and arithmetic)):
        return False
    others = [a for a in call.operands if a is not operand]
    return fact.dtype[:1] == "f" * bool(fact.dtype) and all(
        build.fact(other).is_scalar and build.fact(other).dtype[:1] in ("f", "i", "b")
        for other in others
    )


def materialised(build: Builder, g: Atom, like: Atom) -> Atom:
    """`g` with the full shape of `like`: until then a cotangent may be unbroadcast."""
    full = _full(build.fact(g), build.fact(like)) or shape_is(build, g, like)
    return g if full else build.apply("dpc.full_like", g, like)


def materialised_part(
    build: Builder, g: Atom, whole: Atom, key: Const, part: Fact
) -> Atom:
    """The same of `whole[key]`, of which `part` is known."""
    if _full(build.fact(g), part):
        return g
    return build.apply("dpc.full_like", g, build.apply("getitem", whole, key))


def unbroadcast(
    build: Builder, g: Atom, operand: Atom, out: Atom, call: Apply | None = None
) -> Atom:
    """The cotangent `g` of `out`, summed over the axes `operand` was broadcast along.

    Where `operand` has the shape of `out`, `g` may stay smaller: it broadcasts in use.
    """
    want, whole = build.fact(operand), build.fact(out)
    g = as_real(build, g, operand)
    if want.is_scalar and whole.is_scalar:
        return g
    if reaches(want.shape, whole.shape):
        return g
    met = call is not None and meets_others(build, g, call, operand)
    axes = _broadcast_axes(build.fact(operand), whole)
    if axes is None:
        g = g if met and want.is_array else materialised(build, g, out)
        return build.apply("dpc.unbroadcast", g, operand)
    if not met or build.fact(g).rank != whole.rank:
        g = materialised(build, g, out)
    if want.is_scalar or want.shape == ():
        return build.apply("np.sum", g)
    front, kept = axes
    if front:
        g = build.apply("np.sum", g, axis=_axis(front))
    if kept:
        g = build.apply("np.sum", g, axis=_axis(kept), keepdims=Const(True))
    return g


def _broadcast_axes(
    want: Fact, whole: Fact
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The axes that what is `want` surely lacks, and those of the rest where it has 1.

    None where it is not known along which it was broadcast to the shape of `whole`.
    """
    if want.is_scalar or want.shape == ():
        return (), ()
    if want.shape is None or whole.shape is None:
        return None
    extra = len(whole.shape) - len(want.shape)
    pairs = tuple(zip(whole.shape[extra:], want.shape, strict=True))
    if not all(size == 1 or _same(size, among) for among, size in pairs):
        return None
    kept = tuple(i for i, (among, size) in enumerate(pairs) if among != size == 1)
    return tuple(range(extra)), kept


def _axis(axes: tuple[int, ...]) -> Const:
    return Const(axes[0] if len(axes) == 1 else axes)


def _full(have: Fact, want: Fact) -> bool:
    """What is `have` surely has the shape of what is `want`.

    Only rules that know all shapes make cotangents smaller than their value, so one of
    unknown shape is whole.
    """
    if want.kind == "sparse":
        return True  # an array like its data
    if want.is_scalar or have.shape is None:
        return want.is_scalar or not have.is_scalar
    return reaches(have.shape, want.shape)


def reaches(part: Shape | None, whole: Shape | None) -> bool:
    """A shape that broadcasts to `whole` is `whole` already."""
    if part is None or whole is None or len(part) != len(whole):
        return False
    return all(map(_same, part, whole))


def _same(size: Dim, among: Dim) -> bool:
    """A size that broadcasts to another one is equal to it."""
    return F.never_one(size) or (size is not None and size == among)


def times(build: Builder, g: Atom, partial: Any, masked: bool = False) -> Atom:
    if isinstance(partial, Selected):
        test, zero = atom_of(build, partial.test), Const(0.0)
        pair = (zero, g) if partial.otherwise else (g, zero)
        return build.apply("np.where", test, *pair)
    if isinstance(partial, Finite):
        return build.apply("operator.mul", g, atom_of(build, partial.value))
    if isinstance(partial, Quotient) and not masked:
        above, below = atom_of(build, partial.above), atom_of(build, partial.below)
        if isinstance(above, Const):
            g, above = build.apply("operator.mul", above, g), Const(1)
        return build.apply(
            "operator.mul", divided(build, g, below, partial.quiet), above
        )
    if isinstance(partial, Quotient):
        above, below = atom_of(build, partial.above), atom_of(build, partial.below)
        quotient = divided(build, above, below, partial.quiet)
        return build.apply("dpc.masked", g, quotient)
    if masked and not isinstance(partial, int | float):
        return build.apply("dpc.masked", g, atom_of(build, partial))
    return build.apply("operator.mul", g, atom_of(build, partial))


def divided(build: Builder, x: Atom, y: Atom, quiet: bool) -> Atom:
    """`x / y`, which must not raise if it is `quiet`: Python's numbers do."""
    if not quiet:
        return build.apply("operator.truediv", x, y)
    return atom_of(build, divide(Traced(build, x), Traced(build, y)))


def as_real(build: Builder, value: Atom, like: Atom) -> Atom:
    """The real part, where a complex detour of the chain rule ends in a real value."""
    have, want = build.fact(value).dtype[:1], build.fact(like).dtype[:1]
    real = have == "c" and want in ("b", "i", "u", "f")
    return build.apply("np.real", value) if real else value


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def bound_operands(
    build: Builder, rule: Rule, call: Apply
) -> tuple[dict[str, Any], bool]:
    scalar = call.fn.startswith("math.") or (
        all(build.fact(a).kind in ("float", "int", "bool") for a in call.args)
        and not call.fn.startswith(("np.", "scipy."))
    )
    bound: dict[str, Any] = {}
    for name, atom in rule.bind(call.args, dict(call.kwargs)).items():
        if isinstance(atom, Const):
            bound[name] = atom.value
            continue
        is_list = build.fact(atom).kind in ("list", "tuple")
        if is_list and (rule.kind == "elementwise" or _is_array(call, name)):
            # NumPy's functions take lists; operators on them mean something else.
            atom = build.apply("np.asarray", atom)
        bound[name] = Traced(build, atom, scalar)
    return bound, scalar


def _is_array(call: Apply, name: str) -> bool:
    """An operand that NumPy makes an array of: lists of arrays have other names."""
    return call.fn.startswith(("np.", "scipy.")) and name in ARRAYS


def operand_names(rule: Rule, call: Apply) -> list[str]:
    """The names of a call's operands, in the order in which a body returns for them."""
    bound = rule.bind(call.args, dict(call.kwargs))
    if rule.variadic < 0:
        return list(rule.operands)
    starred = [name for name in bound if name[0] == "*"]
    return [*rule.operands[: rule.variadic], *starred]


def _each(
    build: Builder, rule: Rule, call: Apply, values: tuple[Any, ...]
) -> list[tuple[str, Atom, Any]]:
    """What a body returned, beside the names and operands it is for.

    An operand behind those is no number, as a rule: one that is has no derivative that
    the rule knows of.
    """
    bound = rule.bind(call.args, dict(call.kwargs))
    names = operand_names(rule, call)
    found = [
        (n, bound[n], v) for n, v in zip(names, values, strict=False) if n in bound
    ]
    rest = [n for n in names[len(values) :] if n in bound and n not in rule.constant]
    if call.fn.startswith(("np.", "scipy.")):
        found += [(n, bound[n], NOT_KNOWN) for n in rest if _floats(build, n, bound[n])]
    return found


def _floats(build: Builder, name: str, operand: Atom) -> bool:
    """Proven to be floating numbers that a result can depend on smoothly."""
    fact = build.fact(operand)
    return fact.is_number and fact.dtype[:1] in ("f", "c") and name not in TOLERANCES
