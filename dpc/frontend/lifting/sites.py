"""Places of containers: what is known of what is there, and where it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact

# Kinds of values in which nothing can be stored.
PLAIN = frozenset(
    "number array scalar float int bool complex str none function module slice range "
    "sparse".split()
)


@dataclass(slots=True, eq=False)
class Site:
    """A place where containers are made.

    items: of a list that never changes its length, or a tuple; else all is in `rest`.
    fields: by key or attribute; rest: what is stored under keys that are not known.
    fixed: a dict that never gets other keys than it began with.
    exposed: what is not known to the program can write to it.
    lost: it has, so that it can hold anything.
    """

    kind: str
    cls: type | None = None
    items: list[Cell] | None = None
    fields: dict[object, Cell] = field(default_factory=dict)
    rest: Cell | None = None
    fixed: bool = True
    exposed: bool = False
    lost: bool = False
    read: bool = False  # in this round
    made: bool = False  # in any round


Sites = frozenset[Site] | None
NOWHERE: frozenset[Site] = frozenset()


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of the values at one place of a container."""

    fact: Fact
    sites: Sites = NOWHERE

    def joined(self, other: Cell) -> Cell:
        """What holds for values of both."""
        if self == other:
            return self
        return Cell(F.join(self.fact, other.fact), union(self.sites, other.sites))


UNKNOWN = Cell(F.ANY, None)


def joined(a: Cell | None, b: Cell | None) -> Cell | None:
    """What holds for values of both, where one of them may not be there."""
    if a is None or b is None:
        return b if a is None else a
    return a.joined(b)


def union(a: Sites, b: Sites) -> Sites:
    return None if a is None or b is None else a | b


def bare(fact: Fact) -> Fact:
    """The fact of a container without what it holds: that is known to its site."""
    if fact.kind == "tuple" and fact.items is not None:
        items = tuple([bare(item) for item in fact.items])
        return Fact("tuple", items=items, value=fact.value)
    if fact.kind in ("list", "dict", "object"):
        return Fact(fact.kind, value=fact.value)
    return fact


def detailed(fact: Fact, found: Fact) -> Fact:
    """The fact of a value, with what sites tell of the containers in it.

    A tuple may be one that has no site; then it holds no containers.
    """
    if fact.kind in ("list", "dict", "object"):
        return found if found.kind == fact.kind else fact
    if fact.kind != "tuple" or fact.items is None or found.items is None:
        return fact
    if len(fact.items) != len(found.items):
        return fact
    pairs = zip(fact.items, found.items, strict=True)
    items = tuple([detailed(a, b) for a, b in pairs])
    return Fact("tuple", items=items, value=fact.value)


def holds_containers(fact: Fact) -> bool:
    """Whether a tuple can hold something that can be written to."""
    if fact.kind != "tuple":
        return fact.kind not in PLAIN
    if fact.items is None:
        return fact.element is None or holds_containers(fact.element)
    return any(map(holds_containers, fact.items))


def at(site: Site, key: object) -> Cell | None:
    """What one site has under a key; None if that cannot be told."""
    found: Cell | None
    if site.items is not None:
        found = _element(site.items, key)
        return found
    if isinstance(key, int) and site.kind == "object":
        key = _element(getattr(site.cls, "_fields", ()), key)
    try:
        found = site.fields.get(key)
    except TypeError:
        return None
    return joined(found, site.rest)


def _element(items: Sequence[Any], position: object) -> Any:
    if not isinstance(position, int) or not -len(items) <= position < len(items):
        return None
    return items[position]
