"""What the statements of a block may write to."""

from __future__ import annotations

from collections.abc import Iterator

from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Do, Store, Update
from dpc.ir.walk import statements


def stored_to(block: Block, library: Library) -> Iterator[Atom]:
    """The atoms whose memory a block may write, at any depth."""
    for statement in statements(block):
        match statement:
            case Store(_, base) | Update(_, _, base):
                yield base
            case Assign(_, Apply() as call) | Do(call):
                if library[call.fn].effect not in ("", "reads"):
                    yield from call.operands
