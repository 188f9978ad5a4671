"""Adding up rows, as the gradient of a table of which rows are looked up."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from dpc.runtime.arrays import array_module

FEW = 4096  # Below this many numbers `np.add.at` is as fast,
EMPTY = 4  # and with more rows than this for each that is named it is faster.


def add_rows(x_bar: Any, rows: Any, amount: Any) -> None:
    """`np.add.at(x_bar, rows, amount)`: a row that is named twice receives both.

    x_bar: an array of at least two axes, of which no two elements share memory.
    rows: an array of integers of any shape; amount: of shape
      `rows.shape + x_bar.shape[1:]`, or what broadcasts to it.

    With SciPy at hand it is a product with a sparse matrix, which has a one where a row
    is named: some ten times as fast.
    """
    xp = array_module(x_bar)
    count, named = len(x_bar), rows.size
    large = amount.size >= FEW and count <= EMPTY * named
    if not large or xp is not np or amount.shape != rows.shape + x_bar.shape[1:]:
        xp.add.at(x_bar, rows, amount)
        return
    sparse = sparse_matrices()
    if sparse is None:
        xp.add.at(x_bar, rows, amount)
        return
    places = rows.reshape(-1).astype(np.intp) % count
    entries = np.ones(named, x_bar.dtype), places, np.arange(named + 1)
    names = sparse.csr_matrix(entries, shape=(named, count))
    x_bar += (names.T @ amount.reshape(named, -1)).reshape(x_bar.shape)


def sparse_matrices() -> Any:
    """SciPy's sparse matrices, None where SciPy is not installed."""
    try:
        return importlib.import_module("scipy.sparse")
    except ModuleNotFoundError:
        return None
