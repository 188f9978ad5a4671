"""The equations that fixed points and roots satisfy, and what is refused of them.

`x = solution(x)`, then the step or residual at `x`, then `at_fixed_point` or `at_root`
of its result.
"""

from __future__ import annotations

from dpc.analysis.activity import Activity, unexplained
from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.nodes import Apply, Assign, Block
from dpc.ir.walk import statements
from dpc.source import Span

# What solves for an adjoint or tangent. How it is found carries no derivative.
SOLVED = frozenset(
    "dpc.has_settled dpc.flat_like dpc.adjoint_of_root dpc.tangent_of_root".split()
)


def refuse_solved(activity: Activity, block: Block) -> None:
    """Raise where an adjoint or tangent that solves an equation is differentiated.

    The iteration ends when the adjoint has settled, its own derivative may not have.
    """
    alone = unexplained(block)
    for statement in statements(block):
        call = statement.value if isinstance(statement, Assign) else None
        if not isinstance(statement, Assign) or not isinstance(call, Apply):
            continue
        if statement.target in alone and activity.active(statement.target):
            raise second_order(statement.span)
        if call.fn not in SOLVED or _of_the_solver(call):
            continue
        useful = activity.is_useful(statement.target)
        wanted = any(map(activity.active, call.operands))
        if wanted or (useful and any(map(activity.is_varied, call.operands))):
            raise second_order(statement.span)


def _of_the_solver(call: Apply) -> bool:
    """The test of the solver itself, which is relative to numbers of at least one."""
    return call.fn == "dpc.has_settled" and len(call.args) == 3


def second_order(span: Span | None) -> UnsupportedError:
    """The error for a second derivative."""
    return UnsupportedError(
        Diagnostic(
            "the derivative of a fixed point or root is differentiated in its turn",
            "",
            span,
            hint="unroll it for second derivatives: write the loop of its steps",
        )
    )


def written(span: Span | None) -> UnsupportedError:
    """The error for memory that a step shares."""
    return UnsupportedError(
        Diagnostic(
            "a fixed point or root of a step that writes in place",
            "",
            span,
            hint="let it return a new array, and pass it arrays that nobody writes",
        )
    )


def constant(span: Span | None) -> UnsupportedError:
    """The error for an equation without its unknown."""
    return UnsupportedError(
        Diagnostic(
            "the equation of a fixed point or root does not depend on its solution",
            "",
            span,
            hint="use x, the first parameter, in the step or residual",
        )
    )
