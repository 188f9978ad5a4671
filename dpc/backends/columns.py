"""Generated source beside the lines it came from, in the columns of a terminal.

In the forward half a generated line stands beside the user's line that it repeats. In
the backward half each group begins with its statement as a comment, and the line of
that statement stands beside it again.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

GUTTER = " │ "
NARROWEST = 40  # of a column; below that the texts stand one after the other

Row = tuple[int | None, str]  # the place of an original line, and a generated line


def beside(original: Sequence[str], first: int, generated: str, width: int) -> str:
    """The original lines, the first of which has the number `first`, on the left."""
    left = [f"{first + place:4} {line}" for place, line in enumerate(original)]
    room = min(max(map(len, left), default=0), (width - len(GUTTER)) // 2)
    other = width - room - len(GUTTER)
    if room < NARROWEST // 2 or other < NARROWEST:
        return "\n".join([*left, "", generated.rstrip("\n")])
    lines: list[str] = []
    for place, line in _rows(original, generated.rstrip("\n").split("\n")):
        shown = "" if place is None else left[place]
        lines += _row(_wrapped(shown, room), _wrapped(line, other), room)
    return "\n".join(lines)


def _rows(original: Sequence[str], generated: Sequence[str]) -> Iterator[Row]:
    half = _backward(original, generated)
    yield from _forward(original, generated[:half])
    for line in generated[half:]:
        yield _stated(original, line), line


def _backward(original: Sequence[str], generated: Sequence[str]) -> int:
    """Where the backward half begins: at the first comment that repeats a statement."""
    for place, line in enumerate(generated):
        if _stated(original, line) is not None:
            return place
    return len(generated)


def _forward(original: Sequence[str], generated: Sequence[str]) -> Iterator[Row]:
    mine, theirs = [s.strip() for s in original], [s.strip() for s in generated]
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(range(i, i_end), generated[j:j_end], strict=True)
            continue
        # What replaces something stands beside it, as far as it goes.
        for step in range(max(i_end - i, j_end - j)):
            place = i + step if i + step < i_end else None
            yield place, generated[j + step] if j + step < j_end else ""


def _stated(original: Sequence[str], line: str) -> int | None:
    """The place of the statement that a comment repeats."""
    text = line.strip()
    if not text.startswith("# "):
        return None
    text = text.removeprefix("# ").removesuffix(" ...")
    for place, candidate in enumerate(original):
        if text and candidate.strip().startswith(text):
            return place
    return None


def _wrapped(line: str, room: int) -> list[str]:
    """The line in pieces of at most `room` columns, further ones indented."""
    pieces = [line[:room]]
    rest = line[room:]
    indent = min(len(line) - len(line.lstrip()) + 8, room // 2)
    while rest:
        pieces.append(" " * indent + rest[: room - indent])
        rest = rest[room - indent :]
    return pieces


def _row(left: list[str], right: list[str], room: int) -> Iterator[str]:
    for place in range(max(len(left), len(right))):
        first = left[place] if place < len(left) else ""
        second = right[place] if place < len(right) else ""
        yield f"{first:{room}}{GUTTER}{second}".rstrip()
