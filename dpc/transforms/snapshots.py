"""Copies of values that are kept for the backward sweep, only where contents matter.

before                                      after
`x_1 = x.copy(); ...`                       `...`
`x_bar = np.zeros_like(x_1)`                `x_bar = np.zeros_like(x)`

A shape or a dtype does not change when an array is written.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, Do, Slot, Stmt
from dpc.ir.rebuild import map_block, map_statement

_METADATA = ("shape", "ndim", "size", "dtype")


def redirect_shapes(
    block: Block, originals: Mapping[Slot, Slot], library: Library
) -> Block:
    """Let what asks only for a shape ask the original, not its copy."""
    if not originals:
        return block

    def asked(call: Apply) -> Apply:
        positions = library[call.fn].shape_only
        if call.fn == "getattr":
            name = call.args[1]
            known = isinstance(name, Const) and name.value in _METADATA
            positions = (0,) if known else ()
        if not positions:
            return call
        args = tuple(
            originals.get(a, a) if i in positions and isinstance(a, Slot) else a
            for i, a in enumerate(call.args)
        )
        return Apply(call.fn, args, call.kwargs)

    def statement(s: Stmt) -> Stmt:
        if isinstance(s, Assign) and isinstance(s.value, Apply):
            return Assign(s.target, asked(s.value), s.span)
        if isinstance(s, Do):
            return Do(asked(s.value), s.span)
        return map_statement(s, _same, inside)

    def inside(block: Block) -> Block:
        return map_block(block, statement)

    return inside(block)


def _same(atom: Atom) -> Atom:
    return atom
