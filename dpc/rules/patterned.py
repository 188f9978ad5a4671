"""`scipy.linalg`: matrices of a pattern, from the numbers or the blocks they repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpc.rules import domains as D
from dpc.rules.composed import composition, rank_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import Traced, applied, as_array, conj

rules = RuleSet("patterned")


def _columns(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 1 or not shape[0]:
        return []
    x, y = drawn(rng, shape), drawn(rng, (4,))
    return [D.call(x), D.call(x, y)]


def _grid(rows: Any, columns: Any) -> tuple[Any, Any]:
    """The numbers of rows and columns, against each other."""
    return applied("np.arange", rows)[:, None], applied("np.arange", columns)


@composition(rules, "scipy.linalg.toeplitz", domain=_columns)
def toeplitz(c: Any, r: Any = None) -> Any:
    down = np.ravel(c)
    right = conj(down) if r is None else np.ravel(r)
    line = np.concatenate([down[::-1], right[1:]])
    i, j = _grid(down.shape[0], right.shape[0])
    return line[down.shape[0] - 1 - i + j]


@composition(rules, "scipy.linalg.hankel", domain=_columns)
def hankel(c: Any, r: Any = None) -> Any:
    down = np.ravel(c)
    right = np.zeros_like(down) if r is None else np.ravel(r)
    i, j = _grid(down.shape[0], right.shape[0])
    return np.concatenate([down, right[1:]])[i + j]


def _circles(rng: Any, shape: Any) -> list[D.Call]:
    return _columns(rng, shape)[:1]


@composition(rules, "scipy.linalg.circulant", domain=_circles)
def circulant(c: Any) -> Any:
    i, j = _grid(c.shape[0], c.shape[0])
    return as_array(c)[np.remainder(i - j, c.shape[0])]


def _blocks(rng: Any, shape: Any) -> list[D.Call]:
    x, y = drawn(rng, shape), drawn(rng, (2, 1))
    return [D.call(x, y), D.call(y, x, y)] if 0 < len(shape) < 3 else []


@composition(rules, "scipy.linalg.block_diag", domain=_blocks)
def block_diag(*arrs: Any) -> Any:
    build = next(x for x in arrs if isinstance(x, Traced))
    blocks = [build.apply("np.atleast_2d", x) for x in arrs]
    for x in arrs:
        if rank_of(x, "scipy.linalg.block_diag") > 2:
            raise Refused("scipy.linalg.block_diag of stacks has no derivative rule")
    rows = []
    for k, block in enumerate(blocks):
        parts = [
            build.apply("np.zeros", (block.shape[0], other.shape[1]))
            for other in blocks
        ]
        rows.append(np.concatenate([*parts[:k], block, *parts[k + 1 :]], axis=1))
    return np.concatenate(rows, axis=0)


def _kept_columns(rng: Any, shape: Any) -> list[D.Call]:
    if len(shape) != 2:
        return []
    return [D.call(drawn(rng, shape), drawn(rng, (2, shape[1])))]


@composition(rules, "scipy.linalg.khatri_rao", domain=_kept_columns)
def khatri_rao(a: Any, b: Any) -> Any:
    whole = a[:, None, :] * b[None, :, :]
    return np.reshape(whole, (a.shape[0] * b.shape[0], b.shape[1]))
