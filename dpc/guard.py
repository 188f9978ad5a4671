"""Which other sizes serves a variant that was compiled for some arguments?

It serves all arguments of the same key for which its `Guard` holds: sizes that were one
are one, those that were not are not, those that were equal are equal, and those that
were taken for multiples are. Sizes that were different may be equal. So arguments with
fewer equal sizes give one more variant, which then serves both.
"""

from __future__ import annotations

import types
from itertools import chain

import numpy as np

from dpc.ir.symbols import Multiples, Shapes


class Guard:
    """Tells which sizes a variant serves, among arguments with the same key.

    `arrays` is the array module that the variant is loaded for, `data` are the sizes
    of what stands outside the function, where the variant knows them.
    """

    def __init__(
        self,
        shapes: Shapes,
        arrays: types.ModuleType = np,
        multiples: Multiples | None = None,
        data: tuple[int, ...] = (),
    ) -> None:
        self.arrays = arrays
        self.data = data
        groups: dict[int, int] = {}
        self.pattern: list[tuple[int, int]] = []
        for size in chain(*shapes):
            base, times = (multiples or {}).get(size, (size, 1))
            group = -1 if size == 1 else groups.setdefault(base, len(groups))
            self.pattern.append((group, times))
        bases = {(multiples or {}).get(size, (size, 1))[0] for size in data}
        self.fixed = {group: base for base, group in groups.items() if base in bases}
        self.first = shapes
        # Calls repeat: the shapes that held last are compared as a whole. Any thread
        # may write this, since any shapes that held are right.
        self.last = shapes

    def admits(self, shapes: Shapes) -> bool:
        """Whether the variant serves arguments of these shapes."""
        if shapes == self.last:
            return True
        sizes = dict(self.fixed)
        for size, (group, times) in zip(chain(*shapes), self.pattern, strict=True):
            if group < 0 or size == 1:
                if size != 1 or group >= 0:
                    return False
                continue
            base, rest = divmod(size, times) if times > 1 else (size, 0)
            if rest or sizes.setdefault(group, base) != base:
                return False
        self.last = shapes
        return True
