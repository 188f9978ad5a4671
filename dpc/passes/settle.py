"""First contributions are assignments, and copies are made only where they matter.

before                                          after
`x_bar = np.zeros_like(x); x_bar += g * y`      `x_bar = g * y`
`x_bar = np.zeros_like(x); x_bar += 1.0`        `x_bar = np.ones_like(x)`
`t = np.copy(a_bar[i]); a_bar[i] = 0;`          `s = 0.2 * a_bar[i]; a_bar[i] = 0`
`s = 0.2 * t`
`x_bar = np.zeros_like(x)` far above its use    the same, right above its use
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.classes import within
from dpc.analysis.fresh import makes_array
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Do,
    Function,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import map_block, map_blocks, substitute, unless_same, with_body
from dpc.ir.walk import blocks, inner, operands, reads, statements, targets, vocabulary
from dpc.passes.moved import moved
from dpc.source import Span

# To these a copy is not what it is a copy of.
_IDENTITY = frozenset(
    "operator.is_ operator.is_not np.shares_memory np.may_share_memory".split()
)
_BUFFERS = frozenset(("np.zeros_like", "dpc.zeros", "dpc.shadow"))


class _Settle:
    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function = function
        self.facts = facts
        self.library = library
        self.uses: dict[Slot, int] = {}
        for slot in (*reads(function.body), function.result):
            if isinstance(slot, Slot):
                self.uses[slot] = self.uses.get(slot, 0) + 1

    @cached_property
    def aliases(self) -> Aliases:
        return find_aliases(self.function, self.facts, self.library)

    @cached_property
    def moved(self) -> set[Slot]:
        return moved(self.function, self.aliases, self.library, self.uses)

    def fact(self, slot: Slot) -> Fact:
        return self.facts.get(slot, ANY)

    def fresh(self, call: Apply) -> bool:
        return call.fn not in _IDENTITY and makes_array(self.library, call)

    def inside(self, block: Block) -> Block:
        new = map_block(block, lambda s: map_blocks(s, self.inside))
        new = self.first_added(self.uncopied(self.sunk(new)))
        return unless_same(new, block)

    # Buffers move down to their first use

    def sunk(self, block: Block) -> Block:
        moving: dict[Slot, Assign] = {}
        kept: list[Stmt] = []
        for statement in block:
            changes = self.changes(statement)
            used = [
                slot
                for slot, buffer in moving.items()
                if (changes and not self.steady(buffer)) or _touches(statement, slot)
            ]
            for slot in used:
                at = len(kept)
                while at and isinstance(kept[at - 1], Comment):
                    at -= 1
                kept.insert(at, moving.pop(slot))
            if _allocates(statement) and isinstance(statement, Assign):
                moving[statement.target] = statement
            else:
                kept.append(statement)
        # What no statement of this block uses is its result: it stays last.
        return (*kept, *moving.values())

    def steady(self, buffer: Assign) -> bool:
        """What the buffer is made for keeps its structure, as arrays do."""
        call = buffer.value
        return not isinstance(call, Apply) or all(
            isinstance(a, Slot) and self.fact(a).is_number for a in call.args[:1]
        )

    def changes(self, statement: Stmt) -> bool:
        """The statement may change what a list, dict or object holds."""
        match statement:
            case Store(_, base) | Update(_, _, base):
                return not (isinstance(base, Slot) and self.fact(base).is_number)
            case Assign(_, Apply() as call) | Do(call):
                return self.library[call.fn].effect not in ("", "reads")
        return any(self.changes(s) for block in blocks(statement) for s in block)

    # A copy that is used up before the original changes

    def uncopied(self, block: Block) -> Block:
        result = list(block)
        position = 0
        while position < len(result):
            statement = result[position]
            if isinstance(statement, Assign) and _is_copy(statement):
                self._without_copy(result, position)
            position += 1
        return tuple(result)

    def _without_copy(self, block: list[Stmt], position: int) -> None:
        copy = block[position]
        assert isinstance(copy, Assign) and isinstance(copy.value, Apply)
        source = copy.value.args[0]
        store = block[position + 1] if position + 1 < len(block) else None
        if not isinstance(source, Slot):
            return
        if source in self.moved:
            block[position] = Assign(copy.target, source, copy.span)
            return
        if not _clears(store, copy.target):
            self._used_at_once(block, position, copy, source)
            return
        users = [s for s in block[position + 2 :] if _touches(s, copy.target)]
        defined = {slot for s in block[position + 2 :] for slot in targets(s)}
        moved: list[Stmt] = []
        for user in users:
            if not isinstance(user, Assign) or not isinstance(user.value, Apply):
                return
            if not self.fresh(user.value):
                return
            later = {a for a in user.value.operands if a in defined}
            if later - {m.target for m in moved if isinstance(m, Assign)}:
                return
            if self._rewritten(user, block[position + 1 : block.index(user)]):
                return
            moved.append(user)
        read = sum(operands(user).count(copy.target) for user in users)
        if not users or read != self.uses[copy.target]:
            return
        new = substitute(tuple(moved), {copy.target: source})
        rest = [s for s in block[position + 1 :] if not any(s is m for m in moved)]
        block[position:] = [*new, *rest]

    def _rewritten(self, user: Stmt, above: Iterable[Stmt]) -> bool:
        """Memory that the statement reads is written above it."""
        written: set[int] = set()
        for node in map(self.aliases.node, self._writes(above)):
            if node is not None:
                written |= {id(node), *map(id, within(node))}
        return any(id(self.aliases.node(atom)) in written for atom in operands(user))

    def _writes(self, block: Iterable[Stmt]) -> Iterator[Atom]:
        """What the statements write, or may write."""
        for statement in statements(tuple(block)):
            match statement:
                case Store(_, base) | Update(_, _, base):
                    yield base
                case Assign(_, Apply() as call) | Do(call):
                    if self.library[call.fn].effect not in ("", "reads"):
                        yield from call.operands

    def _used_at_once(
        self, block: list[Stmt], position: int, copy: Assign, source: Slot
    ) -> None:
        """All readers stand below, before the source is written, and make something of
        their own."""
        left = self.uses.get(copy.target, 0)
        readers: list[int] = []
        place = position
        while left and (place := place + 1) < len(block):
            reader = block[place]
            if not _touches(reader, copy.target):
                continue
            if not self._makes_its_own(reader, copy.target):
                return
            left -= operands(reader).count(copy.target)
            readers.append(place)
        if left or not readers:
            return
        if self._rewritten(copy, block[position + 1 : readers[-1]]):
            return
        for place in readers:
            block[place : place + 1] = substitute(
                (block[place],), {copy.target: source}
            )
        del block[position]

    def _makes_its_own(self, reader: Stmt, slot: Slot) -> bool:
        """What the reader leaves is nothing that refers to the slot."""
        match reader:
            case Assign(_, Apply() as call):
                return self.fresh(call)
            case Update(_, _, base, index, value):
                # NumPy's own overlap check makes `a[i] += a[j]` right.
                return value is slot and slot not in (base, index)
        return False

    # The first contribution is an assignment

    def first_added(self, block: Block) -> Block:
        result: list[Stmt] = []
        pending: dict[Slot, int] = {}
        for statement in block:
            for slot in [s for s in pending if _touches(statement, s)]:
                at = pending.pop(slot)
                new = self._assigned(statement, slot, result, result[at])
                if new is not None:
                    del result[at]
                    pending = {s: i - (i > at) for s, i in pending.items()}
                    statement = new
            if _allocates(statement) and isinstance(statement, Assign):
                pending[statement.target] = len(result)
            result.append(statement)
        return tuple(result)

    def _assigned(
        self, statement: Stmt, slot: Slot, above: list[Stmt], buffer: Stmt
    ) -> Stmt | None:
        match statement:
            case Update("whole", "add", base, _, Const(value), span) if base is slot:
                return _filled(buffer, slot, value, span)
            case Update("whole", "add", base, _, value, span) if base is slot:
                if not isinstance(value, Slot) or value is slot or _laid_out(buffer):
                    return None
                have, want = self.fact(value), self.fact(slot)
                same = have.shape is not None and have.shape == want.shape
                if not same or None in have.shape or have.dtype != want.dtype:  # type: ignore[operator]
                    return None
                # What is computed of arrays of rank 0 is a scalar: not to be written.
                made = bool(have.shape) and self._made_here(value, above)
                if (made and self.uses.get(value) == 1) or value in self.moved:
                    return Assign(slot, value, span)
                return Assign(slot, Apply("np.copy", (value,)), span)
        return None

    def _made_here(self, value: Slot, above: list[Stmt]) -> bool:
        for statement in reversed(above):
            if isinstance(statement, Assign) and statement.target is value:
                call = statement.value
                return isinstance(call, Apply) and self.fresh(call)
        return False


def _allocates(statement: Stmt) -> bool:
    return (
        isinstance(statement, Assign)
        and isinstance(statement.value, Apply)
        and statement.value.fn in _BUFFERS
    )


def _laid_out(buffer: Stmt) -> bool:
    """A buffer that lies in memory as its array does: views of the two are the same."""
    value = buffer.value if isinstance(buffer, Assign) else None
    return isinstance(value, Apply) and value.fn == "dpc.shadow"


def _filled(buffer: Stmt, slot: Slot, value: object, span: Span | None) -> Stmt | None:
    """A buffer of zeros to which one number is added."""
    match buffer:
        case Assign(_, Apply("np.zeros_like", (like,))) if type(value) is float:
            if value == 1:
                return Assign(slot, Apply("np.ones_like", (like,)), span)
            return Assign(slot, Apply("np.full_like", (like, Const(value))), span)
    return None


def _is_copy(statement: Assign) -> bool:
    return isinstance(statement.value, Apply) and statement.value.fn == "np.copy"


def _clears(statement: Stmt | None, copy: Slot) -> bool:
    """Something else than the copy is set to zero."""
    return (
        isinstance(statement, Store)
        and statement.base is not copy
        and isinstance(statement.value, Const)
        and statement.value.value == 0
    )


def _touches(statement: Stmt, slot: Slot) -> bool:
    if slot in operands(statement) or slot in inner(statement):
        return True
    return any(slot in reads(block) for block in blocks(statement))


def settle(function: Function, facts: Facts, library: Library) -> Function:
    """The function with its buffers and copies settled."""
    if vocabulary(function).isdisjoint((*_BUFFERS, "np.copy")):
        return function
    settled = _Settle(function, facts, library)
    return with_body(function, settled.inside(function.body))
