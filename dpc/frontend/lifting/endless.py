"""Iterators without an end, beside iterables that have one: by position.

before                              after
`zip(itertools.count(1), ys)`       `i + 1` in the place of the element
`zip(ys, itertools.repeat(c))`      `c`
`zip(ys, itertools.cycle([a, b]))`  `[a, b][i % 2]`

Nothing then asks such an iterator for a list of its elements.
"""

from __future__ import annotations

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Val
from dpc.ir.nodes import Apply, Atom, Const, Slot

ZERO, ONE = Const(0), Const(1)


def endless(lift: Lifter, value: Val) -> Apply | None:
    """The call that makes such an iterator, if only this place walks over it."""
    call = lift.build.definition(value) if isinstance(value, Slot) else None
    if call is None or not isinstance(value, Slot) or not value.temp or call.kwargs:
        return None
    match call:
        case Apply("itertools.count", args):
            whole = all(lift.fact(atom).kind == "int" for atom in args)
            return call if whole and len(args) < 3 else None
        case Apply("itertools.repeat", (_,)):
            return call
        case Apply("itertools.cycle", (Const(str() | tuple() as known),)):
            return call if known else None
        case Apply("itertools.cycle", (Slot(temp=True) as part,)):
            display = lift.build.definition(part)
            if display is not None and display.fn in ("list", "tuple"):
                return call if display.args else None
    return None


def element(lift: Lifter, call: Apply, k: Atom, name: str) -> Atom:
    """What the iterator gives in its turn `k`, from 0."""
    if call.fn == "itertools.repeat":
        return call.args[0]
    if call.fn == "itertools.cycle":
        size = lift.apply("len", call.args)
        turn = lift.apply("operator.mod", (k, size))
        return lift.apply("getitem", (call.args[0], turn), name=name)
    start, step = counting(call)
    if not _is(step, 1):
        k = lift.apply("operator.mul", (k, step))
    return k if _is(start, 0) else lift.apply("operator.add", (k, start), name=name)


def counting(call: Apply) -> tuple[Atom, Atom]:
    """Where `itertools.count` begins, and by what it goes on."""
    args = call.args
    return (args[0] if args else ZERO), (args[1] if len(args) > 1 else ONE)


def counts_from_zero(call: Apply | None) -> bool:
    """The elements are the positions themselves."""
    if call is None or call.fn != "itertools.count":
        return False
    start, step = counting(call)
    return _is(start, 0) and _is(step, 1)


def unmade(lift: Lifter, value: Val) -> None:
    """Leave out the call: nothing is asked of what it makes."""
    block = lift.build.block
    block[:] = [s for s in block if getattr(s, "target", None) is not value]


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and atom.value == number
