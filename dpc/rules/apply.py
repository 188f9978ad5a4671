"""Applying a rule while a program is built: cotangents and tangents of one primitive."""

from __future__ import annotations

from typing import Any

from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const
from dpc.rules.ruleset import Rule
from dpc.rules.trace import Traced, atom_of


def cotangents(
    build: Builder, rule: Rule, call: Apply, out: Atom, g: Atom, masked: bool = False
) -> dict[Atom, list[Atom]]:
    """What a call passes back to its operands, given the cotangent `g` of its result.

    An operand that stands twice gets two contributions. `masked`: the cotangent has
    passed a selection, so a partial that may not be finite counts as 0 where `g` is 0.
    """
    bound, scalar = _bound(build, rule, call)
    assert rule.body is not None
    traced_out = Traced(build, out, scalar)
    found: dict[Atom, list[Atom]] = {}
    if rule.kind == "elementwise":
        partials = _tuple(rule.body(**bound, out=traced_out))
        for name, partial in zip(rule.operands, partials, strict=False):
            operand = _operand(rule, call, name)
            if partial is None or operand is None:
                continue
            value = _times(build, g, atom_of(build, partial), masked, rule)
            value = unbroadcast(build, value, operand, out)
            found.setdefault(operand, []).append(value)
        return found
    g = materialised(build, g, out)
    adjoints = _tuple(rule.body(Traced(build, g, scalar), **bound, out=traced_out))
    for name, adjoint in zip(rule.operands, adjoints, strict=False):
        operand = _operand(rule, call, name)
        if adjoint is not None and operand is not None:
            found.setdefault(operand, []).append(atom_of(build, adjoint))
    return found


def tangent(
    build: Builder, rule: Rule, call: Apply, out: Atom, dots: dict[str, Atom]
) -> Atom:
    """The tangent of a call's result, given those of its varying operands by name."""
    bound, scalar = _bound(build, rule, call)
    traced_out = Traced(build, out, scalar)
    if rule.kind == "elementwise":
        assert rule.body is not None
        partials = _tuple(rule.body(**bound, out=traced_out))
        total: Atom = Const(0.0)
        for name, partial in zip(rule.operands, partials, strict=False):
            if name in dots and partial is not None:
                term = build.apply("operator.mul", dots[name], atom_of(build, partial))
                total = build.apply("operator.add", total, term)
        return total
    if rule.kind == "linear":
        total = Const(0.0)
        for name, dot in dots.items():
            term = build.apply(call.fn, *_replaced(rule, call, name, dot),
                               **dict(call.kwargs))
            total = build.apply("operator.add", total, term)
        return total
    assert rule.pushforward is not None
    given = [Traced(build, dots[name], scalar) if name in dots else None
             for name in rule.operands[: _count(rule)]]
    return atom_of(build, rule.pushforward(*given, **bound, out=traced_out))


def materialised(build: Builder, g: Atom, like: Atom) -> Atom:
    """`g` with the full shape of `like`: until then a cotangent may be unbroadcast."""
    return g if _full(build, g, like) else build.apply("dpc.full_like", g, like)


def unbroadcast(build: Builder, g: Atom, operand: Atom, out: Atom) -> Atom:
    """The cotangent `g` of `out`, summed over the axes `operand` was broadcast along.

    Where `operand` has the shape of `out`, `g` may stay smaller: it broadcasts in use.
    """
    want, whole = build.fact(operand), build.fact(out)
    if want.is_scalar and whole.is_scalar:
        return g
    if want.shape is not None and want.shape == whole.shape and None not in want.shape:
        return g
    g = materialised(build, g, out)
    if want.is_scalar or want.shape == ():
        return build.apply("np.sum", g)
    if want.shape is None or whole.shape is None or None in want.shape + whole.shape:
        return build.apply("dpc.unbroadcast", g, operand)
    extra = len(whole.shape) - len(want.shape)
    pairs = zip(whole.shape[extra:], want.shape, strict=True)
    kept = tuple(extra + i for i, (w, s) in enumerate(pairs) if w != s)
    if extra:
        axes = tuple(range(extra))
        g = build.apply("np.sum", g, axis=Const(axes[0] if extra == 1 else axes))
    if kept:
        axes = tuple(axis - extra for axis in kept)
        axis = Const(axes[0] if len(axes) == 1 else axes)
        g = build.apply("np.sum", g, axis=axis, keepdims=Const(True))
    return g


def _full(build: Builder, g: Atom, like: Atom) -> bool:
    """`g` surely has the shape of `like`.

    Only rules that know all shapes make cotangents smaller than their value, so one of
    unknown shape is whole.
    """
    have, want = build.fact(g), build.fact(like)
    if want.is_scalar or have.shape is None:
        return want.is_scalar or not have.is_scalar
    return have.shape == want.shape and None not in have.shape


def _times(build: Builder, g: Atom, partial: Atom, masked: bool, rule: Rule) -> Atom:
    if masked and rule.partial_can_fail:
        return build.apply("dpc.masked", g, partial)
    return build.apply("operator.mul", g, partial)


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _bound(build: Builder, rule: Rule, call: Apply) -> tuple[dict[str, Any], bool]:
    scalar = call.fn.startswith("math.") or all(
        build.fact(a).kind in ("float", "int", "bool") for a in call.args
    ) and call.fn.startswith("operator.")
    kwargs = dict(call.kwargs)
    bound = {}
    for name, atom in rule.bind(call.args, kwargs).items():
        plain = isinstance(atom, Const)
        bound[name] = atom.value if plain else Traced(build, atom, scalar)  # type: ignore[union-attr]
    return bound, scalar


def _operand(rule: Rule, call: Apply, name: str) -> Atom | None:
    return rule.bind(call.args, dict(call.kwargs)).get(name)


def _replaced(rule: Rule, call: Apply, name: str, dot: Atom) -> tuple[Atom, ...]:
    position = rule.operands.index(name)
    return tuple(dot if i == position else a for i, a in enumerate(call.args))


def _count(rule: Rule) -> int:
    return len(rule.operands)
