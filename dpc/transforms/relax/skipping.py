"""A relaxed `if` in which some paths skip what follows: each way has its own state.

before                              after
`if x > c:`                         `b_then = 3 * x`
`    b = 3 * x`                     `skip, skip_not = p * p_in, p * q_in + q`
`    if x > d: continue`            `b_on = (p * q_in * b_then + q * b) / skip_not`
`b = 2 * b`                         `b = skip_not * (2 * b_on) + skip * b_then`

Where the paths that go on and those that skip the rest part, a name and a place in
memory have two values: the means over either. The rest sees the first one; at the end
of the iteration both meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Assign,
    Atom,
    Block,
    Const,
    If,
    Merge,
    Slot,
    Store,
    Undefined,
)
from dpc.ir.rebuild import map_atoms, substitute
from dpc.ir.walk import reads
from dpc.transforms.relax.gates import truth_of
from dpc.transforms.relax.known import split_by
from dpc.transforms.relax.leaves import Leaves
from dpc.transforms.relax.parted import Branches, Left, Name, Parting
from dpc.transforms.relax.place import Place
from dpc.transforms.relax.returning import emit_arms, shares_of
from dpc.transforms.relax.state import Gate, Relaxation, refused
from dpc.transforms.relax.stores import Settled
from dpc.transforms.relax.values import Arms, blend_of, emit_blend
from dpc.transforms.relax.ways import Pair, Split


def apart(relax: Relaxation, statement: If) -> If:
    """An `if` on a flag of skipping, with branches that see their own state."""
    split, positive = split_by(relax, statement.test)
    if split is None or not (split.names or split.memory):
        return statement
    blocks, ends = [], []
    for side, block in enumerate((statement.then, statement.orelse)):
        skips = positive is (side == 0)
        instead = {slot: pair[skips] for slot, pair in split.names.items()}
        _require_bound(statement, block, instead)
        before = split.memory if skips else ()
        blocks.append((*before, *substitute(block, instead)))
        atoms = [m.orelse if side else m.then for m in statement.merges]
        ends.append([instead.get(a, a) if isinstance(a, Slot) else a for a in atoms])
    merges = tuple(
        Merge(merge.target, a, b)
        for merge, a, b in zip(statement.merges, *ends, strict=True)
    )
    return If(statement.test, blocks[0], blocks[1], merges, statement.span)


def _require_bound(statement: If, block: Block, names: Mapping[Slot, Atom]) -> None:
    read = set(reads(block))
    for slot, atom in names.items():
        if atom is UNDEFINED and slot in read:
            raise refused(
                statement.span,
                f"`{slot.name}` is read here, and a branch before leaves it undefined",
                f"give `{slot.name}` a value before that, or write dpc.hard(test)",
            )


def _keep(relax: Relaxation, split: Split, name: Name, atoms: Sequence[Atom]) -> None:
    """What a name is where the test has come out one way."""
    atom = atoms[0]
    if len(atoms) == 2:
        slot = relax.build.slot(name.slot.name, F.BOOL)
        atom = truth_of(relax, slot, atoms[0], atoms[1])
    pair = list(split.names.get(name.slot, (name.slot, name.slot)))
    pair[name.way] = atom
    split.names[name.slot] = pair[0], pair[1]


def _part(parts: Mapping[Slot, Atom], atom: Atom) -> Atom:
    return parts.get(atom, atom) if isinstance(atom, Slot) else atom


class _After:
    """What is emitted after both branches."""

    def __init__(
        self, relax: Relaxation, statement: If, parting: Parting, gate: Gate
    ) -> None:
        self.relax, self.statement = relax, statement
        self.parting, self.gate = parting, gate
        self.shares: dict[bool, Gate] = {}

    def weigh(self, pairs: Mapping[Left, Pair]) -> set[Left]:
        """Emit the weights of the test, and the shares of the branches in either."""
        weights = self.relax.gates.get(self.parting.test)
        own = {} if weights is None else {weights.p: True, weights.q: False}
        asked = {left.way for left in pairs if not left.is_sure}
        done = {left for left in pairs if left.target in own and left.way is None}
        for left in done:
            self.relax.weights |= {a for a in pairs[left] if isinstance(a, Slot)}
            self.emit(left, pairs[left])
            way = own[left.target]
            if way in asked:
                end = "skips" if way is self.parting.skips else "on"
                self.shares[way] = shares_of(
                    self.relax, self.gate, left.target, pairs[left], end
                )
        return done

    def emit(self, left: Left, pair: Pair) -> Atom:
        """Emit what is left in a slot; returns what it is."""
        if left.way is None:
            self.blend(left, pair, self.gate)
            return left.target
        if UNDEFINED in pair:
            return UNDEFINED
        if left.is_sure or pair[0] is pair[1]:
            return pair[left.ends[0] is None]
        self.blend(left, pair, self.shares[left.way])
        return left.target

    def blend(self, left: Left, pair: Pair, gate: Gate) -> None:
        merge = Merge(left.target, *pair)
        found = blend_of(self.relax, ([], []), merge, gate, [])
        emit_blend(self.relax, self.statement, found, gate)

    def make(self, split: Split, leaves: Leaves) -> None:
        """Emit the containers of what has parted."""
        build = self.relax.build
        for target, call in leaves.made:
            for way in (False, True):
                if not self.relax.ways.wants(self.parting.test, target, way):
                    continue
                parts = {s: pair[way] for s, pair in split.names.items()}
                new = map_atoms(call, partial(_part, parts))
                slot = build.slot(target.name, build.fact(target))
                build.definitions[slot] = new
                build.emit(Assign(slot, new, self.statement.span))
                _keep(self.relax, split, Name(target, way, ()), [slot])

    def store(self, place: Place, left: Left, pair: Pair) -> Store:
        """The store that gives memory back to those that skip."""
        value, build = self.emit(left, pair), self.relax.build
        fact = build.fact(value)
        if value is not left.target and not fact.is_scalar:
            value = build.apply("np.copy" if fact.is_array else "dpc.snapshot", value)
        return Store(place.kind, place.base, place.index, value, self.statement.span)


def emit_parting(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    merges: Sequence[Merge],
    flags: Sequence[Merge],
    leaves: Leaves,
    settled: Sequence[Settled],
    parting: Parting,
) -> list[Merge]:
    """Emit both branches, and what they leave for all paths and for those of each way.

    merges: of names and leaves, of places in memory (`settled`) and of the weights of
      `flags`. Returns the merges of truth values, as they are seen after the branches.
    """
    branches = Branches(relax, statement, arms, parting)
    goes_on, skips = branches.goes_on(settled), branches.skips(settled)
    base = [goes_on.get(m.target, Left(m.target, (m.then, m.orelse))) for m in merges]
    names = branches.names(merges, flags, leaves)
    lefts = [*base, *(left for name in names for left in name.lefts)]
    lefts += [left for _, left in skips]
    sides = [left.pair for left in lefts] + [(m.then, m.orelse) for m in flags]
    gate, seen = emit_arms(relax, statement, gate, arms, sides)
    pairs = dict(zip(lefts, seen[: len(lefts)], strict=True))
    after = _After(relax, statement, parting, gate)
    done = after.weigh(pairs)
    for left in base:
        atom = left.target if left in done else after.emit(left, pairs[left])
        if atom is not left.target:
            assert not isinstance(atom, Undefined)  # Memory holds something.
            relax.build.assign(left.target, atom)
    split = relax.splits.setdefault(parting.test, Split(parting.skips))
    for name in names:
        atoms = [after.emit(left, pairs[left]) for left in name.lefts]
        _keep(relax, split, name, atoms)
    after.make(split, leaves)
    split.memory[:] = [after.store(place, left, pairs[left]) for place, left in skips]
    ends = seen[len(lefts) :]
    return [Merge(m.target, *pair) for m, pair in zip(flags, ends, strict=True)]


def emit_hard_parting(
    relax: Relaxation, statement: If, arms: Arms, merges: Sequence[Merge]
) -> None:
    """Emit an `if` that stays, with what its branches leave for either way."""
    flags = (m for m in merges if relax.ways.is_flag(m.target))
    flag = next((m for m in flags if m.target in relax.gates), None)
    if flag is None:
        relax.build.emit(_staying(statement, arms, merges))
        return
    parting = Parting(flag.target, (flag.then, flag.orelse), True)
    branches = Branches(relax, statement, arms, parting)
    names = branches.names(merges, [], Leaves())
    memory = branches.hard_memory()
    found = [merge for _, merge in memory]
    for name in names:
        for left in name.lefts:
            # Where no path comes from, what stands there has no weight.
            a, b = name.ends if len(name.lefts) == 1 else (Const(0.0), Const(0.0))
            then, orelse = left.ends
            ends = (a if then is None else then), (b if orelse is None else orelse)
            found.append(Merge(left.target, *ends))
    relax.build.emit(_staying(statement, arms, [*merges, *found]))
    split = relax.splits.setdefault(parting.test, Split(parting.skips))
    for name in names:
        _keep(relax, split, name, [left.target for left in name.lefts])
    split.memory[:] = [
        Store(place.kind, place.base, place.index, merge.target, statement.span)
        for place, merge in memory
    ]


def _staying(statement: If, arms: Arms, merges: Sequence[Merge]) -> If:
    then, orelse = map(tuple, arms)
    return If(statement.test, then, orelse, tuple(merges), statement.span)
