"""`dpc.vjp` inside a program, and the calls of the pullback that it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dpc.frontend.lifting.derivatives import literal, name_of, recipe_of
from dpc.frontend.lifting.primitives import plain_arguments
from dpc.frontend.lifting.regions import Region
from dpc.frontend.lifting.sites import Sites
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import (
    Arguments,
    Pulled,
    Scope,
    Star,
    Table,
    Tuple,
    Val,
)
from dpc.ir.facts import Fact
from dpc.ir.gradients import gradient_of, has_floating_leaf
from dpc.ir.nodes import Const, Slot

VJP = "dpc.api.vjp"


def vjp_call(lift: Lifter, given: Arguments, node: Any, name: str) -> Val:
    """`dpc.vjp(f, *primals, kwargs=..., **options)`."""
    options = dict(given.kwargs)
    named = options.pop("kwargs", Table({}))
    if not given.args or any(isinstance(arg, Star) for arg in given.args):
        lift.fail(
            node, "`vjp` takes a function and its arguments", hint="dpc.vjp(f, x)"
        )
    function, *primals = given.args
    assert not isinstance(function, Star)
    literals = {key: literal(lift, key, v, node) for key, v in options.items()}
    recipe = recipe_of(lift, "vjp", literals, None, node)
    keywords = _keywords(lift, named, node)
    facts = [
        lift.whole(lift.materialise(p)) for p in primals if not isinstance(p, Star)
    ]
    places = [i for i, fact in enumerate(facts) if has_floating_leaf(fact)]
    names = _names(primals)
    values = {
        n: p for n, p in zip(names, primals, strict=True) if not isinstance(p, Star)
    }
    scope = Scope(lift.frames[-1], lift.scope, values)

    def body() -> Val:
        given = Arguments([scope.names[n] for n in names], dict(keywords))
        return lift.parts.call(lift, function, given, node, "")

    recipe = replace(recipe, wrt=tuple(names[i] for i in places), single=False)
    region = Region(lift, node, name, name_of(function))
    found = region.taken([recipe], scope, body)
    assert isinstance(found, Tuple)
    out, pulled = found.items
    assert isinstance(pulled, Pulled)
    known = [fact if i in places else None for i, fact in enumerate(facts)]
    return Tuple((out, Pulled(pulled.pullback, tuple(known))))


def _names(primals: Sequence[Val | Star]) -> list[str]:
    """What the parameters of a function are called of which only arguments are known:
    as they are, `x0`, `x1` where they have no name."""
    names: list[str] = []
    for place, primal in enumerate(primals):
        own = isinstance(primal, Slot) and not primal.temp
        name = primal.name if own and isinstance(primal, Slot) else f"x{place}"
        names.append(name if name not in names else f"x{place}")
    return names


def _keywords(lift: Lifter, named: Val, node: Any) -> Mapping[str, Val]:
    if isinstance(named, Const) and named.value is None:
        return {}
    if isinstance(named, Table):
        return named.entries
    fields = lift.whole(named).fields
    if fields is None:
        lift.fail(
            node,
            "`kwargs` of `vjp` is a dict whose keys are not known",
            hint='write them here: kwargs={"rate": rate}',
        )
    atom = lift.materialise(named)
    return {key: lift.apply("getitem", (atom, Const(key))) for key, _ in fields}


def pulled_call(
    lift: Lifter, function: Pulled, given: Arguments, node: Any, name: str
) -> Val:
    """The call of a pullback: one cotangent a primal."""
    args, _ = plain_arguments(lift, "pullback", given, node)
    if len(args) != 1:
        lift.fail(node, "a pullback takes one cotangent", hint="pullback(out_bar)")
    bars = lift.apply("call", (function.pullback, args[0]))
    lift.build.facts[bars] = Fact("tuple")
    found: list[Val] = []
    place = 0
    for fact in function.primals:
        if fact is None:
            found.append(Const(None))
            continue
        item = lift.apply("getitem", (bars, Const(place)))
        key = "cotangent", lift.path, id(node), place
        cell = lift.heap.adopt(key, gradient_of(fact), exposed=False)
        lift.build.facts[item] = cell.fact
        _put(lift, item, cell.sites)
        found.append(item)
        place += 1
    return Tuple(tuple(found))


def _put(lift: Lifter, slot: Slot, sites: Sites) -> None:
    if sites is not None:
        lift.heap.slots[slot] = sites
