"""Adding up rows: the same as `np.add.at`, however rows are named."""

import numpy as np
import pytest

from dpc import runtime
from dpc.runtime import lookups

SHAPES = [
    ((50, 90), (400,)),
    ((50, 9, 2), (20, 30)),
    ((3, 5000), (7,)),
    ((900, 9), (3,)),
]


@pytest.mark.parametrize("scipy", [True, False], ids=["with SciPy", "without"])
@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize(("table", "named"), SHAPES)
def test_a_row_receives_all_that_is_added_to_it(
    table, named, dtype, scipy, monkeypatch
):
    if not scipy:
        monkeypatch.setattr(lookups, "sparse_matrices", lambda: None)
    rng = np.random.default_rng(0)
    rows = rng.integers(-table[0], table[0], named)
    amount = rng.normal(size=named + table[1:]).astype(dtype)
    for given in (
        amount,
        amount[..., :1],
        np.swapaxes(amount, 0, -1).T.reshape(amount.shape),
    ):
        x_bar = rng.normal(size=table).astype(dtype)
        expected = x_bar.copy()
        np.add.at(expected, rows, given)
        other = x_bar.copy()
        runtime.add_rows(x_bar, rows, given)
        runtime.add_at(other, rows, given)
        tolerance = 1e-12 if dtype == "f8" else 1e-4
        np.testing.assert_allclose(x_bar, expected, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(other, expected, rtol=tolerance, atol=tolerance)
        assert x_bar.dtype == dtype
        fresh = runtime.added_rows(x_bar, rows, given)
        np.add.at(other := np.zeros_like(x_bar), rows, given)
        np.testing.assert_allclose(fresh, other, rtol=tolerance, atol=tolerance)
        assert fresh.dtype == dtype and fresh.flags.writeable


def test_unsigned_rows_of_any_width():
    rows = np.arange(250, dtype="u1").repeat(2)
    x_bar = np.zeros((300, 20))
    runtime.add_rows(x_bar, rows, np.ones((500, 20)))
    assert (x_bar[:250] == 2).all() and not x_bar[250:].any()
    empty = np.zeros((4, 3))
    runtime.add_rows(empty, rows[:0], np.ones((0, 3)))
    assert not empty.any()
