"""A function together with what is known of its slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dpc.ir.build import Facts
from dpc.ir.nodes import Function, Slot
from dpc.ir.show import show

# What a slot of `Program.outcomes` holds.
RESULT, RETURNED = "$result", "$returned"
SKIPPED = "$skip"  # the rest of an iteration is not to run
FOUND = "$found"  # what decides `any` and `all`


@dataclass(frozen=True, slots=True)
class Dependency:
    """A decision that rests on a global or closure variable as it was when compiling.

    `scope` and `path` as in `Object`. The program holds as long as the variable is
    still the same object (`identity`), or, for data, still has this fact (`fact`), and
    these sizes if any are known.
    """

    scope: str
    path: tuple[str, ...]
    holder: object  # the mapping or object that holds it
    identity: object = None
    fact: object = None
    sizes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """The IR of one function: the unit that passes take and return.

    `scopes` gives the live holder of each `Object.scope`: a module's globals or the
    closure's cells by name. `notes` become the lines of `.report`.
    """

    function: Function
    facts: Facts
    dependencies: tuple[Dependency, ...] = ()
    scopes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    # The slots of returned values, and of the flags that say that one has been.
    outcomes: Mapping[Slot, str] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()  # methods taken to be those of NumPy, Python
    written: tuple[int, ...] = ()  # positions of the parameters that it writes
    single_use: bool = False  # its pullback may be called once: it has shadows

    def __str__(self) -> str:
        return show(self.function)
