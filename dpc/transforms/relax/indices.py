"""Real indices, and elements that an `argmax` selects: means of what they may select.

before                                  after
`y = dpc.index(a, i)`                   `low, high = neighbours(i, len(a))`
                                        `part = share_above(i, len(a))`
                                        `y = (1 - part) * a[low] + part * a[high]`
`y = dpc.index(a, i, kernel="softmax")` `u = -(np.arange(len(a)) - i)**2`
                                        `y = selection(u, temperature) @ a`
`y = a[dpc.soft(np.argmax(s))]`         `y = selection(s, temperature) @ a`
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dpc.errors import Diagnostic, UntilCalledError
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Function,
    Slot,
    Store,
    Undefined,
    Update,
)
from dpc.ir.walk import statements
from dpc.transforms.relax.declared import temperature_of
from dpc.transforms.relax.state import Relaxation, refused

_EXTREMES = {"np.argmax": 1.0, "np.argmin": -1.0}
ONE = Const(1.0)


def selecting(function: Function) -> dict[Slot, Apply]:
    """What is declared to be a soft choice: `dpc.soft(np.argmax(s))`, by its name."""
    made = {
        s.target: s.value
        for s in statements(function.body)
        if isinstance(s, Assign) and isinstance(s.value, Apply | Slot)
    }

    def extreme(atom: object) -> Apply | None:
        while isinstance(atom, Slot) and isinstance(made.get(atom), Slot):
            atom = made[atom]
        found = made.get(atom) if isinstance(atom, Slot) else None
        return found if isinstance(found, Apply) and found.fn in _EXTREMES else None

    chosen: dict[Slot, Apply] = {}
    for target, value in made.items():
        if isinstance(value, Apply) and value.fn == "dpc.soft":
            found = extreme(value.args[0])
            if found is not None:
                chosen[target] = found
    for target, value in made.items():
        if isinstance(value, Slot) and value in chosen:
            chosen[target] = chosen[value]
    return chosen


def relaxed_index(relax: Relaxation, statement: Assign) -> bool:
    """Emit `dpc.index(a, i)` as a mean of elements, if an operand varies."""
    call = statement.value
    assert isinstance(call, Apply)
    given = dict(zip(("a", "i", "kernel", "temperature"), call.args, strict=False))
    given |= dict(call.kwargs)
    places = list(_places(relax, given["i"]))
    if not any(map(relax.activity.is_varied, (given["a"], *places))):
        return False
    kernel = given.get("kernel", Const("linear"))
    if not isinstance(kernel, Const) or kernel.value not in ("linear", "softmax"):
        raise refused(
            statement.span,
            "this kernel of a real index is not known",
            'write kernel="linear" or kernel="softmax"',
        )
    relax.changed = True
    relax.build.span = statement.span
    relax.decide(statement, f"the index is relaxed, and its kernel is {kernel.value}")
    a = _as_array(relax, given["a"])
    if kernel.value == "linear":
        value = _interpolated(relax, a, places)
    else:
        t = temperature_of(Apply("", (), tuple(given.items())), relax.temperature)
        value = _near(relax, statement, a, places, t)
    _finish(relax, statement, value)
    return True


def _finish(relax: Relaxation, statement: Assign, value: Atom) -> None:
    assert not isinstance(value, Undefined)
    relax.build.facts[statement.target] = relax.build.fact(value)
    relax.build.assign(statement.target, value)


def _places(relax: Relaxation, i: Atom) -> Iterator[Atom]:
    """The index along each axis."""
    call = relax.definition(i)
    items = relax.build.fact(i).items
    if call is not None and call.fn == "tuple":
        yield from call.args
    elif isinstance(i, Const) and isinstance(i.value, tuple):
        yield from (Const(value) for value in i.value)
    elif items is not None and relax.build.fact(i).kind == "tuple":
        for position in range(len(items)):
            yield relax.apply("getitem", i, Const(position))
    else:
        yield i


def _as_array(relax: Relaxation, a: Atom) -> Atom:
    kind = relax.build.fact(a).kind
    return relax.apply("np.array", a) if kind in ("list", "tuple") else a


def _size(relax: Relaxation, a: Atom, axis: int) -> Atom:
    if axis == 0:
        return relax.apply("len", a)
    return relax.apply(
        "getitem", relax.apply("getattr", a, Const("shape")), Const(axis)
    )


def _interpolated(relax: Relaxation, a: Atom, places: list[Atom]) -> Atom:
    """The mean of the corners of the cell in which the index lies."""
    corners: list[tuple[Atom, Atom]] = []
    shares: list[tuple[Atom, Atom]] = []
    for axis, place in enumerate(places):
        size = _size(relax, a, axis)
        corners.append(_neighbours(relax, place, size))
        part = relax.apply("dpc.share_above", place, size, name="part")
        if not relax.build.fact(place).is_scalar:
            part = relax.apply("dpc.aligned", part, a, Const(len(places)))
        shares.append((relax.apply("operator.sub", ONE, part), part))
    total: Atom = Const(0.0)
    for sides in itertools.product((0, 1), repeat=len(places)):
        weight: Atom = ONE
        for axis, side in enumerate(sides):
            weight = relax.apply("operator.mul", weight, shares[axis][side])
        where = [corners[axis][side] for axis, side in enumerate(sides)]
        key = where[0] if len(where) == 1 else relax.apply("tuple", *where)
        corner = relax.apply("getitem", a, key)
        term = relax.apply("operator.mul", weight, corner)
        total = relax.apply("operator.add", total, term)
    return total


def _neighbours(relax: Relaxation, place: Atom, size: Atom) -> tuple[Atom, Atom]:
    both = relax.apply("dpc.neighbours", place, size)
    parts = relax.apply("unpack", both, Const(2))
    items = relax.build.fact(both).items
    assert isinstance(parts, Slot) and items is not None
    relax.build.facts[parts] = relax.build.fact(both)
    found = []
    for position, name in enumerate(("low", "high")):
        part = relax.apply("getitem", parts, Const(position), name=name)
        assert isinstance(part, Slot)
        relax.build.facts[part] = items[position]
        found.append(part)
    return found[0], found[1]


def _near(
    relax: Relaxation, statement: Assign, a: Atom, places: list[Atom], t: Atom
) -> Atom:
    """The mean of all elements, by their distance from the index."""
    weights: list[Atom] = []
    numbers = all(relax.build.fact(place).is_scalar for place in places)
    for axis, place in enumerate(places):
        steps = relax.apply("np.arange", _size(relax, a, axis))
        if relax.build.fact(place).is_scalar:
            d = relax.apply("operator.sub", steps, place)
        else:
            d = relax.apply("np.subtract.outer", place, steps)
        square = relax.apply("operator.mul", d, d)
        u = relax.apply("operator.neg", square)
        weights.append(relax.apply("dpc.selection", u, t, name="weight"))
    if len(weights) > 1 and not numbers:
        return _paired(relax, statement, a, weights)
    value = a
    for weight in weights:
        value = _mean(relax, weight, value)
    return value


def _mean(relax: Relaxation, weight: Atom, a: Atom) -> Atom:
    """The mean of the elements of `a` along its first axis."""
    ranks = relax.build.fact(weight).rank, relax.build.fact(a).rank
    if None not in ranks and max(r for r in ranks if r is not None) <= 2:
        return relax.apply("operator.matmul", weight, a)
    return relax.build.computed(
        Apply("np.tensordot", (weight, a), (("axes", Const(1)),))
    )


def _paired(relax: Relaxation, statement: Assign, a: Atom, weights: list[Atom]) -> Atom:
    """Arrays of indices for several axes go together, element by element."""
    ranks = [relax.build.fact(weight).rank for weight in weights]
    if len(set(ranks)) > 1 or (ranks[0] or 0) > 20:
        raise refused(
            statement.span,
            "a softmax weighs indices of several axes that have different shapes",
            "pass arrays of one shape, or numbers, for every axis",
        )
    if None in ranks:
        raise UntilCalledError(
            Diagnostic(
                "how many axes the indices have is not known",
                "",
                statement.span,
                hint="annotate the indices (i: float), or call the derivative",
            )
        )
    together = "abcdefghijklmnopqrst"[: (ranks[0] or 1) - 1]
    axes = "uvwxyz"[: len(weights)]
    terms = ",".join(f"{together}{axis}" for axis in axes)
    text = Const(f"{terms},{axes}...->{together}...")
    return relax.apply("np.einsum", text, *weights, a)


def relaxed_selection(relax: Relaxation, statement: Assign) -> bool:
    """Emit `a[dpc.soft(np.argmax(s))]` as a mean of elements, if an operand varies."""
    call = statement.value
    assert isinstance(call, Apply)
    a, index = call.args
    found = _chosen(relax, index)
    if found is None:
        return False
    slot, key, axis = found
    extreme = relax.selecting[slot]
    given = dict(zip(("a", "axis"), extreme.args, strict=False)) | dict(extreme.kwargs)
    scores = given["a"]
    if not any(map(relax.activity.is_varied, (a, scores))):
        return False
    relax.changed = True
    relax.build.span = statement.span
    relax.decide(statement, f"{extreme.fn} selects by weight")
    soft = relax.definition(slot)
    assert soft is not None
    t = temperature_of(soft, relax.temperature)
    u = _as_array(relax, scores)
    if extreme.fn == "np.argmin":
        u = relax.apply("operator.neg", u)
    along = given.get("axis", Const(None))
    one_axis = relax.build.fact(u).rank == 1
    if isinstance(along, Const) and along.value is None and not one_axis:
        u = relax.apply("np.ravel", u)
    args = (u, t) if _is_last(along) else (u, t, along)
    weight = relax.apply("dpc.selection", *args, name="weight")
    if not _is_last(along):
        weight = relax.apply("np.moveaxis", weight, along, Const(-1))
    a = _as_array(relax, a)
    if key is not None:
        a = relax.apply("getitem", a, key)
    if axis == 0:
        value = _mean(relax, weight, a)
    else:
        axes = Const(((-1,), (axis,)))
        value = relax.build.computed(
            Apply("np.tensordot", (weight, a), (("axes", axes),))
        )
    _finish(relax, statement, value)
    return True


def _is_last(axis: Atom) -> bool:
    return isinstance(axis, Const) and axis.value in (None, -1)


def _chosen(relax: Relaxation, index: Atom) -> tuple[Slot, Atom | None, int] | None:
    """The soft choice in an index, the index without it, and the axis it is for."""
    if isinstance(index, Slot) and index in relax.selecting:
        return index, None, 0
    call = relax.definition(index)
    if call is None or call.fn != "tuple":
        return None
    soft = [atom for atom in call.args if atom in relax.selecting]
    if len(soft) != 1:
        return None
    place = call.args.index(soft[0])
    parts: list[Atom] = []
    axis = 0
    for position, atom in enumerate(call.args):
        kind = relax.build.fact(atom).kind
        if position == place:
            atom = Const(slice(None))
        elif kind == "slice":
            axis += position < place
        elif kind != "int":
            return None
        parts.append(atom)
    assert isinstance(soft[0], Slot)
    key = None if len(parts) == 1 else relax.apply("tuple", *parts)
    return soft[0], key, axis


def require_indices(relax: Relaxation, function: Function) -> None:
    """Refuse soft choices that are used for anything but to select what is read."""
    for statement in statements(function.body):
        match statement:
            case Assign(_, Apply("getitem" | "tuple" | "dpc.soft") | Slot()):
                continue
            case Store(_, _, index, value):
                atoms: tuple[Atom, ...] = (index, value)
            case Update(_, _, _, index, value):
                atoms = (index, value)
            case Assign(_, Apply() as call):
                atoms = call.operands
            case _:
                continue
        if any(_is_choice(relax, atom) for atom in atoms):
            raise refused(
                statement.span,
                "a soft choice only selects elements that are read",
                "write a[dpc.soft(np.argmax(s))] to read one, or np.argmax(s) alone",
            )


def _is_choice(relax: Relaxation, atom: Atom) -> bool:
    if atom in relax.selecting:
        return True
    call = relax.definition(atom)
    tuples = call is not None and call.fn == "tuple"
    return tuples and any(part in relax.selecting for part in call.args)  # type: ignore[union-attr]
