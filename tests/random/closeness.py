"""How close the tests of a program come to their thresholds, on its way."""

import ast
from typing import Any

import numpy as np

CLOSE = 1e-3


class _Noting(ast.NodeTransformer):
    """Sends the operands of every ordering comparison through `_compared`."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ops[0], ast.Lt | ast.Gt | ast.LtE | ast.GtE):
            return node
        noted = ast.Call(
            ast.Name("_compared", ast.Load()), [node.left, node.comparators[0]], []
        )
        pair = [ast.Subscript(noted, ast.Constant(k), ast.Load()) for k in (0, 1)]
        return ast.Compare(pair[0], node.ops, [pair[1]])


def distance_of_tests(text: str, args: tuple[Any, ...]) -> float:
    """The smallest distance of two floats that `program(*args)` compares."""
    smallest = [np.inf]

    def compared(left: Any, right: Any) -> tuple[Any, Any]:
        if not (isinstance(left, int) and isinstance(right, int)):
            gap = np.min(np.abs(np.subtract(left, right)), initial=np.inf)
            smallest[0] = min(smallest[0], float(gap))
        return left, right

    tree = ast.fix_missing_locations(_Noting().visit(ast.parse(text)))
    space: dict[str, Any] = {"_compared": compared}
    exec(compile(tree, "<noting>", "exec"), space)
    space["program"](*args)
    return float(smallest[0])
