"""Applying a rule while a program is built: the tangent of one primitive."""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const
from dpc.rules.apply import (
    TOLERANCES,
    as_real,
    as_tuple,
    available,
    bound_operands,
    divided,
    operand_names,
    times,
)
from dpc.rules.ruleset import Refused, Rule
from dpc.rules.trace import (
    NOT_KNOWN,
    Finite,
    Quotient,
    Selected,
    Traced,
    atom_of,
    realised,
)

# Operands that say where elements go. What they are made of may look as if it varied,
# as long as nothing is known of it.
LAYOUT = frozenset(
    "shape newshape axis axes axis1 axis2 axisa axisb axisc source destination order "
    "reps repeats shift k offset pad_width indices index obj indices_or_sections "
    "sections n s window_shape".split()
)


def tangent(
    build: Builder,
    rule: Rule,
    call: Apply,
    out: Atom,
    dots: dict[str, Atom],
    masked: bool = False,
) -> Atom:
    """The tangent of a call's result, given those of its varying operands by name.

    `masked`: a tangent may be zero in places, where a partial that is not finite counts
    as 0.
    """
    try:
        return _tangent(build, rule, call, out, dots, masked)
    except Refused:
        if rule.otherwise is None:
            raise
        return _tangent(build, rule.otherwise, call, out, dots, masked)


def bound_by(rule: Rule, call: Apply) -> dict[str, Atom]:
    """The operands of a call by name, of the rule that serves it."""
    try:
        return rule.bind(call.args, dict(call.kwargs))
    except Refused:
        if rule.otherwise is None:
            raise
        return rule.otherwise.bind(call.args, dict(call.kwargs))


def _tangent(
    build: Builder,
    rule: Rule,
    call: Apply,
    out: Atom,
    dots: dict[str, Atom],
    masked: bool,
) -> Atom:
    bound, scalar = bound_operands(build, rule, call)
    bound["out"] = Traced(build, out, scalar)
    by_numpy = call.fn.startswith(("np.", "method."))
    fixed = LAYOUT if by_numpy and rule.kind in ("linear", "general") else frozenset()
    dots = {
        n: _as_bound(build, dot, bound[n]) for n, dot in dots.items() if n not in fixed
    }
    terms: list[Atom] = []
    if rule.kind == "elementwise" and rule.pushforward is None:
        assert rule.body is not None
        partials = as_tuple(rule.call(rule.body, (), bound))
        pairs = [
            (dots[name], available(slope, call, name))
            for name, slope in zip(operand_names(rule, call), partials, strict=False)
            if name in dots and slope is not None
        ]
        found = as_real(build, _along(build, call, pairs, masked), out)
        if rule.real:
            operand, rate = next(iter(bound.values())), Traced(build, found, scalar)
            found = atom_of(build, realised(rate, operand, bound["out"]))
        return found
    if rule.kind == "linear" and rule.pushforward is None:
        for name, dot in dots.items():
            if name in rule.constant:
                continue
            args, kwargs = _replaced(rule, call, name, dot)
            moved = Apply(call.fn, tuple(args), tuple(kwargs.items()))
            terms.append(build.computed(moved))
        return _sum(build, terms)
    if rule.pushforward is None:
        raise Refused(f"no forward rule is known for {call.fn}")
    if rule.kind == "composed":
        del bound["out"]
        return as_real(build, atom_of(build, rule.pushforward(dots, build, bound)), out)
    behind = operand_names(rule, call)[rule.tangents :] if rule.variadic < 0 else []
    for name in behind:
        if name in dots and name not in rule.constant and name not in TOLERANCES:
            available(NOT_KNOWN, call, name)
    given: tuple[Any, ...] = tuple(
        Traced(build, dots[name], scalar) if name in dots else None
        for name in operand_names(rule, call)
    )
    # A function of any number of operands gets all their tangents as one tuple.
    given = given[: rule.tangents] if rule.variadic < 0 else (given,)
    found = atom_of(build, rule.call(rule.pushforward, given, bound))
    return as_real(build, found, out)


def _as_bound(build: Builder, dot: Atom, operand: Any) -> Atom:
    """The tangent of a list that stands for an array, as an array."""
    if not isinstance(operand, Traced):
        return dot
    found = build.definition(operand.atom)
    if found is None or found.fn != "np.asarray" or build.fact(dot).is_number:
        return dot
    is_list = build.fact(found.args[0]).kind in ("list", "tuple")
    return build.apply("np.asarray", dot) if is_list else dot


def _along(
    build: Builder, call: Apply, pairs: list[tuple[Atom, Any]], masked: bool
) -> Atom:
    """The sum of tangents times partial derivatives, quotients over one divisor."""
    over = {id(p.below): p.below for _, p in pairs if isinstance(p, Quotient)}
    quotients = all(isinstance(p, Quotient) for _, p in pairs)
    if len(pairs) > 1 and len(over) == 1 and quotients and not masked:
        above = [_slope(build, p.above, dot) for dot, p in pairs]
        (below,) = over.values()
        quiet = any(isinstance(p, Quotient) and p.quiet for _, p in pairs)
        return divided(build, _sum(build, above), atom_of(build, below), quiet)
    terms = []
    for dot, p in pairs:
        special = isinstance(p, Finite | Selected | Quotient) or (
            masked and _can_fail(build, call, p)
        )
        terms.append(times(build, dot, p, masked) if special else _slope(build, p, dot))
    return _sum(build, terms)


def _can_fail(build: Builder, call: Apply, partial_: Any) -> bool:
    """A partial derivative may be infinite or NaN at operands that are finite."""
    pending: list[Atom] = [partial_.atom] if isinstance(partial_, Traced) else []
    while pending:
        atom = pending.pop()
        found = None if atom in call.operands else build.definition(atom)
        if found is not None:
            if build.library[found.fn].can_fail:
                return True
            pending += found.operands
    return False


def _slope(build: Builder, partial_: Any, dot: Atom) -> Atom:
    """A partial derivative times a tangent, in this order."""
    return build.apply("operator.mul", atom_of(build, partial_), dot)


def _sum(build: Builder, terms: list[Atom]) -> Atom:
    """The sum of tangents; that of none is zero."""
    if not terms:
        return Const(0.0)
    if len(terms) == 2:
        match [build.definition(term) for term in terms]:
            case [Apply("operator.mul", (x, dot)), Apply("operator.mul", (y, other))]:
                if x is y and dot is other:
                    twice = build.apply("operator.mul", Const(2), x)
                    return build.apply("operator.mul", twice, dot)
    return reduce(partial(build.apply, "operator.add"), terms)


def _replaced(
    rule: Rule, call: Apply, name: str, dot: Atom
) -> tuple[list[Atom], dict[str, Atom]]:
    """The operands of a call with `dot` in place of one of them."""
    args, kwargs = list(call.args), dict(call.kwargs)
    if name in kwargs:
        kwargs[name] = dot
    elif name[0] == "*":
        args[rule.variadic + int(name[1:])] = dot
    else:
        args[rule.operands.index(name)] = dot
    return args, kwargs
