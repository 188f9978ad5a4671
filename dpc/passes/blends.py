"""What passes a blend on its way back does so at once.

before                                  after
`a_bar = g * share_of(p, a, q, b)`      `p_bar, a_bar, b_bar = unblend(g, p, a, q, b)`
`b_bar = g * share_of(q, b, p, a)`
`p_bar = np.sum(g * contrast(a, b))`

Each of the three asks whether both branches are finite; together they ask once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dpc.ir.build import Builder, Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, Function, Slot, Stmt, Value
from dpc.ir.rebuild import map_blocks, with_body
from dpc.ir.walk import vocabulary


@dataclass(frozen=True, slots=True)
class _Adjoint:
    """The operands of one `unblend` and the slots of its results."""

    operands: tuple[Atom, ...]
    targets: tuple[Slot, ...]


def blends(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the adjoints of guarded blends in one call each."""
    if "dpc.share_of" not in vocabulary(function):
        return function
    build = Builder(library, facts)
    body = _written(function.body, build)
    return function if body is function.body else with_body(function, body)


def _written(block: Block, build: Builder) -> Block:
    """A block anew, or itself where there is no such adjoint in it."""

    def inside(inner: Block) -> Block:
        return _written(inner, build)

    mapped = tuple([map_blocks(s, inside) for s in block])
    if any(new is not old for new, old in zip(mapped, block, strict=True)):
        block = mapped
    instead = dict(_adjoints(block, build.library))
    if not instead:
        return block
    gone = {target for adjoint in instead.values() for target in adjoint.targets}
    with build.region() as new:
        for place, statement in enumerate(block):
            if place in instead:
                _emit(build, statement, instead[place])
            elif not (isinstance(statement, Assign) and statement.target in gone):
                build.emit(statement)
    return tuple(new)


def _emit(build: Builder, first: Stmt, adjoint: _Adjoint) -> None:
    build.span = getattr(first, "span", None)
    bars = build.apply(
        "unpack", build.apply("dpc.unblend", *adjoint.operands), Const(3)
    )
    for position, target in enumerate(adjoint.targets):
        build.emit(
            Assign(target, Apply("getitem", (bars, Const(position))), build.span)
        )


@dataclass(slots=True)
class _Found:
    """The parts of adjoints in one block, each with its place, by their operands."""

    made: dict[Atom, Value] = field(default_factory=dict)
    shares: dict[tuple[Atom, ...], tuple[int, Slot]] = field(default_factory=dict)
    totals: dict[tuple[Atom, ...], tuple[int, Slot]] = field(default_factory=dict)

    def see(self, place: int, target: Slot, value: Value) -> None:
        self.made[target] = value
        match value:
            case Apply("operator.mul", (g, factor)):
                match self.made.get(factor):
                    case Apply("dpc.share_of", of):
                        self.shares[g, *of] = place, target
            case Apply("np.sum", (product,), ()):
                match self.made.get(product):
                    case Apply("operator.mul", (g, factor)):
                        match self.made.get(factor):
                            case Apply("dpc.contrast", of):
                                self.totals[g, *of] = place, target


def _adjoints(block: Block, library: Library) -> Iterator[tuple[int, _Adjoint]]:
    """The places where all is known of the adjoint of a blend, which follows whole."""
    found = _Found()
    for place, statement in enumerate(block):
        if isinstance(statement, Assign):
            found.see(place, statement.target, statement.value)
    for operands, (place, a_bar) in found.shares.items():
        g, p, a, q, b = operands
        other, total = found.shares.get((g, q, b, p, a)), found.totals.get((g, a, b))
        if other is None or total is None or min(other[0], total[0]) < place:
            continue
        between = block[place : max(other[0], total[0]) + 1]
        if all(_is_pure(statement, library) for statement in between):
            yield place, _Adjoint(operands, (total[1], a_bar, other[1]))


def _is_pure(statement: Stmt, library: Library) -> bool:
    """Nothing is written that the adjoint reads."""
    if not isinstance(statement, Assign):
        return False
    value = statement.value
    return not isinstance(value, Apply) or library[value.fn].effect in ("", "reads")
