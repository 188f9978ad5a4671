"""`np.pad`: constants, copies of elements, ramps and statistics around an array.

NumPy goes from axis to axis, and pads what it has added along one along the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D, sizes
from dpc.rules.composed import composition, rank_of
from dpc.rules.known import NONE, array_of, infers
from dpc.rules.nested import items_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, rt

rules = RuleSet("padding")

# Every element that is added is a copy of one of the array.
COPIES = ("edge", "reflect", "symmetric", "wrap")
STATISTICS = {
    "mean": np.mean,
    "median": np.median,
    "maximum": np.max,
    "minimum": np.min,
}


def _widths(pad_width: Fact, rank: int) -> list[tuple[Fact, Fact]] | None:
    """How much is added before and after along each axis."""
    if pad_width.kind == "int":
        return [(pad_width, pad_width)] * rank
    if pad_width.items is None:
        return None
    rows = [
        item.items if item.items is not None else (item,) for item in pad_width.items
    ]
    if all(item.kind == "int" for item in pad_width.items):
        rows = [pad_width.items]
    pairs = [(row[0], row[-1]) for row in rows if len(row) in (1, 2)]
    if len(pairs) == len(rows) == 1:
        return pairs * rank
    return pairs if len(pairs) == rank else None


def _pad_fact(
    array: Fact, pad_width: Fact, mode: Fact = NONE, constant_values: Fact = NONE
) -> Fact:
    x = array_of(array)
    pairs = None if x.rank is None else _widths(pad_width, x.rank)
    if x.shape is None or pairs is None:
        return F.array(x.dtype)
    shape: list[Dim] = []
    for size, (before, after) in zip(x.shape, pairs, strict=True):
        added = sizes.plus(sizes.as_size(before.value), sizes.as_size(after.value))
        shape.append(sizes.plus(size, added))
    return F.array(x.dtype, tuple(shape))


def pad_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    calls = [D.call(x, 1), D.call(x, (2, 0)), D.call(x, ((0, 1),), constant_values=2.5)]
    if shape and x.size:
        calls.append(D.call(x, ((1, 2),) * len(shape)))
        calls.append(D.call(x, (2, 1), constant_values=((0.5, 1.5),) * len(shape)))
        for mode in COPIES:
            calls.append(D.call(x, (2, 1), mode=mode))
    return calls


@rules.linear("np.pad", infer=infers(_pad_fact), shape_only=(0,), domain=pad_domain)
def pad(
    g: Any,
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    out: Any,
) -> Any:
    if mode not in ("constant", *COPIES):
        raise Refused("pad with this mode has no derivative rule")
    index = _inside(array, pad_width) if mode == "constant" else None
    if index is None:
        inside = rt.unpad(g, array, pad_width, mode)
    else:
        inside = g[index if len(index) > 1 else index[0]]
    if not isinstance(constant_values, Traced):
        return inside
    if not constant_values.fact.is_scalar:
        around = rt.unpad_values(g, array, pad_width, constant_values)
    else:
        around = np.sum(g) - np.sum(inside)
    return inside, None, None, around


@rules.pushforward("np.pad")
def pad_tangent(
    array_dot: Any,
    pad_width_dot: Any,
    mode_dot: Any,
    values_dot: Any,
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    out: Any,
) -> Any:
    if mode not in ("constant", *COPIES):
        raise Refused("pad with this mode has no derivative rule")
    dot = np.zeros_like(array) if array_dot is None else array_dot
    if values_dot is None:
        return np.pad(dot, pad_width, mode)
    return np.pad(dot, pad_width, mode, constant_values=values_dot)


def _inside(array: Any, pad_width: Any) -> tuple[slice, ...] | None:
    """The slices that select `array` in the padded one, for literal widths."""
    rank = array.rank if isinstance(array, Traced) else np.ndim(array)
    if not rank or isinstance(pad_width, Traced):
        return None
    pairs = _widths(F.of_constant(pad_width), rank)
    if pairs is None:
        return None
    bounds = [(before.value or None, after.value) for before, after in pairs]
    return tuple(slice(lo, -hi if hi else None) for lo, hi in bounds)  # type: ignore[operator]


def _by_axes_domain(rng: Any, shape: Any) -> list[D.Call]:
    x = drawn(rng, shape)
    if not shape or not x.size:
        return []
    ends = ((0.5, 1.5),) * len(shape)
    calls = [D.call(x, 1, mode="linear_ramp")]
    calls.append(D.call(x, (2, 1), mode="linear_ramp", end_values=ends))
    for mode in STATISTICS:
        calls += [D.call(x, (1, 2), mode), D.call(x, 2, mode, stat_length=(1, 2))]
    return [*calls, D.call(x, (2, 3), "symmetric", reflect_type="odd")]


@composition(rules, "np.pad", domain=_by_axes_domain, fallback=True)
def pad_by_axes(
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: Any = "even",
) -> Any:
    x = as_array(array)
    rank = rank_of(x, "np.pad")
    widths = _each_side(pad_width, rank)
    ends = _each_side(end_values, rank)
    lengths = _each_side(stat_length, rank)
    for axis in range(rank):
        if mode in STATISTICS:
            x = _with_statistics(x, axis, widths[axis], lengths[axis], mode)
        elif mode == "linear_ramp":
            x = _with_ramps(x, axis, widths[axis], ends[axis])
        elif mode in COPIES and isinstance(reflect_type, str):
            x = _with_copies(x, axis, widths[axis], mode, reflect_type)
        else:
            raise Refused("pad with this mode has no derivative rule")
    return x


def _each_side(value: Any, rank: int) -> list[tuple[Any, Any]]:
    """What an operand says of the two sides of each axis."""
    rows = _parts(value)
    if rows is None:
        return [(value, value)] * rank
    pairs = [_parts(row) or [row] for row in rows]
    if len(rows) == 2 and all(len(pair) == 1 for pair in pairs) and _flat(rows):
        pairs = [rows]
    if any(len(pair) not in (1, 2) for pair in pairs) or len(pairs) not in (1, rank):
        raise Refused("pad with operands of this form has no derivative rule")
    found = [(pair[0], pair[-1]) for pair in pairs]
    return found if len(found) == rank else found * rank


def _flat(rows: list[Any]) -> bool:
    return all(_parts(row) is None for row in rows)


def _parts(value: Any) -> list[Any] | None:
    """The items of a sequence, None of a number."""
    is_literal = not isinstance(value, Traced | list | tuple)
    if is_literal or (isinstance(value, Traced) and value.fact.is_scalar):
        return None
    items = items_of(value)
    if items is None:
        raise Refused("pad with operands that are not written out has no rule")
    return items


def _with_statistics(x: Any, axis: int, widths: Any, lengths: Any, mode: str) -> Any:
    """On each side a mean, median or extremum of the elements that are next to it."""
    front, back = lengths
    chunks = [
        x if front is None else _along(x, axis, slice(None, front)),
        x if back is None else _along(x, axis, slice(-back, None)),
    ]
    found = [STATISTICS[mode](part, axis=axis, keepdims=True) for part in chunks]  # type: ignore[operator]
    return _between(
        x, axis, [_repeated(*p, axis) for p in zip(found, widths, strict=True)]
    )


def _with_ramps(x: Any, axis: int, widths: Any, ends: Any) -> Any:
    """On each side what lies evenly between a number and the edge."""
    edges = _along(x, axis, slice(None, 1)), _along(x, axis, slice(-1, None))
    behind = (None,) * (rank_of(x, "np.pad") - 1 - axis)
    parts: list[Any] = []
    for width, end, edge in zip(widths, ends, edges, strict=True):
        steps = applied("np.arange", 0, width, dtype=x.dtype) / width
        steps = steps if not parts else steps[::-1]
        steps = steps[(slice(None), *behind)] if behind else steps
        parts.append(end + (edge - end) * steps)
    return _between(x, axis, parts)


def _with_copies(x: Any, axis: int, widths: Any, mode: str, reflect_type: str) -> Any:
    """Every line times the matrix that pads it; an odd image is `2 * edge - x`."""
    matrix = rt.pad_matrix(x, axis, *widths, mode, reflect_type)
    return np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)


def _along(x: Any, axis: int, part: slice) -> Any:
    """Some of the lines across an axis."""
    return x[(*(slice(None),) * axis, part)] if axis else x[part]


def _repeated(line: Any, width: Any, axis: int) -> Any:
    return np.repeat(line, width, axis=axis)


def _between(x: Any, axis: int, parts: list[Any]) -> Any:
    return np.concatenate([parts[0], x, parts[1]], axis=axis)


rules.constant("dpc.pad_matrix", shape_only=(0,))
