"""What a run writes down: the nodes so far, and which of them made which value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpc.graphs.graph import Node
from dpc.graphs.makers import Makers


class Record:
    """The nodes so far, the names they had, and which of them made which value."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.names: dict[str, list[int]] = {}
        self.makers = Makers()
        self.parts: dict[tuple[Any, ...], int] = {}
        self.outside: set[int] = set()

    def add(
        self,
        value: Any,
        function: str,
        inputs: tuple[int, ...] = (),
        name: str = "",
        kind: str = "value",
        line: int | None = None,
    ) -> int:
        """A new node for a value."""
        number = len(self.nodes)
        shape = tuple(np.shape(value)) if not hasattr(value, "shape") else value.shape
        dtype = str(getattr(value, "dtype", type(value).__name__))
        node = Node(number, "", function, inputs, kind, line, tuple(shape), dtype)
        self.nodes.append(node)
        if name:
            self.name(number, name)
        return number

    def name(self, number: int, name: str) -> None:
        """A value has a name; the first one stays with its node."""
        node = self.nodes[number]
        if not node.name:
            self.nodes[number] = replace(node, name=name)
        numbers = self.names.setdefault(name, [])
        if number not in numbers[-1:]:
            numbers.append(number)

    def leaf(self, value: Any, name: str, kind: str) -> None:
        """An argument or a variable outside, unless it is known already."""
        known = self.makers.of(value)
        if not known:
            self.makers.mark(value, self.add(value, "", (), name, kind))
        for number in known[:1] if len(known) == 1 else ():
            self.name(number, name)

    def size(self, number: int) -> int:
        """How many elements the value of a node has."""
        return int(np.prod(self.nodes[number].shape))
