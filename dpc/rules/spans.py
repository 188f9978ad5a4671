"""Which values have one shape, whatever it is: as far as their making tells.

`np.tanh(x)`, `1 - x`, `np.zeros_like(x)` and what was made to the shape of `x` have the
shape of `x`, their root. A product of anything with one of these has it too, if it is
known to broadcast to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const, Slot

_OPERATORS = frozenset(
    f"operator.{name}"
    for name in "add sub mul truediv floordiv mod pow neg pos abs invert "
    "lt le gt ge eq ne and_ or_ xor iadd isub imul itruediv".split()
)
_OTHERS = frozenset(("np.where", "dpc.masked", "dpc.sigmoid", "dpc.relu"))
# The operand whose shape the result is given.
_SHAPED = {
    "dpc.unbroadcast": 1,
    "dpc.full_like": 1,
    "dpc.matmul_left": 1,
    "dpc.matmul_right": 2,
    "np.copy": 0,
    "np.zeros_like": 0,
    "np.ones_like": 0,
    "np.full_like": 0,
}
# Longer chains are not followed.
_DEPTH = 8


def spreads(fn: str) -> bool:
    """The operands are broadcast against each other, and nothing else is done."""
    if fn in _OPERATORS or fn in _OTHERS:
        return True
    ufunc = getattr(np, fn[3:], None) if fn.startswith("np.") else None
    return isinstance(ufunc, np.ufunc) and ufunc.signature is None and ufunc.nout == 1


def root(build: Builder, atom: Atom) -> Atom:
    """The first of a chain of values that have one shape."""
    for _ in range(_DEPTH):
        before = _before(build, atom)
        if before is None:
            break
        atom = before
    return atom


def _before(build: Builder, atom: Atom) -> Atom | None:
    call = build.definition(atom)
    if call is None or not build.fact(atom).is_number:
        return None
    place = _SHAPED.get(call.fn)
    if place is not None and len(call.args) > place:
        return call.args[place]
    if call.fn == "np.reshape" and len(call.args) == 2:
        return _whose_shape(build, call.args[1])
    wide = list(_wide(build, call))
    return wide[0] if len(wide) == 1 else None


def _whose_shape(build: Builder, shape: Atom) -> Atom | None:
    """`x`, of `x.shape`."""
    found = build.definition(shape)
    if found is None or found.fn != "getattr":
        return None
    whole, name = found.args
    return whole if isinstance(name, Const) and name.value == "shape" else None


def _wide(build: Builder, call: Apply) -> Iterator[Slot]:
    """The operands of an elementwise operation that may be arrays."""
    if spreads(call.fn) and not call.kwargs:
        for operand in dict.fromkeys(call.args):
            if isinstance(operand, Slot) and not build.fact(operand).is_scalar:
                yield operand


def spans(build: Builder, value: Atom, *roots: Atom) -> bool:
    """`value` is computed elementwise of values with each of these roots."""
    missing, waiting = set(roots), [value]
    for _ in range(4 * _DEPTH):
        if not missing or not waiting:
            break
        atom = waiting.pop()
        missing.discard(root(build, atom))
        call = build.definition(atom)
        if call is not None and build.fact(atom).is_number:
            waiting += _wide(build, call)
    return not missing


def shape_is(build: Builder, value: Atom, like: Atom) -> bool:
    """A value that broadcasts to `like` has its shape: it is computed of such."""
    return spans(build, value, root(build, like))


def meets_others(build: Builder, value: Atom, call: Apply, operand: Atom) -> bool:
    """A value is computed of all operands of an elementwise call but this one.

    So along axes that the operand is broadcast along it is as long as the result.
    """
    others = [other for other in _wide(build, call) if other is not operand]
    return bool(others) and spans(build, value, *(root(build, o) for o in others))
