"""Rows that a statement is not for are computed as well, without warnings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dpc.ir.nodes import Apply, Assign, Block, Const, Slot, Stmt, With
from dpc.ir.walk import statements
from dpc.transforms.batching.state import State

_WARNS = frozenset(
    "operator.truediv operator.floordiv operator.mod operator.pow np.divide np.power "
    "np.float_power np.log np.log2 np.log10 np.log1p np.sqrt np.arcsin np.arccos "
    "np.arctanh np.arccosh np.exp np.exp2 np.expm1 np.sinh np.cosh np.reciprocal "
    "np.fmod np.remainder np.tan dpc.quotient dpc.ratio np.linalg.norm "
    "np.square np.prod np.cumprod np.logaddexp".split()
)


def warns(block: Block) -> bool:
    """Whether something in a block warns of what is not a number, or infinite."""
    for statement in statements(block):
        value = getattr(statement, "value", None)
        if isinstance(value, Apply) and value.fn in _WARNS:
            return True
    return False


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
