"""Fixed points and roots: what the solvers in a compiled function call.

The derivative of `at_fixed_point` and `at_root` is not local: see
`transforms.implicit`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import Refused, RuleSet

rules = RuleSet("implicit")


def _moved(args: Args, kwargs: Kwargs) -> Fact:
    """Other numbers, that are floating, in the same structure."""
    fact = args[0]
    if fact.kind in ("int", "bool"):
        return F.FLOAT
    return replace(fact, dtype="f8") if fact.dtype[:1] == "i" else fact


@rules.pullback(
    *("dpc.solution", "dpc.at_fixed_point", "dpc.at_root"), infer=results.first
)
def equation(g: Any, x: Any, *others: Any, out: Any) -> Any:
    """Never of one of them alone: see `transforms.implicit`."""
    raise Refused("its derivative is that of an equation")


rules.constant("dpc.has_settled", "dpc.is_small", infer=results.fixed(F.BOOL))
rules.constant("dpc.require_settled", infer=results.fixed(F.NONE), effect="world")
rules.constant("dpc.count", infer=results.fixed(F.INT))
rules.constant("dpc.nudged", "dpc.newton", infer=_moved)
rules.constant(
    *("dpc.difference_quotient", "dpc.flat_like"),
    infer=results.fixed(F.array("f", (None,))),
)
rules.constant("dpc.basis", "dpc.adjoint_of_root", "dpc.tangent_of_root")
