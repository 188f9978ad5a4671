"""Weights are written as what they are.

before                              after
`w = dpc.gate(p, q, d, t)`          `p` in the place of `w`
`w = dpc.against(q, p)`             `q` in the place of `w`

Until the derivative is there, the two say on what a weight depends.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.library import Library
from dpc.ir.nodes import Function
from dpc.ir.rebuild import unwrapped
from dpc.ir.walk import vocabulary
from dpc.rules.gates import WEIGHTS


def bare_gates(function: Function, facts: Facts, library: Library) -> Function:
    """The function with bare weights."""
    if vocabulary(function).isdisjoint(WEIGHTS):
        return function
    return unwrapped(function, WEIGHTS)
