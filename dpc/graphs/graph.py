"""The computational graph of one execution of a program.

After Definition 1 of Hernandez, Millerioux and Amigo (Differentiable programming:
generalization, characterization and limitations of deep learning, 2022): `n` nodes, of
which the first `l` are leaves; each other node has a function, applied to the nodes
that its edges come from; edges `(i, j)` have `i < j`, so that their order is one in
which the program can be run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from dpc.errors import ArgumentError, Diagnostic, nearest
from dpc.graphs.drawing import Box, drawn


class Lengths(NamedTuple):
    """How many functions lie between two nodes, on the shortest way and the longest."""

    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value: a leaf, or what a function made of the values of other nodes.

    number: its place in `Graph.nodes`.
    name: the user's, such as `h`, `x[2]` or `result`; "" for an intermediate value.
    function: what was applied, such as `np.tanh` or `+`; "" for a leaf.
    inputs: the numbers of the nodes that the function was applied to.
    kind: "input" for an argument, "constant" for a global or closure variable, else
      "value".
    line: of the statement, in the file of its function; None for a leaf.
    shape, dtype: of the value; `()` and `float` for a Python float.
    """

    number: int
    name: str
    function: str
    inputs: tuple[int, ...]
    kind: str
    line: int | None
    shape: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        """Its line of the text of a graph."""
        shape = f" {self.shape}" if self.shape else ""
        title = f"{self.number:4}  {self.name or '.'}"
        if not self.function:
            return f"{title}  {self.kind}, {self.dtype}{shape}"
        numbers = ", ".join(map(str, self.inputs))
        line = "" if self.line is None else f", line {self.line}"
        return f"{title} = {self.function}({numbers})  {self.dtype}{shape}{line}"


