"""What memory a value surely is, and which memories are surely not one.

before                              what is known
`def f(x):`                         `x` is the argument's
`    loop with s = x:`              `s` is what an iteration before has left
`        m = s * 2`                 `m` is made here, anew in every iteration
`        v = m[1:]`                 `v` is `m`

Classes of aliases do not tell `s` and `m` apart: `s` is `m` in the next iteration. But
what is written through `m` is not what `s` is now, and was not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, For, Function, Slot, Stmt, While
from dpc.ir.walk import blocks

Loops = tuple[Stmt, ...]  # around a statement, from the outermost


class Write(NamedTuple):
    """A statement that may write: when, through what, and its identity."""

    at: int
    base: Atom
    place: int


# Of dpc's own functions others may give back what they were given, as blends do.
_MAKERS = frozenset(
    f"dpc.{name}"
    for name in "sigmoid softmax log_softmax softplus relu logsumexp silu gelu".split()
)


def _makes_arrays(fn: str) -> bool:
    return fn.startswith(("operator.", "np.")) or fn in _MAKERS


@dataclass(frozen=True, slots=True)
class Root:
    """Where memory comes from: "made" by a statement, an "argument", "round" a loop."""

    kind: str
    slot: Slot
    loops: Loops = ()


class Roots:
    """The roots of the slots of a function."""

    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.facts, self.library = facts, library
        self.around: dict[int, Loops] = {}  # by identity
        self.found: dict[Slot, Root] = {
            param.slot: Root("argument", param.slot) for param in function.params
        }
        self._block(function.body, ())

    def apart(self, kept: Atom, place: int, write: Write, again: bool) -> bool:
        """What is written is not the memory that `kept` is.

        place: the identity of the statement that `kept` is needed at. again: the write
          stands before it, and comes after it only in another iteration.
        """
        old, new = self._of(kept), self._of(write.base)
        if old is None or new is None or new.kind != "made":
            return False
        if old.slot is new.slot:
            return again and not self._in_one_loop(place, write.place, len(new.loops))
        if old.kind == "round":
            # What came round was left before `written` was made anew.
            return old.loops[-1] in new.loops
        return True

    def _in_one_loop(self, one: int, other: int, depth: int) -> bool:
        """Two statements may stand in one loop that is deeper than so many loops."""
        if one not in self.around or other not in self.around:
            return True
        inner, outer = self.around[one][depth:], self.around[other][depth:]
        return bool(inner and outer) and inner[0] is outer[0]

    def _of(self, atom: Atom) -> Root | None:
        return self.found.get(atom) if isinstance(atom, Slot) else None

    def _block(self, block: Block, loops: Loops) -> None:
        for statement in block:
            self.around[id(statement)] = loops
            match statement:
                case Assign(target, value):
                    root = self._root(target, value, loops)
                    if root is not None:
                        self.found[target] = root
                case For(carries=carries) | While(carries=carries):
                    inside = (*loops, statement)
                    for carry in carries:
                        self.found[carry.header] = Root("round", carry.header, inside)
                    for nested in blocks(statement):
                        self._block(nested, inside)
                case _:
                    for nested in blocks(statement):
                        self._block(nested, loops)

    def _root(self, target: Slot, value: object, loops: Loops) -> Root | None:
        match value:
            case Slot():
                return self._of(value)
            case Apply(fn, args) if self.facts.get(target, ANY).is_array:
                primitive = self.library[fn]
                if primitive.effect not in ("", "reads"):
                    return None
                if fn in ("getitem", "getattr") or primitive.memory == "view":
                    owner = args[primitive.owner]
                    if isinstance(owner, Slot) and self.facts.get(owner, ANY).is_array:
                        return self.found.get(owner)
                    return None
                if primitive.memory == "fresh" and _makes_arrays(fn):
                    return Root("made", target, loops)
        return None
