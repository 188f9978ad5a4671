"""A loop whose length is learned: `for k in dpc.range(n)` with a real `n`.

before                          after
`for k in dpc.range(n):`        `whole = whole_steps(n)`, `part = n - whole`
`    s *= 2`                    `for k in range(whole + 1):`
                                `    if k == whole: s_whole = s`
                                `    s *= 2`
                                `s = (1 - part) * s_whole + part * s`
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Atom,
    Carry,
    Const,
    For,
    If,
    Merge,
    Slot,
    Store,
)
from dpc.transforms.relax.places import copy_place, outer_places, read_place
from dpc.transforms.relax.state import Relaxation, refused


def learned_length(relax: Relaxation, loop: For) -> bool:
    """Emit a loop of real length as the mean of two, if its length varies."""
    call = relax.definition(loop.stop)
    if call is None or call.fn != "dpc.steps":
        return False
    n = call.args[0]
    if not relax.activity.is_varied(n):
        return False
    relax.changed = True
    mixed = [c for c in loop.carries if c.result in relax.used]
    _require_values(loop, mixed)
    relax.decide(
        loop,
        f"the length of the loop is relaxed, and mixes "
        f"{', '.join(c.result.name for c in mixed) or 'what it writes'}",
    )
    whole, part = _parts(relax, n)
    _emit(relax, loop, mixed, whole, part)
    return True


def _require_values(loop: For, mixed: list[Carry]) -> None:
    if loop.leave is not None:
        raise refused(
            loop.span,
            "a loop whose length is learned is left by `break` or `return`",
            "write range(...), or end the loop by its length alone",
        )
    for carry in mixed:
        if carry.init is UNDEFINED:
            name = carry.result.name
            raise refused(
                loop.span,
                f"`{name}` is read after this loop, which may have no steps",
                f"give `{name}` a value before the loop",
            )


def _parts(relax: Relaxation, n: Atom) -> tuple[Atom, Slot]:
    """The whole steps, and the part of a step beyond them."""
    build = relax.build
    whole = build.computed(Apply("dpc.whole_steps", (n,)), "whole")
    counted = relax.apply("operator.ge", relax.apply("dpc.bare", n), Const(0))
    with build.region() as new:
        rest = relax.apply("operator.sub", n, whole)
    part = build.slot("part", build.fact(rest))
    build.emit(If(counted, tuple(new), (), (Merge(part, rest, Const(0.0)),)))
    return whole, part


def _emit(
    relax: Relaxation, loop: For, mixed: list[Carry], whole: Atom, part: Slot
) -> None:
    build = relax.build
    places = outer_places(relax, loop.body)
    trips = relax.apply("operator.add", whole, Const(1))
    starts: list[Atom] = [c.init for c in mixed]
    starts += [copy_place(relax, place) for place in places]
    names = [c.result.name for c in mixed] + [place.name for place in places]
    heads = [
        build.slot(f"{name}_whole", build.fact(start))
        for name, start in zip(names, starts, strict=True)
    ]
    with build.region() as body:
        here = relax.apply("operator.eq", loop.index, whole)
        with build.region() as saving:
            states: list[Atom] = []
            for carry in mixed:
                plain = build.fact(carry.header).is_scalar
                same = carry.header
                states.append(same if plain else relax.apply("dpc.snapshot", same))
            states += [copy_place(relax, place) for place in places]
        kept = [build.slot(head.name, build.fact(head)) for head in heads]
        merges = [Merge(k, s, h) for k, s, h in zip(kept, states, heads, strict=True)]
        build.emit(If(here, tuple(saving), (), tuple(merges), loop.span))
        build.block.extend(relax.block(loop.body))
    last = {c: build.slot(c.result.name, build.fact(c.result)) for c in mixed}
    carries = [replace(c, result=last.get(c, c.result)) for c in loop.carries]
    ends = [build.slot(head.name, build.fact(head)) for head in heads]
    for head, start, following, end in zip(heads, starts, kept, ends, strict=True):
        carries.append(Carry(head, start, following, end))
    build.emit(replace(loop, stop=trips, body=tuple(body), carries=tuple(carries)))
    rest = relax.apply("operator.sub", Const(1.0), part)
    for carry, before in zip(mixed, ends, strict=False):
        was = build.fact(carry.result).kind
        value = Apply("dpc.blend", (rest, before, part, last[carry]))
        build.facts[carry.result] = build.infer(value)
        if was in ("int", "bool"):
            build.facts[carry.result] = F.FLOAT
            relax.promoted[carry.result] = loop
        build.assign(carry.result, value)
    for place, before in zip(places, ends[len(mixed) :], strict=True):
        after = read_place(relax, place)
        mean = relax.apply("dpc.blend", rest, before, part, after)
        build.emit(Store(place.kind, place.base, place.index, mean, loop.span))
