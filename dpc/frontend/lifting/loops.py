"""`for` and `while`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gast

from dpc.frontend.lifting.binding import assign
from dpc.frontend.lifting.branches import restore, snapshot
from dpc.frontend.lifting.carries import Body, Key, run
from dpc.frontend.lifting.checkpoints import put_mark
from dpc.frontend.lifting.elements import Reader, static_items
from dpc.frontend.lifting.grids import at_place, taken
from dpc.frontend.lifting.iterables import consume, walk
from dpc.frontend.lifting.names import flags_of
from dpc.frontend.lifting.positions import Walk, part_of, plus
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import BOUND, Grid, Range, Scope, Val
from dpc.ir import facts as F
from dpc.ir.nodes import Atom, Carry, Const, For, Slot, While

INDEX = "$index"


def keys_of(scope: Scope, names: Iterable[str]) -> list[Key]:
    """What a loop carries that binds these names: them, and their flags."""
    names = tuple(names)
    return [(scope, name) for name in (*names, *flags_of(scope, names))]


def while_loop(lift: Lifter, node: Any) -> None:
    span = lift.build.span
    keys = keys_of(lift.scope, node.names)
    tests: list[Atom] = []

    def head() -> None:
        tests[:] = [lift.parts.condition(lift, lift.expr(node.test))]

    def body() -> None:
        if lift.truth(tests[0]) is not False:
            lift.block(node.body)

    top, block, carries, stop = run(lift, keys, body, node.leave, head)
    test = tests[0]
    lift.build.span = span
    if lift.truth(test) is False:
        for statement in top:
            lift.emit(statement)
        return
    lift.emit(While(tuple(top), test, tuple(block), tuple(carries), stop, span))
    if lift.truth(test) is True and node.leave is not None:
        # There is no other way out.
        lift.scope.names[node.leave] = Const(True)


def for_loop(lift: Lifter, node: Any) -> None:
    value = lift.expr(node.iter)
    keys = keys_of(lift.scope, node.names)
    iterate(
        lift,
        value,
        keys,
        node.target,
        lambda item: assign(lift, node.target, item, node),
        lambda: marked_body(lift, node),
        node.leave,
    )


def marked_body(lift: Lifter, node: Any) -> None:
    """The statements of a `for`, after the mark of a loop that is checkpointed."""
    put_mark(lift, node.iter)
    lift.block(node.body)


def iterate(
    lift: Lifter,
    value: Val,
    keys: list[Key],
    target: Any,
    bind: Callable[[Val], None],
    body: Body,
    leave: str | None = None,
) -> None:
    """Run a body for every element of an iterable.

    `target` is the syntax that the elements are for, if there is any: its names are
    theirs.
    """
    if isinstance(value, Grid) and value.axes is not None:
        _nested(lift, value, value.axes, keys, target, bind, body, leave)
        return
    items = static_items(lift, value)
    if items is not None:
        _unrolled(lift, items, bind, body, leave)
        return
    span, around, outer = lift.build.span, len(lift.walked), lift.partly
    lift.partly = leave is not None
    steps = walk(lift, value)
    lift.partly = outer
    index = _index(lift, steps, target)
    before, since = snapshot(lift), len(lift.heap.resized)

    def iteration() -> None:
        bind(steps.element(index, target))
        body()

    _, block, carries, stop = run(lift, keys, iteration, leave)
    lift.build.span = span
    del lift.walked[around:]
    if any(lift.heap.was_resized(sites, since) for sites in steps.sites):
        restore(lift, before)
        _growing(lift, steps, keys, target, bind, body, leave)
        return
    if _runs(steps):
        _settle(keys, carries)
    bounds = (steps.start, steps.stop, steps.step)
    lift.emit(For(index, *bounds, tuple(block), tuple(carries), stop, span))


def _nested(
    lift: Lifter,
    grid: Grid,
    axes: Sequence[Range],
    keys: list[Key],
    target: Any,
    bind: Callable[[Val], None],
    body: Body,
    leave: str | None,
) -> None:
    """A loop over a grid: one for each axis. Names are bound in the innermost."""
    consume(lift, grid)
    names = target if grid.of is None else part_of(target, 0)

    def level(indices: list[Val], parts: list[Val]) -> None:
        axis = len(parts)
        if axis == len(axes):
            bind(at_place(lift, grid, parts, target))
            body()
            return
        if axis and leave is not None:
            lift.scope.names[leave] = Const(False)
        run_over = axes[axis]
        if axis and grid.rising is not None:
            above = plus(lift, lift.materialise(indices[-1]), grid.rising)
            run_over = Range(above, run_over.stop, run_over.step)
        inside: list[Val] = []
        held = bool(grid.pools) and grid.pools[axis] is not None
        own = None if held else part_of(names, axis)

        def within() -> None:
            part = taken(lift, grid, axis, inside[0], target)
            level([*indices, inside[0]], [*parts, part])

        iterate(
            lift,
            run_over,
            keys,
            own or gast.Name("ijklmn"[axis % 6]),
            lambda place: inside.__setitem__(slice(None), [place]),
            within,
            leave,
        )

    level([], [])


def _runs(steps: Walk) -> bool:
    """Whether it is known that there is an iteration."""
    match steps.start, steps.stop, steps.step:
        case Const(int() as start), Const(int() as stop), Const(int() as step):
            return len(range(start, stop, step)) > 0
    return False


def _settle(keys: Sequence[Key], carries: Sequence[Carry]) -> None:
    """After a loop that has run, what every iteration binds is bound."""
    ends = {carry.result: carry.next for carry in carries}
    for scope, name in keys:
        value = scope.names.get(name)
        end = ends.get(value) if isinstance(value, Slot) else None
        if name.startswith(BOUND) and isinstance(end, Const) and end.value is True:
            scope.names[name] = end


def _growing(
    lift: Lifter,
    steps: Walk,
    keys: list[Key],
    target: Any,
    bind: Callable[[Val], None],
    body: Body,
    leave: str | None,
) -> None:
    """A loop over a list that changes its length meanwhile: it is asked every time."""
    length = steps.length
    assert length is not None
    scope, span = lift.scope, lift.build.span
    outer = scope.names.get(INDEX)
    scope.names[INDEX] = Const(0)
    tests: list[Atom] = []

    def index() -> Atom:
        return lift.materialise(scope.names[INDEX])

    def head() -> None:
        tests[:] = [lift.apply("operator.lt", (index(), length()))]

    def iteration() -> None:
        position = index()
        scope.names[INDEX] = lift.apply("operator.add", (position, Const(1)))
        bind(steps.element(position, target))
        body()

    top, block, carries, stop = run(
        lift, [*keys, (scope, INDEX)], iteration, leave, head
    )
    lift.build.span = span
    loop = While(tuple(top), tests[0], tuple(block), tuple(carries), stop, span)
    lift.emit(loop)
    if outer is None:
        del scope.names[INDEX]
    else:
        scope.names[INDEX] = outer


def _index(lift: Lifter, steps: Walk, target: Any) -> Slot:
    """The index of a loop, with the name that the user has for it, if any."""
    if steps.counted and type(target).__name__ == "Tuple" and target.elts:
        target = target.elts[0]
    elif not steps.is_range:
        target = None
    if type(target).__name__ == "Name":
        return lift.slot(target.id, F.INT)
    index = Slot("i", temp=True)
    lift.build.facts[index] = F.INT
    return index


def _unrolled(
    lift: Lifter,
    items: list[Reader],
    bind: Callable[[Val], None],
    body: Body,
    leave: str | None,
) -> None:
    """A loop over elements of different kinds: its body once for each of them."""

    def step(position: int) -> None:
        if position == len(items) or lift.dead:
            return
        bind(items[position]())
        body()
        flag = None if leave is None or lift.dead else lift.scope.names.get(leave)
        if flag is None:
            step(position + 1)
        else:
            test = lift.parts.condition(lift, flag)
            lift.branch(test, lambda: None, lambda: step(position + 1))

    step(0)
