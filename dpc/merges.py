"""Arrays of two branches that do not fit, found from the line that adds them.

Where two branches leave numbers, their blend is written out as `p * a + q * b`. NumPy
refuses to add arrays of unequal shapes, and that is not an error of the user's
arithmetic: the sum is none of theirs. It is one of a blend if what is added has the
weight of a test for its first factor.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dpc.backends.load import filename_of
from dpc.ir.nodes import Apply, Assign
from dpc.ir.walk import statements
from dpc.pipeline import Compiled
from dpc.source import Span

_SAID = re.compile(r"^operands could not be broadcast together with shapes (.*)")
_SHAPE = re.compile(r"\([\d,]*\)")
_GATES = ("gates", "gates_of_elements", "gates_rows")


def unequal(compiled: Compiled, error: ValueError) -> tuple[str, Span | None] | None:
    """What two branches leave and where they are tested, if the error is about that."""
    said = _SAID.match(str(error))
    where = _position(compiled, error)
    if said is None or where is None:
        return None
    tree = ast.parse(compiled.module.text)
    tests = list(_tests(tree))
    found = next((n for n in ast.walk(tree) if _at(n) == where), None)
    if not isinstance(found, ast.BinOp) or not isinstance(found.op, ast.Add | ast.Sub):
        return None
    weight = _weight(found.right, tree, tests)
    if weight is None:
        return None
    shapes = " and ".join(_SHAPE.findall(said[1]))
    return f"arrays of the shapes {shapes}", _place(compiled, weight, len(tests))


def _position(compiled: Compiled, error: ValueError) -> tuple[int | None, ...] | None:
    """Where the generated module itself has raised."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or last.tb_frame.f_code.co_filename != filename_of(compiled.module):
        return None
    row, end_row, column, end = list(last.tb_frame.f_code.co_positions())[
        last.tb_lasti // 2
    ]
    return row, column, end_row, end


def _at(node: ast.AST) -> tuple[int | None, ...] | None:
    if not isinstance(node, ast.expr):
        return None
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _tests(tree: ast.Module) -> Iterator[frozenset[str]]:
    """The names of both weights of every relaxed test, in order."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign([ast.Tuple(names)], ast.Call(ast.Name(fn))) if fn in _GATES:
                yield frozenset(n.id for n in names if isinstance(n, ast.Name))


def _weight(
    node: ast.expr, tree: ast.Module, tests: list[frozenset[str]]
) -> int | None:
    """Which test has given a product one of its factors."""
    if isinstance(node, ast.Name):
        node = _assigned(tree, node.id, node.lineno) or node
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            found = _factor(left, tree, tests)
            return _factor(right, tree, tests) if found is None else found
    return None


def _factor(
    node: ast.expr, tree: ast.Module, tests: list[frozenset[str]]
) -> int | None:
    """Which test a factor is a weight of, or the tangent of one."""
    match node:
        case ast.BinOp(_, ast.Mult(), _):
            return _weight(node, tree, tests)
        case ast.Subscript(whole):
            return _factor(whole, tree, tests)
        case ast.Call(ast.Name("gate_bar"), args):
            named = {arg.id for arg in args if isinstance(arg, ast.Name)}
            return next((k for k, names in enumerate(tests) if names & named), None)
        case ast.Name(name):
            if of := [k for k, names in enumerate(tests) if name in names]:
                return of[0]
            made = _assigned(tree, name, node.lineno)
            simple = isinstance(made, ast.Name | ast.Subscript | ast.Call)
            return _factor(made, tree, tests) if made is not None and simple else None
    return None


def _assigned(tree: ast.Module, name: str, before: int) -> ast.expr | None:
    """What a name was last assigned above a line."""
    found: ast.expr | None = None
    for node in ast.walk(tree):
        match node:
            case ast.Assign([ast.Name(target)], value):
                pairs = [(target, value)]
            case ast.Assign([ast.Tuple(names)], ast.Tuple(values)):
                pairs = [
                    (n.id, v)
                    for n, v in zip(names, values, strict=False)
                    if isinstance(n, ast.Name)
                ]
            case _:
                continue
        for target, value in pairs:
            last = 0 if found is None else found.lineno
            if target == name and last < value.lineno < before:
                found = value
    return found


def _place(compiled: Compiled, test: int, count: int) -> Span | None:
    """The user's test that is the one of the generated module in this place."""
    spans = [
        statement.span
        for statement in statements(compiled.primal.function.body)
        if isinstance(statement, Assign)
        and isinstance(statement.value, Apply)
        and statement.value.fn.removeprefix("dpc.") in _GATES
    ]
    return spans[test] if len(spans) == count else None
