"""Where the nodes of a drawing stand: in columns, so that all edges lead to the right.

The steps are those of Sugiyama, Tagawa and Toda (1981): a column for every node, a
point in each column that a long edge crosses, an order in the columns that avoids
crossings, and heights near those of the neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

Edge = tuple[int, int]
Links = Mapping[int, Sequence[int]]
SWEEPS = 8


def columns(count: int, edges: Sequence[Edge]) -> list[int]:
    """The column of every node: behind all that it was made of.

    A leaf stands just before the first node that it is used for.
    """
    column = [0] * count
    leaf = [True] * count
    for start, end in edges:
        column[end] = max(column[end], column[start] + 1)
        leaf[end] = False
    first: dict[int, int] = {}
    for start, end in edges:
        first[start] = min(first.get(start, count), column[end])
    return [
        first[node] - 1 if leaf[node] and node in first else column[node]
        for node in range(count)
    ]


def routes(
    column: list[int], edges: Sequence[Edge]
) -> tuple[list[list[int]], list[int]]:
    """Every edge as a chain from column to column, and the columns of all points.

    The points after the nodes are those where edges cross a column.
    """
    points = list(column)
    chains = []
    for start, end in edges:
        chain = [start]
        for crossed in range(column[start] + 1, column[end]):
            chain.append(len(points))
            points.append(crossed)
        chains.append([*chain, end])
    return chains, points


def neighbours(chains: list[list[int]], count: int) -> tuple[Links, Links]:
    """The points before each point, and those after it."""
    before: dict[int, list[int]] = {point: [] for point in range(count)}
    after: dict[int, list[int]] = {point: [] for point in range(count)}
    for chain in chains:
        for start, end in pairwise(chain):
            before[end].append(start)
            after[start].append(end)
    return before, after


def heights(
    points: list[int], chains: list[list[int]], sizes: Sequence[float]
) -> list[float]:
    """The height of the middle of every point.

    sizes: how high each is, the distance from the next included.
    """
    before, after = neighbours(chains, len(points))
    layers: list[list[int]] = [[] for _ in range(max(points, default=0) + 1)]
    for point, column in enumerate(points):
        layers[column].append(point)
    found = [0.0] * len(points)
    for layer in layers:
        _settle(layer, [0.0] * len(layer), sizes, found)
    for sweep in range(2 * SWEEPS):
        forward = sweep % 2 == 0
        near = before if forward else after
        for layer in layers if forward else reversed(layers):
            # In the last sweeps heights are balanced between both sides.
            both = sweep >= SWEEPS
            wanted = [_mean(point, near, found) for point in layer]
            if both:
                other = after if forward else before
                there = [_mean(point, other, found) for point in layer]
                wanted = [(a + b) / 2 for a, b in zip(wanted, there, strict=True)]
            else:
                order = sorted(range(len(layer)), key=lambda i: wanted[i])
                layer[:] = [layer[i] for i in order]
                wanted = [wanted[i] for i in order]
            _settle(layer, wanted, sizes, found)
    return found


def _mean(point: int, near: Links, found: list[float]) -> float:
    linked = near[point]
    if not linked:
        return found[point]
    return sum(found[other] for other in linked) / len(linked)


def _settle(
    layer: list[int],
    wanted: list[float],
    sizes: Sequence[float],
    found: list[float],
) -> None:
    """The heights nearest to those wanted, in the column's order, without overlap.

    Least squares under an order: what would overlap forms a block, which stands at the
    mean of what its members want.
    """
    shifts, reach = [], 0.0
    for point in layer:
        shifts.append(reach + sizes[point] / 2)
        reach += sizes[point]
    blocks: list[tuple[float, int]] = []  # the sum of what is wanted, and how many want
    for want, shift in zip(wanted, shifts, strict=True):
        total, members = want - shift, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / members:
            more, others = blocks.pop()
            total, members = total + more, members + others
        blocks.append((total, members))
    placed = [total / members for total, members in blocks for _ in range(members)]
    for point, base, shift in zip(layer, placed, shifts, strict=True):
        found[point] = base + shift
