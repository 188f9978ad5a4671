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
    total = product_of_rows(x_bar, rows, amount)
    if total is None:
        array_module(x_bar).add.at(x_bar, rows, amount)
    else:
        x_bar += total


def added_rows(x: Any, rows: Any, amount: Any) -> Any:
    """Zeros like `x`, after `amount` was added to these rows: see `add_rows`."""
    total = product_of_rows(x, rows, amount)
    if total is None:
        total = array_module(x).zeros_like(x)
        array_module(x).add.at(total, rows, amount)
    return total


def product_of_rows(x: Any, rows: Any, amount: Any) -> Any:
    """What is added to each row of `x`, None where `np.add.at` is no slower."""
    count, named = len(x), rows.size
    large = amount.size >= FEW and count <= EMPTY * named
    alike = amount.shape == rows.shape + x.shape[1:] and amount.dtype == x.dtype
    sparse = sparse_matrices() if large and alike and array_module(x) is np else None
    if sparse is None:
        return None
    # Small integers spare SciPy the look whether they are.
    whole = np.int32 if max(count, named) < 2**31 - 1 else np.intp
    places = (rows.reshape(-1).astype(np.intp) % count).astype(whole)
    entries = np.ones(named, x.dtype), places, np.arange(named + 1, dtype=whole)
    adding = sparse.csc_array(entries, shape=(count, named))
    return (adding @ amount.reshape(named, -1)).reshape(x.shape)


def sparse_matrices() -> Any:
    """SciPy's sparse matrices, None where SciPy is not installed."""
    try:
        return importlib.import_module("scipy.sparse")
    except ModuleNotFoundError:
        return None
