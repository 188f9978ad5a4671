"""Where adjoints live while the backward sweep is written.

The backward sweep mirrors the forward one: a scope for the function, for each branch
and for each loop body. A slot's adjoint is complete, and dies, in the scope that
defines the slot (its *home*). A contribution made further inside reaches home

* through a branch by a merge,
* through a loop by a carry, or, for arrays, by adding in place to a buffer that is
  allocated outside the outermost compound statement between the two (`pre`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.ir.nodes import Atom, Slot, Stmt


@dataclass(eq=False)
class Scope:
    """A region of the forward sweep and the adjoints alive in its mirror image."""

    kind: str  # "function", "branch" or "loop"
    parent: Scope | None = None
    index: Slot | None = None  # of a loop
    adjoints: dict[Slot, Atom] = field(default_factory=dict)
    # Adjoints that a loop body receives from the iteration after it, and what they
    # were.
    headers: dict[Slot, Slot] = field(default_factory=dict)
    # Statements to stand before the compound statement that this scope belongs to.
    pre: list[Stmt] = field(default_factory=list)

    def within(self, home: Scope) -> list[Scope]:
        """The scopes from just inside `home` down to this one, outermost first."""
        chain: list[Scope] = []
        scope: Scope | None = self
        while scope is not None and scope is not home:
            chain.append(scope)
            scope = scope.parent
        return chain[::-1]
