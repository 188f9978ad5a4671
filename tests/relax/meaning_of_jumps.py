"""The ways in which the statements of a program end, by its text."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

FALL, BREAK, CONTINUE, RETURN = "fall", "break", "continue", "return"


@cache
def tree_of(function: Callable[..., Any]) -> ast.FunctionDef:
    """The text of a function; the same object every time."""
    found = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(found, ast.FunctionDef)
    return found


def jumps(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> bool:
    """A jump of these kinds stands in a statement, and leaves it."""
    if isinstance(node, kinds):
        return True
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return False
    inner = kinds
    if isinstance(node, ast.For | ast.While):
        inner = tuple(kind for kind in kinds if kind is ast.Return)
    return any(jumps(child, inner) for child in ast.iter_child_nodes(node))


def leaves_loop(node: ast.AST) -> bool:
    """A statement of a loop that can end it."""
    return jumps(node, (ast.Break, ast.Return))


@cache
def exits_of(tree: ast.FunctionDef) -> frozenset[ast.If]:
    """The `if`s that decide whether a loop goes on: one can leave it, or can skip with
    `continue` what leaves it."""

    def inside(block: list[ast.stmt], in_loop: bool, later: bool) -> Iterator[ast.If]:
        for place, node in enumerate(block):
            follows = later or any(map(leaves_loop, block[place + 1 :]))
            if isinstance(node, ast.If):
                skips = follows and jumps(node, (ast.Continue,))
                if in_loop and (leaves_loop(node) or skips):
                    yield node
                yield from inside(node.body, in_loop, follows)
                yield from inside(node.orelse, in_loop, follows)
            elif isinstance(node, ast.For | ast.While):
                yield from inside(node.body, True, False)
                yield from inside(node.orelse, in_loop, follows)
            elif isinstance(node, ast.With):
                yield from inside(node.body, in_loop, follows)

    return frozenset(inside(tree.body, False, False))