@dataclass(frozen=True)
class Graph:
    """The nodes of one execution in an order in which they can be computed.

    nodes: leaves first, then in the order of execution.
    outputs: the numbers of the nodes that the program returned.
    names: the numbers of the nodes that had a name, in the order of execution.
    result: what the program returned.
    """

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    names: dict[str, tuple[int, ...]] = field(repr=False)
    result: object = field(repr=False, default=None)

    @cached_property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """Pairs of node numbers, each from a lower to a higher, ordered by the higher.

        A function that is applied to one value twice has one edge from it.
        """
        return tuple(
            (start, node.number)
            for node in self.nodes
            for start in sorted(set(node.inputs))
        )

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The leaves that are arguments, or parts of arguments that are containers."""
        return tuple(node for node in self.nodes if node.kind == "input")

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that were applied, each once, by their first use."""
        return tuple(dict.fromkeys(n.function for n in self.nodes if n.function))

    def __getitem__(self, name: str | int) -> Node:
        """A node by its number, or the last node that had a name."""
        return self.nodes[name if isinstance(name, int) else self._named(name)[-1]]

    def _named(self, name: str) -> tuple[int, ...]:
        if name not in self.names:
            close = nearest(name, self.names)
            hint = f"write {close!r}" if close else f"there are {', '.join(self.names)}"
            title = f"no value of {self.name} was named {name!r}"
            raise ArgumentError(Diagnostic(title, "", None, hint=hint))
        return self.names[name]

    def path_lengths(
        self, input: str | int | Node, output: str | int | Node | None = None
    ) -> Lengths | None:
        """How many functions lie between two nodes; None where no path leads there.

        input: a node, its number, or a name: the first node that had it.
        output: a node, its number, or a name: the last node that had it. Without it,
          the value that the program returned.

        Raises ArgumentError for a name that no value had, and without `output` where
        the program returned several values.
        """
        start = input.number if isinstance(input, Node) else input
        if isinstance(start, str):
            start = self._named(start)[0]
        end = output.number if isinstance(output, Node) else output
        if isinstance(end, str):
            end = self._named(end)[-1]
        if end is None:
            end = self._only_output()
        return self._lengths(start, end)

    def _only_output(self) -> int:
        if len(self.outputs) == 1:
            return self.outputs[0]
        title = f"{self.name} returned {len(self.outputs)} values"
        hint = "name one of them, such as 'result[0]'"
        raise ArgumentError(Diagnostic(title, "", None, hint=hint))

    def _lengths(self, start: int, end: int) -> Lengths | None:
        reached = {start: Lengths(0, 0)}
        for node in self.nodes[start + 1 : end + 1]:
            before = [reached[i] for i in node.inputs if i in reached]
            if before:
                shortest = min(length.shortest for length in before)
                longest = max(length.longest for length in before)
                reached[node.number] = Lengths(shortest + 1, longest + 1)
        return reached.get(end)

    def named(self) -> Graph:
        """The same execution with a node only for what the program gives a name.

        Intermediate values go into the function of the value that they are for, so
        that each function is about a statement.
        """
        kept = [n for n in self.nodes if n.name or not n.function]
        numbers = {node.number: place for place, node in enumerate(kept)}
        behind: dict[int, tuple[int, ...]] = {}
        composed: dict[int, tuple[str, ...]] = {}
        for node in self.nodes:
            through: list[int] = []
            functions: list[str] = []
            for i in node.inputs:
                through += [i] if i in numbers else behind[i]
                functions += () if i in numbers else composed[i]
            behind[node.number] = tuple(dict.fromkeys(through))
            functions += [node.function] if node.function else []
            composed[node.number] = tuple(dict.fromkeys(functions))
        nodes = [
            replace(
                node,
                number=numbers[node.number],
                inputs=tuple(numbers[i] for i in behind[node.number]),
                function=" ".join(composed[node.number]),
            )
            for node in kept
        ]
        names = {
            name: tuple(numbers[i] for i in them) for name, them in self.names.items()
        }
        outputs = tuple(numbers[i] for i in self.outputs)
        return Graph(self.name, tuple(nodes), outputs, names, self.result)

    def svg(self) -> str:
        """The graph as a drawing, from left to right, in the SVG format."""
        boxes = [_box(node) for node in self.nodes]
        return drawn(self.name, boxes, self.edges, frozenset(self.outputs))

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {len(self.nodes)} nodes, {len(self.edges)} edges",
            *map(str, self.nodes),
            f"outputs: {', '.join(map(str, self.outputs))}",
        ]
        return "\n".join(lines)


def _box(node: Node) -> Box:
    """What is drawn of a node: its name over its function, and its line of the text."""
    function = " ".join(map(short, node.function.split()))
    label, below = (node.name, function) if node.name else (function, "")
    return Box(label, below, node.kind, " ".join(str(node).split()))


def short(function: str) -> str:
    """A function's name without its module."""
    return function if function.startswith(".") else function.rpartition(".")[2]


def ordered(
    name: str,
    nodes: Iterable[Node],
    outputs: Iterable[int],
    names: dict[str, list[int]],
    result: object,
) -> Graph:
    """A graph of nodes that are numbered as they were met: leaves come first now.

    Constants that no function was applied to are left out.
    """
    nodes = list(nodes)
    outputs = list(dict.fromkeys(outputs))
    used = {i for node in nodes for i in node.inputs} | set(outputs)
    seen = [n for n in nodes if n.kind != "constant" or n.number in used]
    seen.sort(key=lambda n: bool(n.function))
    numbers = {node.number: place for place, node in enumerate(seen)}
    moved = [
        replace(n, number=numbers[n.number], inputs=tuple(numbers[i] for i in n.inputs))
        for n in seen
    ]
    placed = {
        name: tuple(numbers[i] for i in them if i in numbers)
        for name, them in names.items()
    }
    return Graph(
        name,
        tuple(moved),
        tuple(numbers[i] for i in outputs),
        {name: them for name, them in placed.items() if them},
        result,
    )


__all__ = ["Graph", "Lengths", "Node"]
