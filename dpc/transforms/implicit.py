"""The adjoints of fixed points and roots: of the solution, not of how it was found.

primal                              backward sweep
`x = solution(x)`                   (what found it has no adjoint)
`y = step(x, a)`
`x_1 = at_fixed_point(y, x)`        `w = x_bar + J_x^T w`, iterated; `a_bar = J_a^T w`
`r = residual(x, a)`
`x_1 = at_root(x, r)`               `J_x^T w = -x_bar`, solved; `a_bar = J_a^T w`

`J_x^T w` is what the adjoint of the one step (or residual) passes to `x`. So that
adjoint is written twice: in the equation for `w`, for `x` alone, and then, with `w`,
for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dpc.ir.facts import BOOL, INT
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    Do,
    For,
    Slot,
    Stmt,
    Store,
    Update,
    While,
)
from dpc.ir.walk import definitions, statements
from dpc.passes.prune import prune_block
from dpc.rules.apply import materialised
from dpc.source import Span
from dpc.transforms.equations import constant, second_order, written
from dpc.transforms.parts import assembled
from dpc.transforms.scopes import Scope
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry, Region

Sweep = Callable[[Entry], None]


def implicit_backward(
    state: State, entry: Entry, call: Apply, target: Slot, sweep: Sweep
) -> None:
    """The adjoint of one of these primitives; `sweep` writes that of a statement."""
    span: Span | None = getattr(entry.statement, "span", None)
    if call.fn == "dpc.solution":
        if target not in state.solved and assembled(state, target) is not None:
            raise second_order(span)
        return
    bar = assembled(state, target)
    if bar is None:
        return
    equation = _Equation(state, entry, call, sweep)
    if call.fn == "dpc.at_fixed_point":
        w = equation.fixed_point(bar, *call.args[2:])
    else:
        w = equation.root(bar)
    state.contribute(equation.y, w)
    state.muted.add(equation.x)


class _Equation:
    """The step or residual at a solution `x`, whose result is `y`."""

    def __init__(self, state: State, entry: Entry, call: Apply, sweep: Sweep) -> None:
        self.state, self.sweep, self.build = state, sweep, state.build
        self.span: Span | None = getattr(entry.statement, "span", None)
        y, x = call.args[:2] if call.fn == "dpc.at_fixed_point" else call.args[1::-1]
        if not isinstance(x, Slot) or not isinstance(y, Slot) or not state.active(y):
            raise constant(self.span)
        self.y, self.x = y, x
        state.muted.discard(x)  # The equation may stand in another one, that is swept.
        self.region = _region_of(state, entry)
        place = self.region.entries.index(entry)
        begin = next(
            i for i, e in enumerate(self.region.entries) if _defines(e.statement, x)
        )
        self.entries = self.region.entries[begin + 1 : place]
        block = tuple(e.statement for e in self.entries)
        self.own = {x, *definitions(block)}
        loops = {id(s) for s in statements(block) if isinstance(s, For | While)}
        state.repeats.plain |= loops
        state.solved.add(x)
        self.refuse(block)

    def refuse(self, block: Block) -> None:
        """What is used apart from the equation, and what is written."""
        state = self.state
        known = [slot for slot in self.own if slot in state.scope.adjoints]
        if known:
            raise second_order(self.span)
        writes = [s for s in statements(block) if isinstance(s, Store | Update)]
        if any(state.shadowed(s.base) for s in writes) or any(
            map(state.shadowed, (self.x, self.y))
        ):
            raise written(self.span)

    # The two equations

    def fixed_point(self, bar: Atom, tol: Atom, steps: Atom) -> Atom:
        """`w = x_bar + J_x^T w`, iterated."""
        build, x_bar = self.build, self.whole(bar)
        before, flag = self.adjoint("w"), Slot("settled")
        with build.region() as body:
            back = self.pulled(before)
            following: Atom = x_bar
            if back is not None:
                fn = "dpc.added" if self.is_tree else "operator.add"
                following = build.apply(fn, x_bar, back, name="w")
            done = build.apply("dpc.has_settled", following, before, tol, Const(0.0))
        w, settled = self.adjoint("w"), Slot("settled")
        build.facts[flag] = build.facts[settled] = BOOL
        carries = (
            Carry(before, x_bar, following, w),
            Carry(flag, Const(False), done, settled),
        )
        bounds = (Const(0), steps, Const(1))
        block = prune_block(
            tuple(body), (following, done), self.state.library, build.facts
        )
        build.emit(For(Slot("_"), *bounds, block, carries, done, self.span))
        build.emit(Do(Apply("dpc.require_settled", (settled, steps)), self.span))
        return w

    def root(self, bar: Atom) -> Atom:
        """`J_x^T w = -x_bar`, solved: a row of `J_x` is what one number of the residual
        passes to `x`."""
        build = self.build
        if build.fact(self.y).is_scalar and build.fact(self.x).is_scalar:
            slope = self.pulled(Const(1.0))
            if slope is None:
                raise constant(self.span)
            ratio = build.apply("operator.truediv", bar, slope)
            return build.apply("operator.neg", ratio)
        rows = build.assign(Slot("rows"), Apply("list", ()))
        count = build.apply("dpc.count", self.y)
        k = Slot("k")
        build.facts[k] = INT
        with build.region() as body:
            seed = build.assign(self.adjoint("r_bar"), Apply("dpc.basis", (self.y, k)))
            back = self.pulled(seed)
            passed = Const(None) if back is None else back
            row = build.apply("dpc.flat_like", passed, self.x)
            build.emit(Do(Apply("method.append", (rows, row)), self.span))
        bounds = (Const(0), count, Const(1))
        build.emit(For(k, *bounds, tuple(body), (), None, self.span))
        solved = Apply("dpc.adjoint_of_root", (rows, bar, self.y, self.x))
        return build.assign(self.adjoint("w"), solved)

    @property
    def is_tree(self) -> bool:
        """The solution is a container, or may be one."""
        return not self.build.fact(self.y).is_number

    def whole(self, bar: Atom) -> Atom:
        """The cotangent in the shape of the solution."""
        return bar if self.is_tree else materialised(self.build, bar, self.y)

    def adjoint(self, name: str) -> Slot:
        """A slot for a cotangent of the step or residual."""
        slot = Slot(name)
        self.build.facts[slot] = self.state.cotangent_fact(self.y)
        if self.is_tree:
            self.state.trees.add(slot)
        return slot

    # What the step or residual passes to `x`

    def pulled(self, seed: Atom) -> Atom | None:
        """`J_x^T seed`; None for zero."""
        state = self.state
        with self.alone():
            state.contribute(self.y, seed)
            for entry in reversed(self.entries):
                state.build.span = getattr(entry.statement, "span", None)
                self.sweep(entry)
            return assembled(state, self.x)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A sweep over the equation that leaves no trace in the adjoints around it."""
        state, here, span = self.state, self.state.scope, self.build.span
        apart = Scope("loop", here)
        inside = list(_scopes(self.entries, self.region.scope))
        items = [slot for slot in state.items if state.owner(slot) in self.own]
        for slot in (*self.own, *items):
            if state.homes.get(slot) is here:
                state.homes[slot] = apart
        for scope in inside:
            scope.parent = apart if scope.parent is here else scope.parent
        only, buffers = state.only, dict(state.buffers)
        state.scope, state.only = apart, self.own
        yield
        state.scope, state.only, state.buffers = here, only, buffers
        for slot, home in list(state.homes.items()):
            if home is apart:
                state.homes[slot] = here
        for scope in inside:
            scope.parent = here if scope.parent is apart else scope.parent
            scope.adjoints.clear()
            scope.headers.clear()
            scope.pre.clear()
        self.build.span = span


def _region_of(state: State, entry: Entry) -> Region:
    pending = [state.region]
    while pending:
        region = pending.pop()
        if any(each is entry for each in region.entries):
            return region
        pending += [inner for each in region.entries for inner in each.regions]
    raise AssertionError("an entry of another sweep")


def _scopes(entries: list[Entry], around: Scope) -> Iterator[Scope]:
    """The scopes inside statements, each once."""
    seen = {around}
    pending = [region for entry in entries for region in entry.regions]
    while pending:
        region = pending.pop()
        if region.scope not in seen:
            seen.add(region.scope)
            yield region.scope
        pending += [inner for each in region.entries for inner in each.regions]


def _defines(statement: Stmt, slot: Slot) -> bool:
    return isinstance(statement, Assign) and statement.target is slot
