"""Fixed points and roots: what the solvers in a compiled function call.

The derivative of `at_fixed_point` and `at_root` is not local: see
`transforms.implicit`.
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet

rules = RuleSet("implicit")


def _moved(args: Args, kwargs: Kwargs) -> Fact:
    """Other numbers, that are floating, in the same structure."""
    fact = args[0]
    if fact.kind in ("int", "bool"):
        return F.FLOAT
    return replace(fact, dtype="f8") if fact.dtype[:1] == "i" else fact


rules.constant("dpc.solution", infer=results.first)
rules.constant("dpc.at_fixed_point", "dpc.at_root", infer=results.first, memory="view")
rules.constant("dpc.has_settled", "dpc.is_small", infer=results.fixed(F.BOOL))
rules.constant("dpc.require_settled", infer=results.fixed(F.NONE), effect="world")
rules.constant("dpc.count", infer=results.fixed(F.INT))
rules.constant("dpc.nudged", "dpc.newton", infer=_moved)
rules.constant(
    *("dpc.difference_quotient", "dpc.flat_like"),
    infer=results.fixed(F.array("f", (None,))),
)
rules.constant("dpc.basis", "dpc.adjoint_of_root")
