"""Random draws over a batch: one for each row, in the order of the rows.

A generator that the function makes itself from a seed is made anew by every row, so
that all rows draw the same numbers from it; draws from any other differ.
"""

from __future__ import annotations

from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Value, fact_over
from dpc.rules.batching.shapes import shape_over
from dpc.rules.random import FLOATING, INTEGER, OTHER
from dpc.rules.trace import atom_of
from dpc.transforms.batching.state import State, differs

_SIZED = {**FLOATING, **INTEGER}
_MAKERS = ("np.random.default_rng", "np.random.RandomState", "np.random.Generator")
_DIMENSIONS = ("np.random.rand", "np.random.randn")
_STATE = ("np.random.seed", "np.random.set_state")


def is_draw(state: State, call: Apply, values: list[Value]) -> bool:
    """Whether a call draws from a generator."""
    if call.fn in (*_DIMENSIONS, *_STATE):
        return True
    owner, _, name = call.fn.rpartition(".")
    if owner not in ("np.random", "method") or name not in (*_SIZED, *OTHER):
        return False
    # Arrays and lists have methods of these names too.
    kinds = ("any", "object", "other")
    return owner == "np.random" or values[0].fact.kind in kinds


def draw(state: State, call: Apply, values: list[Value], fact: Fact) -> Value:
    """The draws of all rows at once."""
    if call.fn in _STATE:
        raise NoBatch(
            "each row would put the generator back",
            "seed it before the call, or draw from np.random.default_rng(seed)",
        )
    if _own(state, call, values):
        if any(map(differs, values)) or state.mask:
            raise NoBatch("a generator of its own in each row draws differently")
        atoms = [v.atom for v in values]
        return Value(state.build.computed(_on(call, atoms)), False, fact)
    if call.fn in _DIMENSIONS:
        atoms = [state.batch.count, *(v.atom for v in values)]
        return _drawn(state, Apply(call.fn, tuple(atoms)), fact)
    method = call.fn.startswith("method.")
    receiver, operands = (values[:1], values[1:]) if method else ([], values)
    names = [name for name, _ in call.kwargs]
    count = len(operands) - len(names)
    given = dict(zip(names, operands[count:], strict=True))
    place = _SIZED.get(call.fn.rpartition(".")[2])
    if place is None:
        raise NoBatch(f"`{call.fn}` cannot run over a batch")
    plain = operands[:count]
    size = given.pop("size", None)
    if size is None and count > place:
        size, plain = plain[place], plain[:place]
    rank = fact.rank or 0
    whole: object = state.batch.count
    if size is not None and size.fact.kind != "none":
        whole = shape_over(state.batch, size)
    elif any(v.rank for v in (*plain, *given.values())):
        raise NoBatch("a draw whose size is that of its parameters", "pass size=")
    args = [atom_of(state.build, state.batch.aligned(v, rank)) for v in plain]
    kwargs: list[tuple[str, Atom]] = [
        (k, atom_of(state.build, state.batch.aligned(v, rank)))
        for k, v in given.items()
    ]
    kwargs.append(("size", atom_of(state.build, whole)))
    head = tuple(v.atom for v in receiver)
    return _drawn(state, Apply(call.fn, (*head, *args), tuple(kwargs)), fact)


def _drawn(state: State, call: Apply, fact: Fact) -> Value:
    made = state.build.computed(call)
    state.build.facts[made] = fact_over(fact, True, state.batch.size)  # type: ignore[index]
    return Value(made, True, fact)


def _own(state: State, call: Apply, values: list[Value]) -> bool:
    """The generator is made by the function itself, from a seed."""
    if not call.fn.startswith("method."):
        return False
    made = state.build.definition(values[0].atom)
    return made is not None and made.fn in _MAKERS and bool(made.args)


def _on(call: Apply, atoms: list[Atom]) -> Apply:
    count = len(call.args)
    names = (name for name, _ in call.kwargs)
    kwargs = tuple(zip(names, atoms[count:], strict=True))
    return Apply(call.fn, tuple(atoms[:count]), kwargs)
