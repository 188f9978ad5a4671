"""A loop whose length is learned: `for k in dpc.range(n)` with a real `n`.

before                          after
`for k in dpc.range(n):`        `whole = whole_steps(n)`, `part = n - whole`
`    s *= 2`                    `for k in range(whole + 1):`
                                `    if k == whole: s_whole = s`
                                `    s *= 2`
                                `s = (1 - part) * s_whole + part * s`
`for k in dpc.range(n, "gate"):`  `for k in range(steps_with_weight(n, t)):`
`    s *= 2`                    `    goes_on, ends = gates(n - k - 0.5, t)`
                                `    s_ended += (reached - goes_on) * s`
                                `    reached = goes_on`
                                `    s *= 2`
                                `s = s_ended + reached * s`
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Carry,
    Const,
    Do,
    For,
    If,
    Merge,
    Slot,
    Store,
)
from dpc.ir.walk import statements
from dpc.transforms.relax.alone import Left, require_alone
from dpc.transforms.relax.declared import temperature_of
from dpc.transforms.relax.gates import named_gate
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.places import (
    copy_place,
    heads_of,
    made_in,
    outer_places,
    read_place,
)
from dpc.transforms.relax.state import Relaxation, refused

ONE = Const(1.0)


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
    _require_stores(relax, loop)
    left = Left([], {}, [])
    for carry in mixed:
        ends = Merge(carry.result, carry.init, carry.next)
        require_alone(relax, loop, ends, {carry.result, carry.header}, left)
    relax.decide(
        loop,
        f"the length of the loop is relaxed, and mixes "
        f"{', '.join(c.result.name for c in mixed) or 'what it writes'}",
    )
    given = dict(zip(("n", "kernel", "temperature"), call.args, strict=False))
    given |= dict(call.kwargs)
    kernel = given.get("kernel", Const("linear"))
    match kernel:
        case Const("linear"):
            whole, part = _parts(relax, n)
            _emit(relax, loop, mixed, whole, part)
        case Const("gate"):
            options = Apply("", (), tuple(given.items()))
            t = temperature_of(options, relax.temperature)
            _emit_gated(relax, loop, mixed, n, t)
        case _:
            raise refused(
                loop.span,
                "this kernel of a learned length is not known",
                'write kernel="linear" or kernel="gate"',
            )
    for number in left.numbers:
        relax.build.emit(Do(Apply("dpc.require_number", (number,)), loop.span))
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


def _require_stores(relax: Relaxation, loop: For) -> None:
    """What is written by a call, as a list that grows, has no mean of two lengths."""
    own = made_in(loop.body)
    for statement in statements(loop.body):
        if not isinstance(statement, Assign | Do):
            continue
        call = statement.value
        if isinstance(call, Apply) and relax.build.library[call.fn].effect == "writes":
            base = call.args[0]
            if own(base):
                continue
            name = f"`{base.name}`" if isinstance(base, Slot) else "memory"
            raise refused(
                statement.span,
                f"`{call.fn.rpartition('.')[2]}` writes {name}, which is older than a "
                "loop of learned length",
                "make an array before the loop and store to its elements, or write "
                "range(...)",
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
    places = outer_places(relax, loop.body, heads_of(loop))
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
        key = _blend(relax, before, last[carry])
        value = Apply(key, (rest, before, part, last[carry]))
        build.facts[carry.result] = build.infer(value)
        if was in ("int", "bool"):
            build.facts[carry.result] = F.FLOAT
            relax.promoted[carry.result] = loop
        build.assign(carry.result, value)
    means = []
    for place, before in zip(places, ends[len(mixed) :], strict=True):
        after = read_place(relax, place)
        key = _blend(relax, before, after)
        means.append(relax.apply(key, rest, before, part, after))
    _store(relax, loop, places, means)


def _store(
    relax: Relaxation, loop: For, places: list[Place], means: list[Atom]
) -> None:
    """Store all the means once all are known: two places can be one memory."""
    for place, mean in zip(places, means, strict=True):
        relax.build.emit(Store(place.kind, place.base, place.index, mean, loop.span))


def _blend(relax: Relaxation, *atoms: Atom) -> str:
    numbers = all(relax.build.fact(atom).is_number for atom in atoms)
    return "dpc.blend" if numbers else "dpc.blend_parts"


def _emit_gated(
    relax: Relaxation, loop: For, mixed: list[Carry], n: Atom, t: Atom
) -> None:
    """Emit a loop that adds up its states, each by the weight of its length."""
    build = relax.build
    places = outer_places(relax, loop.body, heads_of(loop))
    _require_numbers(relax, loop, mixed, places)
    trips = relax.apply("dpc.steps_with_weight", n, t)
    states: list[Atom] = [c.init for c in mixed]
    states += [read_place(relax, place) for place in places]
    starts = [_zero(relax, state) for state in states]
    names = [c.result.name for c in mixed] + [place.name for place in places]
    heads = [
        build.slot(f"{name}_ended", build.fact(start))
        for name, start in zip(names, starts, strict=True)
    ]
    reached = build.slot("reached", F.FLOAT)
    with build.region() as body:
        beyond = relax.apply("operator.sub", n, loop.index)
        d = relax.apply("operator.sub", beyond, Const(0.5))
        more = relax.apply("operator.ge", d, Const(0.0))
        call = Apply("dpc.gates", (d, t), (("holds", more),))
        gate = named_gate(relax, call, ("goes_on", "ends"))
        weight = relax.apply("operator.sub", reached, gate.p)
        now: list[Atom] = [c.header for c in mixed]
        now += [read_place(relax, place) for place in places]
        sums = [_added(relax, h, weight, s) for h, s in zip(heads, now, strict=True)]
        build.block.extend(relax.block(loop.body))
    last = {c: build.slot(c.result.name, build.fact(c.result)) for c in mixed}
    carries = [replace(c, result=last.get(c, c.result)) for c in loop.carries]
    left = build.slot("reached", F.FLOAT)
    carries.append(Carry(reached, ONE, gate.p, left))
    ends = [build.slot(head.name, build.fact(head)) for head in heads]
    for row in zip(heads, starts, sums, ends, strict=True):
        carries.append(Carry(*row))
    build.emit(replace(loop, stop=trips, body=tuple(body), carries=tuple(carries)))
    for carry, total in zip(mixed, ends, strict=False):
        was = build.fact(carry.result).kind
        value = _added(relax, total, left, last[carry])
        build.facts[carry.result] = build.fact(value)
        if was in ("int", "bool"):
            relax.promoted[carry.result] = loop
        assert isinstance(value, Slot)
        build.assign(carry.result, value)
    means = [
        _added(relax, total, left, read_place(relax, place))
        for place, total in zip(places, ends[len(mixed) :], strict=True)
    ]
    _store(relax, loop, places, means)


def _zero(relax: Relaxation, atom: Atom) -> Atom:
    fact = relax.build.fact(atom)
    return Const(0.0) if fact.is_scalar else relax.apply("dpc.zeros", atom)


def _added(relax: Relaxation, total: Atom, weight: Atom, value: Atom) -> Atom:
    term = relax.apply("operator.mul", weight, value)
    return relax.apply("operator.add", total, term)


def _require_numbers(
    relax: Relaxation, loop: For, mixed: list[Carry], places: list[Place]
) -> None:
    """The gates weigh numbers and arrays; lists, dicts and objects they do not."""
    held = [(c.result.name, c.next) for c in mixed]
    held += [(place.name, read_place(relax, place)) for place in places]
    for name, atom in held:
        kind = relax.build.fact(atom).kind
        if kind in ("list", "dict", "tuple", "object", "str"):
            raise refused(
                loop.span,
                f"this loop leaves a {kind}, `{name}`, and a gate weighs numbers",
                'write kernel="linear", or keep it in an array',
            )
