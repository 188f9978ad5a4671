"""Classes of slots that may be one memory: a union of sets, almost linear.

A class of containers has one class for all that they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dpc.analysis.roots import Write


@dataclass(slots=True, eq=False)
class Node:
    """One class: its representative, whether it is written, its elements' class."""

    parent: Node | None = None
    written: bool = False
    last: int = -1  # position of the last write, or of a call that might write
    element: Node | None = None
    writes: list[Write] = field(default_factory=list)
    members: list[Node] = field(default_factory=list)  # of a bundle: see `bundles`


def find(node: Node) -> Node:
    """The representative of a class."""
    while node.parent is not None:
        if node.parent.parent is not None:
            node.parent = node.parent.parent
        node = node.parent
    return node


def unify(a: Node, b: Node) -> None:
    """Make two classes one, and their elements' classes too."""
    pending = [(a, b)]
    while pending:
        x, y = map(find, pending.pop())
        if x is y:
            continue
        y.parent = x
        x.last = max(x.last, y.last)
        x.written = x.written or y.written
        x.writes += y.writes
        x.members += y.members
        if x.element is None:
            x.element = y.element
        elif y.element is not None:
            pending.append((x.element, y.element))


def within(node: Node) -> Iterator[Node]:
    """The class of what a class of containers holds, of what that holds, and so on."""
    yield from map(find, node.members)
    seen = set[int]()
    while node.element is not None and id(node) not in seen:
        seen.add(id(node))
        node = find(node.element)
        yield node
