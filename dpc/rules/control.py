"""What users say about relaxed tests: taken as it is where nothing is relaxed."""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules import results
from dpc.rules.domains import REAL
from dpc.rules.ruleset import RuleSet
from dpc.rules.trace import rt

rules = RuleSet("control")

rules.constant("dpc.soft", "dpc.hard", infer=results.first, effect="", memory="view")
# Stands between a declared test and its gate.
rules.constant("dpc.weight_of", infer=results.fixed(F.FLOAT), effect="")
rules.constant("dpc.prob", infer=results.fixed(F.BOOL), effect="")
rules.constant("dpc.temperature", effect="")
rules.constant("dpc.by_default", infer=results.fixed(F.FLOAT), effect="world")


@rules.elementwise("dpc.temperature_in_force", domain=(REAL,), infer=results.first)
def temperature_in_force(t: Any, *, out: Any) -> Any:
    return rt.by_default()


rules.constant("dpc.range", infer=results.fixed(Fact("range")), effect="")
rules.constant("dpc.one_length", infer=results.fixed(F.INT), effect="reads")
for _steps in ("dpc.steps", "dpc.whole_steps", "dpc.steps_with_weight"):
    rules.constant(_steps, infer=results.fixed(F.INT), effect="")
