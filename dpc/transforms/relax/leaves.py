"""Containers that both branches write down: their leaves are blended one by one.

before                                  after
`p = [x, 2 * x] if x > c else [y, 0]`   `a = blend(p, x, q, y)`, ...; `p = [a, b]`

What is equal in both stays what it is. Containers that are not in sight, or that differ
in structure, are left for the run to blend or to refuse.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from dpc.ir import facts as F
from dpc.ir.nodes import UNDEFINED, Apply, Assign, Atom, Const, If, Merge, Slot, Stmt
from dpc.passes.prune import prune_block
from dpc.transforms.relax.alone import origin
from dpc.transforms.relax.state import Held, Relaxation
from dpc.transforms.relax.values import Arms

_DISPLAYS = ("list", "tuple", "dict", "new")


@dataclass(frozen=True, slots=True)
class Display:
    """A container as it is written down: `keys` name its parts."""

    call: Apply
    keys: tuple[Hashable, ...]
    parts: tuple[Atom, ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """What two displays of one structure have in common."""
        cls = self.call.args[0].path if self.call.fn == "new" else None  # type: ignore[union-attr]
        return self.call.fn, cls, self.keys

    @property
    def undefined(self) -> Display:
        """Where there is no such container: none of its parts is defined."""
        return Display(self.call, self.keys, (UNDEFINED,) * len(self.keys))

    def of(self, parts: Sequence[Atom]) -> Apply:
        """The same container of other parts."""
        match self.call.fn:
            case "dict":
                keys = self.call.args[::2]
                pairs = zip(keys, parts, strict=True)
                return Apply("dict", tuple(a for pair in pairs for a in pair))
            case "new":
                count = len(self.call.args) - 1
                names = (name for name, _ in self.call.kwargs)
                named = tuple(zip(names, parts[count:], strict=True))
                return Apply("new", (self.call.args[0], *parts[:count]), named)
        return Apply(self.call.fn, tuple(parts))


@dataclass(slots=True)
class Leaves:
    """The merges of leaves, and the containers that are made of them afterwards."""

    merges: list[Merge] = field(default_factory=list)
    made: list[tuple[Slot, Apply]] = field(default_factory=list)
    # The merge of each part: by a container that has had it, and the key.
    parts: dict[tuple[Atom, Hashable], Slot] = field(default_factory=dict)


def leaves_of(relax: Relaxation, statement: If, merges: Sequence[Merge]) -> Leaves:
    """The merges, with one for every leaf of a container in sight."""
    found = Leaves()
    for merge in merges:
        _merged(relax, statement, merge, found)
    return found


def _merged(relax: Relaxation, statement: If, merge: Merge, found: Leaves) -> None:
    pair = _displays(relax, statement, merge)
    if pair is None:
        found.merges.append(merge)
        for end in (merge.then, merge.orelse):
            if isinstance(end, Slot) and not relax.build.fact(end).is_number:
                relax.held.append(Held(end, None, None))
        return
    one, other = pair
    parts: list[Atom] = []
    for key, a, b in zip(one.keys, one.parts, other.parts, strict=True):
        if a is b or _is_equal(a, b):
            parts.append(a)
            continue
        name = key if isinstance(key, str) and key.isidentifier() else merge.target.name
        fact = F.join(relax.build.fact(a), relax.build.fact(b))
        leaf = relax.build.slot(name, fact, temp=True)
        if merge.target in relax.outcomes:
            relax.outcomes[leaf] = relax.outcomes[merge.target]
        _merged(relax, statement, Merge(leaf, a, b), found)
        for end in (merge.then, merge.orelse):
            found.parts[origin(relax, end), key] = leaf
        parts.append(leaf)
    found.made.append((merge.target, one.of(parts)))


def _displays(
    relax: Relaxation, statement: If, merge: Merge
) -> tuple[Display, Display] | None:
    """Both ends as they are written down, if they have one structure."""
    if UNDEFINED in (merge.then, merge.orelse) and merge.target in relax.read:
        return None  # It is read where it may not be bound.
    here = relax.holders.place(statement, relax.definitions.get(merge.target))
    one, other = (_display(relax, here, atom) for atom in (merge.then, merge.orelse))
    if merge.then is UNDEFINED and other is not None:
        one = other.undefined
    if merge.orelse is UNDEFINED and one is not None:
        other = one.undefined
    if one is None or other is None or one.kind != other.kind or not one.keys:
        return None
    pairs = zip(one.parts, other.parts, strict=True)
    alike = all(a is b or _is_equal(a, b) or _blends(relax, a, b) for a, b in pairs)
    return (one, other) if alike else None


def _display(relax: Relaxation, here: Stmt | None, atom: Atom) -> Display | None:
    """A container as it is written down, if nothing has been written to it since."""
    atom = origin(relax, atom)
    call = relax.definition(atom)
    if call is None or call.fn not in _DISPLAYS or UNDEFINED in call.operands:
        return None
    if here is None or relax.holders.written_until(here, atom):
        return None
    match call.fn:
        case "dict":
            keys = tuple(k.value for k in call.args[::2] if isinstance(k, Const))
            names = tuple(k for k in keys if isinstance(k, int | str))
            known = 2 * len(names) == len(call.args)
            return Display(call, names, call.args[1::2]) if known else None
        case "new":
            fields = getattr(relax.build.fact(atom).value, "_fields", ())
            named = tuple(name for name, _ in call.kwargs)
            if len(fields) < len(call.args) - 1:
                return None
            positional = fields[: len(call.args) - 1]
            values = tuple(value for _, value in call.kwargs)
            return Display(call, (*positional, *named), (*call.args[1:], *values))
    return Display(call, tuple(range(len(call.args))), call.args)


def _is_equal(a: Atom, b: Atom) -> bool:
    """Literals of one value."""
    match a, b:
        case Const(x), Const(y):
            return type(x) is type(y) and repr(x) == repr(y)
    return False


def _blends(relax: Relaxation, a: Atom, b: Atom) -> bool:
    """Two leaves have a blend, as far as can be told: truth values have none."""
    facts = relax.build.fact(a), relax.build.fact(b)
    return not any(
        fact.kind in ("bool", "str", "none") or fact.dtype == "b1" for fact in facts
    )


def drop_displays(
    relax: Relaxation, arms: Arms, leaves: Leaves, merges: Sequence[Merge]
) -> None:
    """The branches need not make the containers of which only leaves are read."""
    if not leaves.made:
        return
    for side, arm in enumerate(arms):
        ends = [(merge.then, merge.orelse)[side] for merge in merges]
        arm[:] = prune_block(tuple(arm), ends, relax.build.library, relax.build.facts)


def make_containers(relax: Relaxation, statement: If, leaves: Leaves) -> None:
    """Emit the containers of blended leaves; what is read of them may be promoted."""
    for target, call in leaves.made:
        relax.build.definitions[target] = call
        relax.build.emit(Assign(target, call, statement.span))
    for (container, key), leaf in leaves.parts.items():
        if leaf in relax.promoted:
            relax.held.append(Held(container, key, statement))
