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


def settled(test: ast.expr, holds: bool) -> dict[str, bool]:
    """The flag whose truth is known where a test that looks at it has come out."""
    match test:
        case ast.Name(name):
            return {name: holds}
        case ast.UnaryOp(ast.Not(), part):
            return settled(part, not holds)
    return {}


def flags_of(test: ast.expr) -> set[str]:
    """The names that a test is made of by `and`, `or` and `not`."""
    match test:
        case ast.Name(name):
            return {name}
        case ast.BoolOp(_, parts):
            return set().union(*map(flags_of, parts))
        case ast.UnaryOp(ast.Not(), part):
            return flags_of(part)
    return set()


def sets(node: ast.AST, names: set[str]) -> bool:
    """A statement binds one of some names."""
    return any(
        isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id in names
        for n in ast.walk(node)
    )


@cache
def exits_of(tree: ast.FunctionDef) -> frozenset[ast.If]:
    """The `if`s that decide whether a loop goes on: one can leave it, or can skip with
    `continue` what leaves it, or sets the flag of its test."""

    def inside(
        block: list[ast.stmt], in_loop: bool, later: bool, flags: set[str]
    ) -> Iterator[ast.If]:
        def decides(node: ast.AST) -> bool:
            return leaves_loop(node) or sets(node, flags)

        for place, node in enumerate(block):
            follows = later or any(map(decides, block[place + 1 :]))
            if isinstance(node, ast.If):
                skips = follows and jumps(node, (ast.Continue,))
                if in_loop and (decides(node) or skips):
                    yield node
                yield from inside(node.body, in_loop, follows, flags)
                yield from inside(node.orelse, in_loop, follows, flags)
            elif isinstance(node, ast.For | ast.While):
                own = flags_of(node.test) if isinstance(node, ast.While) else set()
                yield from inside(node.body, True, False, own | flags)
                yield from inside(node.orelse, in_loop, follows, flags)
            elif isinstance(node, ast.With):
                yield from inside(node.body, in_loop, follows, flags)

    return frozenset(inside(tree.body, False, False, set()))
