"""Programs over batches and Jacobians, kept as modules; see `test_golden`."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import dpc
from dpc.runtime import copy_tree
from tests.golden.batches import BATCHES, ROWS, W, dense
from tests.golden.test_golden import module_at

HERE = Path(__file__).parent


def product(w, x):
    return np.tanh(w @ x)


def outer(x):
    return np.outer(x, np.sin(x)) * 2


JACOBIANS = {"product": (product, 1, (W, ROWS[1])), "outer": (outer, 0, (ROWS[1],))}
NAMES = [f"{name}_batch" for name in BATCHES] + [f"{n}_jacobian" for n in JACOBIANS]


@cache
def variant(name):
    kind = name.rpartition("_")[2]
    if kind == "batch":
        function, axes, args = BATCHES[name.removesuffix("_batch")]
        return dpc.batch(function, in_axes=axes).specialize(*copy_tree(args)), args
    function, wrt, args = JACOBIANS[name.removesuffix("_jacobian")]
    derived = dpc.jacobian(function, wrt=wrt, branches="hard")
    return derived.specialize(*copy_tree(args)), args


@pytest.mark.parametrize("name", NAMES)
def test_text(name, update_golden):
    path = HERE / f"{name}.py"
    text = variant(name)[0].source
    if update_golden:
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", NAMES)
def test_module_runs(name):
    module = module_at(HERE / f"{name}.py", f"golden_{name}")
    compiled, args = variant(name)
    function = getattr(module, compiled.compiled.module.name)
    found, expected = function(*copy_tree(args)), compiled(*copy_tree(args))
    for one, other in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)


def leaves(x):
    parts = x if isinstance(x, tuple) else ()
    return [leaf for item in parts for leaf in leaves(item)] or [x]


def test_rows_of_one_batch():
    _, _, args = BATCHES["dense"]
    batched = dpc.batch(dense, in_axes=(None, None, 0))
    expected = [dense(*args[:2], row) for row in args[2]]
    np.testing.assert_allclose(batched(*args), expected)
