"""Rows that a statement is not for are computed as well, without warnings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dpc.ir.nodes import Apply, Assign, Const, Slot, Stmt, With
from dpc.transforms.batching.state import State
from dpc.transforms.warned import warns


@contextmanager
def quietly(state: State) -> Iterator[None]:
    """What is built inside says nothing of the rows that it is not for."""
    before = state.mask
    with state.build.region() as inner:
        yield
    add_quiet(state, inner, bool(before))


def add_quiet(state: State, inner: list[Stmt], quiet: bool) -> None:
    """Append a block, in a context without warnings where it needs one."""
    block = tuple(inner)
    if quiet or not warns(block):
        state.build.block.extend(block)
        return
    context = Slot("quiet", temp=True)
    call = Apply("np.errstate", (), (("all", Const("ignore")),))
    state.build.emit(Assign(context, call))
    state.build.emit(With(context, None, block))
