"""A place in memory."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir.nodes import Atom, Const, Slot


@dataclass(frozen=True, slots=True)
class Place:
    """Memory that was there before the branches: `base[index]` or `base.index`."""

    kind: str
    base: Atom
    index: Atom

    @property
    def name(self) -> str:
        """What a value from there is called."""
        return self.base.name if isinstance(self.base, Slot) else "value"

    def same(self, other: Place) -> bool:
        """Surely the same place."""
        return (
            self.kind == other.kind
            and self.base is other.base
            and (self.index is other.index or is_literal(self.index, other.index))
        )


def is_literal(a: Atom, b: Atom) -> bool:
    """Two literals of one value."""
    return (
        isinstance(a, Const)
        and isinstance(b, Const)
        and type(a.value) is type(b.value)
        and bool(a.value == b.value)
    )
