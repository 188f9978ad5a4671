"""How an operation fails: Python raises, and NumPy warns and goes on.

operation                        raises      warns
`1 / x`, `math.log(x)`           of numbers  no
`1 / x`, `np.log(x)`             no          of arrays of floats
`x[i]`, `np.linalg.inv(x)`       yes         perhaps
"""

from __future__ import annotations

import sys

import numpy as np

from dpc.ir.build import Builder
from dpc.ir.facts import NUMBERS, Fact
from dpc.ir.nodes import Apply

_OPERATORS = frozenset(
    f"operator.{name}" for name in "truediv floordiv mod pow mul".split()
)
_ONLY_RAISE = frozenset(("getitem", "np.take", "np.take_along_axis"))
_OF_PYTHON = frozenset(("float", "int", "bool"))


def raises(build: Builder, call: Apply) -> bool:
    """Whether an operation that can fail can raise an exception."""
    facts = [build.fact(atom) for atom in call.operands]
    if not all(fact.kind in NUMBERS for fact in facts):
        return True
    if call.fn in _OPERATORS:
        return not any(fact.is_array and _is_floating(fact) for fact in facts)
    # Integers to negative integer powers raise even in NumPy.
    return not (_is_ufunc(call.fn) and any(map(_is_floating, facts)))


def warns(build: Builder, call: Apply) -> bool:
    """Whether an operation that can fail can warn, as NumPy's do."""
    module = call.fn.partition(".")[0]
    if call.fn in _ONLY_RAISE or call.fn.startswith("np.linalg."):
        return False
    if module not in ("operator", "math", "builtins"):
        return True
    facts = [build.fact(atom) for atom in call.operands]
    return module == "operator" and not all(f.kind in _OF_PYTHON for f in facts)


def _is_floating(fact: Fact) -> bool:
    return fact.kind == "float" or fact.dtype[:1] == "f"


def _is_ufunc(fn: str) -> bool:
    """The function is one of NumPy's or SciPy's that are computed by element."""
    module, _, name = fn.rpartition(".")
    holder = sys.modules.get("numpy" if module == "np" else module)
    return isinstance(getattr(holder, name, None), np.ufunc)
