"""The tangents of fixed points and roots: of the solution, not of how it was found.

primal                              with its tangent
`x = solution(x)`                   (what found it has no tangent)
`y = step(x, a)`
`x_1 = at_fixed_point(y, x)`        `x_dot = J_x x_dot + J_a a_dot`, iterated
`r = residual(x, a)`
`x_1 = at_root(x, r)`               `J_x x_dot = -J_a a_dot`, solved

The right-hand sides are the tangent of the one step or residual, for the tangents of
`x` and of everything else. It is written apart from the primal, inside a loop: what the
primal has computed is used there, and loops and tests are run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dpc.analysis.activity import ENDS, EQUATIONS
from dpc.ir.facts import BOOL, INT
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    Do,
    For,
    If,
    Record,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.rebuild import map_block, map_blocks, renewed
from dpc.ir.walk import definitions, free, reads, statements
from dpc.transforms.equations import constant, second_order, written
from dpc.transforms.forward.owned import own
from dpc.transforms.forward.state import State

Sweep = Callable[[Block], None]


def equation_at(block: Block, place: int) -> Block | None:
    """The statements from the solution at `place` to the equation that it is one of."""
    first = block[place]
    if not isinstance(first, Assign) or not _calls(first, ENDS):
        return None
    for end in range(place + 1, len(block)):
        last = block[end]
        if not isinstance(last, Assign) or not _calls(last, EQUATIONS):
            continue
        if _unknown_and_result(last)[0] is first.target:
            return block[place : end + 1]
    return None


def implicit_forward(state: State, equation: Block, sweep: Sweep) -> None:
    """The equation and the tangent that solves it; `sweep` writes those of a block."""
    first, *step, last = equation
    for statement in equation:
        state.build.emit(statement)
    assert isinstance(first, Assign) and isinstance(last, Assign)
    target, call = last.target, last.value
    assert isinstance(call, Apply)
    if not state.active(target):
        return
    x, y = _unknown_and_result(last)
    assert isinstance(x, Slot)
    state.build.span = last.span
    solved = _Equation(state, x, y, tuple(step), sweep)
    solved.refuse(last)
    if all(state.dot(slot) is None for slot in free(solved.step, y)):
        return
    if call.fn == "dpc.at_fixed_point":
        dot = solved.fixed_point(*call.args[2:])
    else:
        dot = solved.root()
    if state.mirrored(target):
        own(state, target, call, dot)
    else:
        state.dots[target] = dot


@dataclass
class _Equation:
    """The step or residual at a solution `x`, whose result is `y`."""

    state: State
    x: Slot
    y: Atom
    step: Block
    sweep: Sweep

    def refuse(self, last: Assign) -> None:
        """What is used apart from the equation, and what is written."""
        state, body = self.state, self.state.program.function.body
        inside = {self.x, *definitions(self.step)}
        if any(map(state.mirrored, inside)):
            raise written(last.span)
        here = Counter([*reads(self.step), *reads((last,))])
        there = Counter(reads(body))
        if any(there[slot] > here[slot] for slot in inside):
            raise second_order(last.span)

    # The two equations

    def fixed_point(self, tol: Atom, steps: Atom) -> Atom:
        """`x_dot = J_x x_dot + J_a a_dot`, iterated."""
        state, build = self.state, self.state.build
        before, flag = self.tangent(), Slot("settled")
        start = state.zero(self.x)
        with build.region() as body:
            following = self.pushed({**state.dots, self.x: before})
            done = build.apply("dpc.has_settled", following, before, tol, Const(0.0))
        dot, settled = self.tangent(), Slot("settled")
        build.facts[flag] = build.facts[settled] = BOOL
        carries = (
            Carry(before, start, following, dot),
            Carry(flag, Const(False), done, settled),
        )
        bounds = (Const(0), steps, Const(1))
        build.emit(For(Slot("_"), *bounds, tuple(body), carries, done, build.span))
        state.do("dpc.require_settled", settled, steps)
        return dot

    def root(self) -> Atom:
        """`J_x x_dot = -J_a a_dot`, solved: a column of `J_x` is the tangent of the
        residual for that of one number of `x`."""
        state, build, x, y = self.state, self.state.build, self.x, self.y
        around = {slot: dot for slot, dot in state.dots.items() if slot is not x}
        r_dot = self.pushed(around)
        if build.fact(y).is_scalar and build.fact(x).is_scalar:
            slope = self.pushed({x: Const(1.0)})
            if isinstance(slope, Const) and slope.value == 0:
                raise constant(build.span)
            ratio = build.apply("operator.truediv", r_dot, slope)
            return build.assign(self.tangent(), Apply("operator.neg", (ratio,)))
        columns = build.assign(Slot("columns"), Apply("list", ()))
        count = build.apply("dpc.count", x)
        k = Slot("k")
        build.facts[k] = INT
        with build.region() as body:
            seed = build.assign(self.tangent(), Apply("dpc.basis", (x, k)))
            passed = self.pushed({x: seed})
            column = build.apply("dpc.flat_like", passed, y)
            state.do("method.append", columns, column)
        bounds = (Const(0), count, Const(1))
        build.emit(For(k, *bounds, tuple(body), (), None, build.span))
        solved = Apply("dpc.tangent_of_root", (columns, r_dot, y, x))
        return build.assign(self.tangent(), solved)

    def tangent(self) -> Slot:
        """A slot for a tangent of the solution."""
        return self.state.new(self.x, temp=False)

    # The tangent of the step or residual

    def pushed(self, dots: dict[Slot, Atom]) -> Atom:
        """The tangent of `y` for these, by statements of its own."""
        state, build = self.state, self.state.build
        with build.region() as made, self.given(dots):
            self.sweep(_quiet(self.step, state.library))
            build.span = None
            result = state.filled(self.y)
        renamed: dict[Slot, Atom] = {}
        for statement in self.apart(made, renamed):
            build.emit(statement)
        return renamed.get(result, result) if isinstance(result, Slot) else result

    @contextmanager
    def given(self, dots: dict[Slot, Atom]) -> Iterator[None]:
        """With these tangents, and nothing left of what they lead to."""
        state, build = self.state, self.state.build
        outer, span = state.dots, build.span
        state.dots = dict(dots)
        yield
        state.dots, build.span = outer, span

    def apart(self, made: list[Stmt], renamed: dict[Slot, Atom]) -> Iterator[Stmt]:
        """The statements of a tangent without those of the primal, unless they write.

        renamed: is completed by the slots that are defined anew.
        """
        facts = self.state.build.facts
        mine = set(definitions(self.step))
        originals = set(map(id, self.step))
        again = any(_writes(s, self.state.library) for s in statements(self.step))
        for statement in made:
            defined = set(definitions((statement,)))
            nested = isinstance(statement, For | While | If | With)
            known = id(statement) in originals or (nested and defined <= mine)
            if known and not again:
                continue
            yield from renewed((statement,), renamed)
            for slot in defined:
                new = renamed[slot]
                if isinstance(new, Slot) and slot in facts:
                    facts[new] = facts[slot]
                if slot in mine and not again:
                    del renamed[slot]


def _calls(statement: Assign, names: frozenset[str]) -> bool:
    return isinstance(statement.value, Apply) and statement.value.fn in names


def _unknown_and_result(equation: Assign) -> tuple[Atom, Atom]:
    """`x`, and what the step or residual gives for it."""
    assert isinstance(equation.value, Apply)
    first, second = equation.value.args[:2]
    fixed = equation.value.fn == "dpc.at_fixed_point"
    return (second, first) if fixed else (first, second)


def _writes(statement: Stmt, library: Library) -> bool:
    """The statement changes memory, a list or a tape: one of its own, done again."""
    if isinstance(statement, Store | Update | Record):
        return True
    call = statement.value if isinstance(statement, Assign | Do) else None
    return isinstance(call, Apply) and (
        call.fn in library and library[call.fn].effect == "writes"
    )


def _quiet(block: Block, library: Library) -> Block:
    """The block without what it prints or checks: the primal has done so."""

    def loud(s: Stmt) -> bool:
        called = isinstance(s, Do) and s.value.fn in library
        return called and library[s.value.fn].effect == "world"  # type: ignore[union-attr]

    def inside(b: Block) -> Block:
        kept = tuple([s for s in b if not loud(s)])
        return map_block(kept, lambda s: map_blocks(s, inside))

    return inside(block)
