"""Relaxed tests over a batch: each row has its own weights."""

from __future__ import annotations

from typing import Any

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules.batching.batch import Batch
from dpc.rules.batching.elementwise import lined_up
from dpc.rules.batching.registry import over_rows
from dpc.rules.batching.rows import Value, varies
from dpc.rules.gates import WEIGHTS

# Functions that look at single numbers, and those that look at arrays of them.
_ROWS = {
    "dpc.blend": "dpc.blend_rows",
    "dpc.blend_finite": "dpc.blend_finite_rows",
    "dpc.share_of": "dpc.share_of_rows",
    "dpc.counted": "dpc.counted_rows",
    "dpc.contrast": "dpc.contrast_rows",
    "dpc.counts": "dpc.counts_rows",
    "dpc.gate_bar": "dpc.gate_bar",
    "dpc.temperature_bar": "dpc.temperature_bar",
}


def arrays(b: Batch, values: tuple[Value, ...]) -> list[Any]:
    """Operands that broadcast against each other, none of them a plain number."""
    found = lined_up(b, values)
    return [
        b.apply("np.asarray", x) if v.rank == 0 and not varies(v.rows) else x
        for v, x in zip(values, found, strict=True)
    ]


@over_rows(*_ROWS)
def weighed(b: Batch, *values: Value) -> Any:
    made = b.apply(_ROWS[b.call.fn], *arrays(b, values))
    fact = b.fact
    if fact.rank is None:
        # Of one row it may be one number, or what broadcasts; here all axes are there.
        fact = values[0].fact
        for value in values[1:]:
            fact = b.build.library.infer("operator.mul", (fact, value.fact), {})
    return b.value(made, True, fact)


@over_rows("dpc.gates", "dpc.gates_of_elements")
def gates(b: Batch, d: Value, t: Value, tie: Value | None = None) -> Any:
    rank = max(b.rank(d), b.rank(t))
    rest = () if tie is None else (b.traced(tie),)
    made = b.apply("dpc.gates_rows", b.rows(d, rank), b.aligned(t, rank), *rest)
    shape = d.fact.shape if d.fact.is_array else ()
    row = F.array("f8", shape) if shape else Fact("scalar", "f8", ())
    return b.value(made, True, Fact("tuple", items=(row, row)))


@over_rows(*WEIGHTS)
def weight(b: Batch, p: Value, *of: Value) -> Any:
    """A weight as a function of its test is that weight, once it is computed."""
    return b.rows(p)
