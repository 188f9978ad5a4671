"""A graph as a drawing in the SVG format, without any other package."""

from __future__ import annotations

from collections.abc import Sequence, Set
from html import escape
from itertools import pairwise
from typing import NamedTuple

from dpc.graphs.layers import Edge, columns, heights, routes

HEIGHT, GAP, BETWEEN, MARGIN = 30.0, 14.0, 34.0, 16.0
THIN = 8.0  # what an edge takes where it crosses a column
LETTER = 7.0  # the width of a letter
STYLE = """\
text { font: 12px sans-serif; text-anchor: middle; fill: #222; }
.small { font-size: 10px; fill: #666; }
rect { stroke: #555; fill: #fff; }
.input { fill: #dceafa; stroke: #2a6ebb; }
.constant { fill: #eee; stroke: #888; }
.output { stroke: #c0392b; stroke-width: 2; }
path { fill: none; stroke: #888; }"""


class Box(NamedTuple):
    """A node as it is drawn: two lines, a class of the style, and a longer text."""

    label: str
    below: str
    kind: str
    title: str


def drawn(
    name: str, boxes: Sequence[Box], edges: Sequence[Edge], outputs: Set[int]
) -> str:
    """The text of the drawing; edges lead from left to right."""
    chains, column = routes(columns(len(boxes), edges), edges)
    crossings = len(column) - len(boxes)
    sizes = [HEIGHT + GAP] * len(boxes) + [THIN] * crossings
    y = heights(column, chains, sizes)
    top = min((h - s / 2 for h, s in zip(y, sizes, strict=True)), default=0.0)
    y = [h - top + MARGIN for h in y]
    widths = [_width(box) for box in boxes] + [0.0] * crossings
    x, right = _places(column, widths)
    lower = max((h + s / 2 for h, s in zip(y, sizes, strict=True)), default=0.0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right:.0f}'
        f' {lower + MARGIN:.0f}" width="{right:.0f}" height="{lower + MARGIN:.0f}">',
        f"<title>{escape(name)}</title>",
        f"<style>\n{STYLE}\n</style>",
        '<rect width="100%" height="100%" style="stroke: none"/>',
        '<marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0,0 L6,3 L0,6 z"'
        ' style="fill: #888; stroke: none"/></marker>',
    ]
    for chain in chains:
        parts.append(_curve([(x[p], y[p], widths[p]) for p in chain]))
    for number, box in enumerate(boxes):
        kind = f"{box.kind} output" if number in outputs else box.kind
        parts += _box(box, kind, x[number], y[number], widths[number])
    return "\n".join([*parts, "</svg>", ""])


def _width(box: Box) -> float:
    return max(28.0, LETTER * max(len(box.label), 0.85 * len(box.below)) + 14.0)


def _places(
    column: Sequence[int], widths: Sequence[float]
) -> tuple[list[float], float]:
    """The middle of every point from left to right, and the width of all."""
    widest = [0.0] * (max(column, default=0) + 1)
    for place, width in zip(column, widths, strict=True):
        widest[place] = max(widest[place], width)
    middles, reach = [], MARGIN
    for width in widest:
        middles.append(reach + width / 2)
        reach += width + BETWEEN
    return [middles[place] for place in column], reach - BETWEEN + MARGIN


def _curve(points: Sequence[tuple[float, float, float]]) -> str:
    """An edge through the points where it crosses columns."""
    first, last = points[0], points[-1]
    through = [
        (first[0] + first[2] / 2, first[1]),
        *((x, y) for x, y, _ in points[1:-1]),
        (last[0] - last[2] / 2, last[1]),
    ]
    text = f"M{through[0][0]:.1f},{through[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(through):
        half = (x + to_x) / 2
        text += f" C{half:.1f},{y:.1f} {half:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}"
    return f'<path d="{text}" marker-end="url(#tip)"/>'


def _box(box: Box, kind: str, x: float, y: float, width: float) -> list[str]:
    label, below = escape(box.label), escape(box.below)
    lines = [
        f"<g><title>{escape(box.title)}</title>",
        f'<rect class="{kind}" x="{x - width / 2:.1f}" y="{y - HEIGHT / 2:.1f}"'
        f' width="{width:.1f}" height="{HEIGHT:.0f}" rx="6"/>',
        f'<text x="{x:.1f}" y="{y + (-1 if below else 4):.1f}">{label}</text>',
    ]
    if below:
        lines.append(f'<text class="small" x="{x:.1f}" y="{y + 11:.1f}">{below}</text>')
    return [*lines, "</g>"]
