"""Assignments that are printed as one: `a, b = b, a`.

Those that were one statement of the user stay one. Among the adjoints, what begins with
a literal, with zeros or as a multiple of something begins in one line.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from dpc.backends.layout import LIMIT
from dpc.backends.tree import Inner, leaves
from dpc.backends.width import Width
from dpc.ir.nodes import Apply, Assign, Const, Stmt

_BEGINNINGS = frozenset({"np.zeros_like", "np.zeros", "np.empty", "np.empty_like"})


def find_groups(
    block: Sequence[Stmt],
    width: Width,
    apart: Container[Stmt],
    indent: int,
    forward: Container[Stmt],
) -> Iterator[tuple[Assign, ...]]:
    """The groups of a block, among the user's statements (`forward`) and among others.

    `apart` are no part of any group.
    """
    group: list[Assign] = []
    column = indent
    for statement in block:
        if not isinstance(statement, Assign) or not _may_join(
            statement, forward, apart
        ):
            yield from _closed(group)
            group = []
            continue
        wide = width.of_name(statement.target) + width.of_value(statement.value) + 4
        fits = column + wide <= LIMIT
        if fits and group and _belongs(statement, group, width.inner, forward):
            group.append(statement)
            column += wide
        else:
            yield from _closed(group)
            group, column = [statement], indent + wide
    yield from _closed(group)


def _closed(group: list[Assign]) -> Iterator[tuple[Assign, ...]]:
    if len(group) > 1:
        yield tuple(group)


def _may_join(
    statement: Assign, forward: Container[Stmt], apart: Container[Stmt]
) -> bool:
    if statement in apart:
        return False
    if statement not in forward:
        return _is_beginning(statement)
    return statement.span is not None and not statement.target.temp


def _belongs(
    statement: Assign, group: list[Assign], inner: Inner, forward: Container[Stmt]
) -> bool:
    mine, theirs = statement in forward, group[0] in forward
    if mine != theirs or (mine and statement.span != group[0].span):
        return False
    read = leaves(statement.value, inner)
    return not any(earlier.target in read for earlier in group)


def _is_beginning(statement: Assign) -> bool:
    match statement.value:
        case Const():
            return True
        case Apply("operator.mul", (Const(), _)):
            return True
        case Apply(fn):
            return fn in _BEGINNINGS
        case _:
            return False
