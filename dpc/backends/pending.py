"""Temporaries that may still nest into the line that uses them.

Between a temporary and its use lie other lines. Moving it there must not change what it
reads, nor the order of what acts; and the line must not become too long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dpc.backends.effects import ACTS, PURE, READS
from dpc.backends.layout import INDENT, LIMIT
from dpc.backends.tree import Expression
from dpc.backends.width import Width
from dpc.ir.nodes import Apply, Atom, Const, Slot


@dataclass(slots=True, eq=False)
class Pending:
    """A temporary that may still nest: its value, and what evaluating it does when."""

    value: Expression
    effect: int = PURE
    first: int = 0  # the moments of the first and of the last effect in it
    last: int = 0
    fixed: bool = False  # an index, which has to nest

    def include(self, part: Pending) -> None:
        """Evaluate `part` as well."""
        self.effect = max(self.effect, part.effect)
        if part.effect:
            self.first = min(self.first or part.first, part.first)
            self.last = max(self.last, part.last)


@dataclass(slots=True, eq=False)
class Region:
    """The pending temporaries of a block."""

    indent: int
    pending: dict[Slot, Pending] = field(default_factory=dict)


class Waiting:
    """What is pending where the program is being walked.

    inner: the values that have nested, by their temporaries. now: the moment; every
    statement is one. seen: the strongest effect since it was last reset. limited: lines
    have to fit.
    """

    def __init__(self, wanted: Mapping[Slot, str]) -> None:
        self.inner: dict[Slot, Expression] = {}
        self.width = Width(self.inner, wanted)
        self.now = 0
        self.seen = PURE
        self.limited = False
        self.here = Region(INDENT)

    @property
    def pending(self) -> dict[Slot, Pending]:
        """The pending temporaries of the current block."""
        return self.here.pending

    @contextmanager
    def region(self, depth: int = 1) -> Iterator[Region]:
        """A nested block."""
        outer, self.here = self.here, Region(self.here.indent + depth * INDENT)
        try:
            yield self.here
        finally:
            self.here = outer

    def consume(
        self, atoms: Sequence[Atom], width: Callable[[], int], fits: bool = False
    ) -> Pending:
        """Nest the pending operands of a line, given in order of evaluation.

        Returns what evaluating all of them does. `width` is that of the line, which
        `fits` in any case.
        """
        fits = fits or self.limited
        pending = self.here.pending
        while True:
            found = [
                (a, pending[a]) for a in atoms if isinstance(a, Slot) and a in pending
            ]
            late = self._out_of_order(found)
            if late is None:
                for slot, part in found:
                    self.inner[slot] = part.value
                late = self._too_wide(found, width) if fits else None
            if late is None:
                break
            self.settle(late)
        whole = Pending(Const(None))
        for slot, part in found:
            del pending[slot]
            whole.include(part)
        return whole

    def _out_of_order(self, found: list[tuple[Slot, Pending]]) -> Slot | None:
        """An operand that would be evaluated after what it came before."""
        here = dict(found)
        others = [p for s, p in self.here.pending.items() if p.effect and s not in here]
        last, strongest = 0, PURE
        for slot, part in found:
            if not part.effect:
                continue
            # What waits outside of this line may yet have to stay where it is.
            moved = [p for p in others if p.last > part.first]
            before = [strongest] if part.first < last else []
            if ACTS in (part.effect, *before) and (moved or before):
                return slot
            if any(p.effect == ACTS for p in moved):
                return slot
            last, strongest = max(last, part.last), max(strongest, part.effect)
        return None

    def _too_wide(
        self, found: list[tuple[Slot, Pending]], width: Callable[[], int]
    ) -> Slot | None:
        """The widest operand, if the line is too long with all of them nested."""
        if not found or self.here.indent + width() <= LIMIT:
            return None
        free = [slot for slot, part in found if not part.fixed]
        widths = {slot: self.width.of(slot) for slot in free}
        worth = [s for s in free if widths[s] > self.width.of_name(s) + INDENT]
        return max(worth, key=widths.__getitem__, default=None)

    def settle(self, slot: Slot) -> None:
        """Leave a temporary where it stands, and what may not pass it before it."""
        part = self.here.pending.pop(slot)
        self.inner.pop(slot, None)
        if part.effect:
            self.hold(part.effect, part.last)

    def act_first(self, atom: Atom) -> None:
        """Leave what is added where it stands if it acts: `x[-1] += x.pop()` reads the
        item before the call, the program after it."""
        part = self.here.pending.get(atom) if isinstance(atom, Slot) else None
        if isinstance(atom, Slot) and part is not None and part.effect >= ACTS:
            self.settle(atom)

    def name_call(self, atom: Atom) -> None:
        """Leave a call where it stands whose result is added to in place: only a name
        or an item can be."""
        part = self.here.pending.get(atom) if isinstance(atom, Slot) else None
        made = None if part is None else part.value
        if isinstance(atom, Slot) and isinstance(made, Apply) and made.fn != "getitem":
            self.settle(atom)

    def happens(self, does: int) -> None:
        """A line that stays has an effect now: what must come before it has to stay."""
        self.seen = max(self.seen, does)
        if does:
            self.hold(does, self.now)

    def hold(self, does: int, moment: int) -> None:
        """Leave where it stands what must come before an effect at `moment`."""
        weakest = READS if does == ACTS else ACTS
        for slot, part in list(self.here.pending.items()):
            waits = slot in self.here.pending and part.first < moment
            if waits and part.effect >= weakest:
                self.settle(slot)
