"""What the backward sweep of a loop needs from each iteration, and how it gets it.

A value of the loop body that the backward sweep reads is put on the loop's tape, one
tuple an iteration; what is trivial to compute from other values there (an index, a
shape, a view, one operation on Python scalars) is computed again instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    If,
    Merge,
    Record,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import substitute
from dpc.ir.walk import free
from dpc.transforms.pinned import Pinned
from dpc.transforms.scopes import Scope
from dpc.transforms.snapshots import redirect_shapes
from dpc.transforms.state import State
from dpc.transforms.sweep import Entry
from dpc.transforms.trivial import DEEPEST, alike, lasting, make_again, trivial

# What a branch leaves for a value of the other one, which nobody reads.
UNREAD = Const(None)


def export_from_branch(
    state: State, entry: Entry, side: int, block: Block, ends: list[Atom]
) -> tuple[Block, list[Atom]]:
    """Make values of a forward branch visible to the backward branch."""
    inside = entry.regions[side].scope
    replace: dict[Slot, Atom] = {}
    block = redirect_shapes(block, state.originals, state.library)
    block, ends = _made_again(state, inside, block, ends)
    for slot in free(block, *ends):
        if state.homes.get(slot) is not inside:
            continue
        merged = Slot(slot.name, slot.temp)
        state.build.facts[merged] = state.build.fact(slot)
        outside = inside.parent or state.root
        state.homes[merged] = outside
        # Inside a loop the value may be put on a tape, so that it must be defined.
        other: Atom = UNREAD
        pair = (slot, other) if side == 0 else (other, slot)
        entry.merges.append(Merge(merged, *pair))
        replace[slot] = merged
    return _replaced(block, ends, replace)


def _made_again(
    state: State, inside: Scope, block: Block, ends: list[Atom]
) -> tuple[Block, list[Atom]]:
    """What a branch in a loop finds anew, without a place on the tape of the loop."""
    needed = [s for s in free(block, *ends) if state.homes.get(s) is inside]
    replace: dict[Slot, Atom] = {}
    head: list[Stmt] = []
    for slot in needed:
        calls = lasting(state, inside, slot)
        if calls:
            make_again(state, slot, calls, replace, head)
    return _replaced((*head, *block), ends, replace)


def _replaced(
    block: Block, ends: list[Atom], replace: dict[Slot, Atom]
) -> tuple[Block, list[Atom]]:
    if not replace:
        return block, ends
    new = [replace.get(e, e) if isinstance(e, Slot) else e for e in ends]
    return substitute(block, replace), new


class Tape:
    """Connects the backward sweep of one loop with its forward sweep."""

    def __init__(self, state: State, entry: Entry, loop: For | While | Replay) -> None:
        self.state = state
        self.entry = entry
        self.loop = loop
        self.leave = getattr(loop, "leave", None)
        self.scope: Scope = entry.regions[1].scope
        # The slots that are computed again, and how.
        self.again: dict[Slot, Apply] = {}

    def close(self, body: Block, carries: list[tuple[Slot, Atom, Atom, Slot]]) -> Stmt:
        """The backward loop over `body`. `carries`: header, init, next, result each."""
        ends = [following for _, _, following, _ in carries]
        body = redirect_shapes(body, self.state.originals, self.state.library)
        needed = self._needed(body, ends)
        kept = self._kept(needed)
        index = self.loop.index if isinstance(self.loop, For) else None
        counted = isinstance(self.loop, For) and self.loop.leave is None
        walk = counted and not [slot for slot in kept if slot is not index]
        replace: dict[Slot, Atom] = {}
        head: list[Stmt] = []
        targets: list[Slot] = []
        for slot in kept if not walk else []:
            replace[slot] = self._copy(slot)
            targets.append(replace[slot])  # type: ignore[arg-type]
        back_index = Slot("_")
        if walk and index is not None:
            back_index = self._copy(index)
            replace[index] = back_index
        for slot in needed:
            make_again(self.state, slot, self.again, replace, head)
        body, ends = _replaced((*head, *body), ends, replace)
        made = tuple(
            Carry(header, init, end, result)
            for (header, init, _, result), end in zip(carries, ends, strict=True)
        )
        span = self.loop.span
        if walk and isinstance(self.loop, For):
            bounds = (self.loop.start, self.loop.stop, self.loop.step)
            backward = not self.loop.backward
            return For(back_index, *bounds, body, made, None, span, backward)
        if not targets:
            count = self._count()
            return For(back_index, Const(0), count, Const(1), body, made, None, span)
        tape = Slot("tape")
        self.state.homes[tape] = self.state.scope
        self.entry.before.append(Assign(tape, Apply("list", ())))
        self.entry.regions[1].end.append(Record(tape, tuple(kept)))
        names = ", ".join(dict.fromkeys(target.name for target in targets))
        self.state.note(span, f"saved in every iteration: {names}")
        return Replay(tuple(targets), tape, body, made, span)

    def _copy(self, slot: Slot) -> Slot:
        copy = Slot(slot.name if not slot.temp else self._name(slot))
        self.state.build.facts[copy] = self.state.build.fact(slot)
        self.state.homes[copy] = self.state.root
        return copy

    def _name(self, slot: Slot) -> str:
        """A name for a temporary that goes on the tape."""
        if slot is self.leave or slot in self._tests():
            return "broke" if self._leaves(slot) else "taken"
        return self.state.owners.get(slot, "kept")

    def _tests(self) -> set[Atom]:
        return {
            entry.statement.test
            for entry in self.entry.regions[1].entries
            if isinstance(entry.statement, If)
        }

    def _leaves(self, slot: Slot) -> bool:
        """The loop ends where this test holds."""
        if slot is self.leave:
            return True
        for entry in self.entry.regions[1].entries:
            statement = entry.statement
            if isinstance(statement, If) and statement.test is slot:
                for merge in statement.merges:
                    if merge.target is self.leave:
                        return True
        return False

    def _needed(self, body: Block, ends: list[Atom]) -> list[Slot]:
        return [s for s in free(body, *ends) if self.state.homes.get(s) is self.scope]

    def _kept(self, needed: list[Slot]) -> list[Slot]:
        """The needed slots that go on the tape; the others are computed again."""
        roots = {slot: self._roots(slot) for slot in needed}
        kept = [s for s, found in roots.items() if s in found]
        index = self.loop.index if isinstance(self.loop, For) else None
        # A tape that is kept anyway holds the index as well.
        free_of_charge = {index} | set(kept)
        shared = self._shared(needed, roots, free_of_charge)
        kept += shared
        free_of_charge |= set(shared)
        for slot in needed:
            found = roots[slot]
            if slot in kept:
                continue
            missing = found - free_of_charge
            if not missing:
                continue
            other = alike(self.state, self.again[slot])
            if other is not None and self._of(other) <= free_of_charge:
                self.again[slot], roots[slot] = other, self._of(other)
                continue
            shadow = slot in self.state.shadow_slots and self.state.is_array(slot)
            if shadow and len(missing) == 1:
                # What it is the shadow of is there: it is made where it is used.
                kept += missing
                free_of_charge |= missing
            else:
                kept.append(slot)
                free_of_charge.add(slot)
        wanted: set[Slot] = set(kept)
        for slot in self._pinned(needed, kept):
            if slot not in wanted:
                kept.append(slot)
                wanted.add(slot)
        for slot in needed:
            if slot not in wanted:
                wanted |= roots[slot]
        if index in wanted and index not in kept:
            kept.insert(0, index)
        return kept

    def _shared(
        self,
        needed: list[Slot],
        roots: Mapping[Slot, set[Slot]],
        there: set[Slot | None],
    ) -> list[Slot]:
        """The integers from which several of the needed slots come, or an index."""
        wanted: dict[Slot, int] = {}
        for slot in needed:
            missing = roots[slot] - there
            if len(missing) == 1 and slot not in missing:
                (root,) = missing
                more = self.again[slot].fn == "tuple"
                wanted[root] = wanted.get(root, 0) + 1 + more
        fact = self.state.build.fact
        return [r for r, count in wanted.items() if count > 1 and fact(r).is_integer]

    def _pinned(self, needed: list[Slot], kept: list[Slot]) -> list[Slot]:
        """The shadows that are not made again, though that would be trivial."""
        state = self.state
        shadows = [slot for slot in needed if slot in state.shadow_slots]
        if not shadows:
            return []
        pins = Pinned(self.entry)
        lasting, carried = pins.by(kept), pins.itself()
        return [s for s in shadows if s in (lasting if s in state.owned else carried)]

    def _roots(self, slot: Slot, depth: int = 0) -> set[Slot]:
        """The slots of this iteration from which `slot` is trivial to compute."""
        if self.state.homes.get(slot) is not self.scope:
            return set()
        how = trivial(self.state, slot)
        if how is None or depth > DEEPEST:
            return {slot}
        self.again[slot] = how
        return self._of(how, depth + 1)

    def _of(self, call: Apply, depth: int = 0) -> set[Slot]:
        """The slots from which the operands of a call are trivial to compute."""
        slots = [atom for atom in call.operands if isinstance(atom, Slot)]
        return set().union(*[self._roots(slot, depth) for slot in slots])

    def _count(self) -> Slot:
        """The number of iterations, counted in the forward loop, or of a tape's
        tuples."""
        if isinstance(self.loop, Replay):
            length = Apply("len", (self.loop.tape,))
            return self.state.build.assign(Slot("steps", temp=True), length)
        header, following, result = Slot("steps"), Slot("steps"), Slot("steps")
        region = self.entry.regions[1]
        count = Apply("operator.add", (header, Const(1)))
        region.end.append(Assign(following, count))
        self.entry.carries.append(Carry(header, Const(0), following, result))
        self.state.homes[result] = self.state.scope
        return result
