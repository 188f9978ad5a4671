"""Snapshots of loops: what generated code calls, and the mark that users put on one."""

from __future__ import annotations

from dpc.ir import facts as F
from dpc.rules import results
from dpc.rules.ruleset import RuleSet

rules = RuleSet("checkpoints")

rules.constant("dpc.checkpoint", infer=results.fixed(F.NONE), effect="world")
rules.constant("dpc.Checkpoints", effect="world")
rules.constant("dpc.keep", infer=results.fixed(F.NONE), effect="writes")
rules.constant("dpc.require_apart", infer=results.fixed(F.NONE), effect="world")
