"""The order in which elements are read over a batch: by columns as in each row; what
goes by the layout in memory, which is not that of each row, is refused."""

import numpy as np
import pytest

import dpc

ROWS = np.random.default_rng(0).normal(size=(2, 2, 3))
BY_COLUMNS = [
    lambda x: np.sum(x.reshape(6, order="F")[:4] ** 3),
    lambda x: np.sum(x.reshape(3, -1, order="F")[1] ** 3),
    lambda x: np.sum(np.reshape(x[0], (1, 3), order="F") * x),
    lambda x: np.sum(x.T.reshape(x.shape, order="F") * x**2),
    lambda x: x.ravel("F")[2] ** 2 + x.flatten("F")[3] ** 2,
]
BY_LAYOUT = [
    lambda x: np.asfortranarray(x).ravel(order="K")[1],
    lambda x: np.array(x.T, order="C").flatten("K")[1],
    lambda x: np.asfortranarray(x).T.reshape(-1, order="A")[1],
]


@pytest.mark.parametrize("f", BY_COLUMNS)
@pytest.mark.parametrize("derived", [False, True])
def test_by_columns(f, derived):
    run = dpc.grad(f) if derived else f
    expected = np.stack([run(row) for row in ROWS])
    np.testing.assert_allclose(dpc.batch(run)(ROWS), expected, 1e-12)


@pytest.mark.parametrize("f", BY_LAYOUT)
def test_by_layout(f):
    with pytest.raises(dpc.UnsupportedError, match="the order in which they lie"):
        dpc.batch(f)(ROWS)
