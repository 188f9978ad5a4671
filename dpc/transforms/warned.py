"""What NumPy warns of: divisions by zero, overflows, and what is not a number."""

from __future__ import annotations

from dpc.ir.nodes import Apply, Block
from dpc.ir.walk import statements

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
