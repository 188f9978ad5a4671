"""Arrays of which parts are taken in a way that depends on how they lie in memory.

`x.reshape(-1)` is a view of `x` or a copy. Where a shadow has to follow it, the shadow
of `x` must be laid out as `x` is, so that the view of the one tells the view of the
other.
"""

from __future__ import annotations

from dpc.analysis.aliases import Aliases
from dpc.analysis.sharing import fact_in
from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Function
from dpc.ir.walk import statements

# Views of the first operand, the same one on every array of that shape.
VIEWS = frozenset(
    "np.transpose np.swapaxes np.moveaxis np.expand_dims np.squeeze np.flip np.flipud "
    "np.fliplr np.rot90 np.atleast_1d np.atleast_2d np.atleast_3d".split()
)
# Taken by index, by name or in order; or the same object.
_BY_PLACE = frozenset("getitem getattr unpack sequence method.copy".split())


def by_layout(library: Library, facts: Facts, call: Apply) -> bool:
    """Whether the result is a view or a copy of its owner is asked at run time."""
    if call.fn in _BY_PLACE or call.fn.startswith("builtins."):
        return False
    primitive = library[call.fn]
    if primitive.memory not in ("view", "parts") or not call.args:
        return False
    if primitive.effect == "writes":
        return False  # It returns what it has written.
    owner = call.args[primitive.owner]
    return call.fn not in VIEWS or not fact_in(facts, owner).is_array


def find_laid_out(function: Function, aliases: Aliases, library: Library) -> set[int]:
    """The ids of the alias classes in which such views are taken."""
    found: set[int] = set()
    for statement in statements(function.body):
        match statement:
            case Assign(_, Apply() as call) if by_layout(library, aliases.facts, call):
                node = aliases.node(call.args[library[call.fn].owner])
                if node is not None:
                    found.add(id(node))
            case _:
                pass
    return found
