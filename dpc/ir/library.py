"""What the compiler knows of a primitive, whoever declares it.

The frontend, the analyses and the printer ask the library; the rules fill it. A
primitive's key is the dotted path under which NumPy, SciPy or Python hold it
(`np.tanh`, `math.sin`, `scipy.special.expit`), `operator.add` for operators, the plain
name for builtins (`len`), `method.append` for methods without a function of the same
meaning, and `dpc.sigmoid` for functions of dpc's own runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dpc.ir.facts import ANY, Fact

# Calls of the pullbacks of functions that are compiled when they are reached, and all
# calls of functions that only the run knows.
LATE = frozenset(("vjp", "vjp_wrt", "vjp_method", "vjp_shared"))
LATE_CALLS = LATE | {"call", "call_watched"}

# Facts of the positional operands and of the keyword operands -> the result's fact.
Infer = Callable[[tuple[Fact, ...], Mapping[str, Fact]], Fact]


def unknown(args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
    """Nothing is known of the result."""
    return ANY


@dataclass(frozen=True, slots=True)
class Primitive:
    """The properties of a primitive that do not concern derivatives.

    memory: what the result may share with the operands: "fresh" (nothing), "view" (the
      owner's memory, or a copy: asked at run time), "element" (it is an element of the
      owner, a container), "holds" (a new container of the operands), "parts" (a list of
      views of the owner).
    owner: the position of the operand whose memory that is.
    effect: "" (pure), "reads" (memory of its operands; arrays: every array function
      does), "writes" (mutates its first operand), "world" (prints, raises, draws random
      numbers, calls what dpc cannot see; never moved, shared or dropped).
    shape_only: positions of operands of which only shape, dtype or type are looked at,
      so that they need not keep their contents for the backward pass.
    trivial: so cheap that recomputing it is better than keeping it.
    can_fail: can raise or return a non-finite value on finite operands.
    """

    key: str
    infer: Infer = unknown
    memory: str = "fresh"
    effect: str = "reads"
    shape_only: tuple[int, ...] = ()
    trivial: bool = False
    can_fail: bool = True
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Library:
    """All primitives by key."""

    primitives: Mapping[str, Primitive] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Primitive:
        found = self.primitives.get(key)
        return Primitive(key, effect="world") if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self.primitives

    def infer(
        self, key: str, args: tuple[Fact, ...], kwargs: Mapping[str, Fact]
    ) -> Fact:
        """The fact of `key` applied to operands with these facts."""
        return self[key].infer(args, kwargs)
