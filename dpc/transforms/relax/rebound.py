"""A name that is memory which the branches write, or other memory.

before                          after
`if x > c: a[0] = v`            `a[0] = v; left = np.copy(a)`, then what was there,
`else: a = b`                   `a = blend(p, left, q, b)`

The blended store is made once both branches have run. What the first of them leaves
under the name is kept before the other one finds the memory as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from dpc.ir.nodes import Atom, If, Merge, Slot
from dpc.transforms.relax.places import Arms, writes_of
from dpc.transforms.relax.state import Gate, Relaxation


def written_under_names(relax: Relaxation, statement: If, arms: Arms) -> list[Atom]:
    """The memory that the branches write, if a name that is read later may be it."""
    bases = [write.base for arm in arms for write in writes_of(arm)]
    merges = (m for m in statement.merges if m.target in relax.used)
    ends = (end for merge in merges for end in (merge.then, merge.orelse))
    return bases if any(_reaches(relax, end, bases) for end in ends) else []


def kept_ends(
    relax: Relaxation,
    statement: If,
    gate: Gate,
    arms: Arms,
    bases: Sequence[Atom],
    merges: Sequence[Merge],
) -> list[Merge]:
    """The merges over what the first branch leaves, which the second puts back.

    If the first one has all the weight, that stays the very object.
    """
    build, found = relax.build, list[Merge]()
    for merge in merges:
        then = merge.then
        if _reaches(relax, then, bases) and merge.orelse is not then:
            assert isinstance(then, Slot)
            kept = build.slot(then.name, build.fact(then), temp=True)
            with build.region() as new:
                fn = "np.copy" if build.fact(then).is_array else "dpc.snapshot"
                with build.region() as copying:
                    copy = build.apply(fn, then)
                both = Merge(kept, copy, then)
                build.emit(If(gate.is_q, tuple(copying), (), (both,), statement.span))
            arms[0].extend(new)
            merge = Merge(merge.target, kept, merge.orelse)
        found.append(merge)
    return found


def _reaches(relax: Relaxation, atom: Atom, bases: Sequence[Atom]) -> bool:
    if not isinstance(atom, Slot) or relax.build.fact(atom).is_scalar:
        return False
    return any(relax.activity.aliases.reaches(atom, base) for base in bases)
