"""Memory that is shared: rebinding and mutation, views and copies, arguments."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right
from tests.written import load

MATRIX = np.array([[0.3, -0.7, 1.1], [0.9, 0.4, -0.5]])
SQUARE = MATRIX[:, :2].copy()

VIEWS = {
    "basic index": "y[1:, ::2]",
    "negative step": "y[::-1, ::-1]",
    "one row": "y[1]",
    "one column": "y[..., 0]",
    "new axis": "y[:, None]",
    "T": "y.T",
    "transpose": "np.transpose(y)",
    "swapaxes": "np.swapaxes(y, 0, 1)",
    "swapaxes method": "y.swapaxes(0, 1)",
    "moveaxis": "np.moveaxis(y, 0, 1)",
    "squeeze": "np.squeeze(y[:1])",
    "squeeze method": "y[None].squeeze(0)",
    "expand_dims": "np.expand_dims(y, 1)",
    "atleast_1d": "np.atleast_1d(y)",
    "atleast_2d": "np.atleast_2d(y[0])",
    "atleast_3d": "np.atleast_3d(y)",
    "split": "np.split(y, 2)[1]",
    "array_split": "np.array_split(y, 2, axis=1)[0]",
    "hsplit": "np.hsplit(y, 3)[2]",
    "vsplit": "np.vsplit(y, 2)[0]",
    "flip": "np.flip(y)",
    "fliplr": "np.fliplr(y)",
    "flipud": "np.flipud(y)",
    "rot90": "np.rot90(y)",
    "rot90 twice": "np.rot90(y, 2)",
    "real": "np.real(y)",
    "real attribute": "y.real",
    "asarray": "np.asarray(y)",
    "astype(copy=False)": "y.astype(y.dtype, copy=False)",
    "reshape": "y.reshape(3, 2)",
    "reshape function": "np.reshape(y, -1)",
    "ravel": "y.ravel()",
    "ravel function": "np.ravel(y)",
    "reshape of a slice, a copy": "y[:, :2].reshape(-1)",
    "reshape of a slice, a view": "y[:, :2].reshape(2, 1, 2)",
    "ravel of a slice, a copy": "y[:, 1:].ravel()",
    "ravel of a row, a view": "y[1, 1:].ravel()",
    "reshape of a transpose, a copy": "y.T.reshape(-1)",
    "integer array, a copy": "y[[0, 1]]",
    "mask, a copy": "y[y > 0]",
    "flatten, a copy": "y.flatten()",
    "astype, a copy": "y.astype(y.dtype)",
    "copy": "y.copy()",
}

TEMPLATE = """
import numpy as np

def program(x):
    y = x * 1.5
    v = {view}
    y[0, 0] = y[1, 1] * 2
    s = np.sum(v * v)
    v *= x[0, 1]
    v[...] = np.sin(v)
    y[1, 0] *= 3
    return s + np.sum(v * v * v) + np.sum(y * y)

def on_the_argument(x):
    y = x
    v = {view}
    v *= 2
    y[0] = y[0] * y[1]
    return np.sum(v * v) + np.sum(y * y)
"""


@pytest.mark.parametrize("name", VIEWS)
def test_view_or_copy(name, tmp_path):
    module = load(tmp_path, TEMPLATE.format(view=VIEWS[name]))
    assert_right(module.program, MATRIX)


@pytest.mark.parametrize("name", VIEWS)
def test_view_or_copy_of_the_argument(name, tmp_path):
    module = load(tmp_path, TEMPLATE.format(view=VIEWS[name]))
    assert_right(module.on_the_argument, MATRIX)


ORDERS = {
    "Fortran": np.asfortranarray(MATRIX),
    "slice": np.repeat(MATRIX, 2, axis=1)[:, ::2],
    "negative strides": MATRIX[::-1, ::-1],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ["reshape", "ravel", "reshape function", "T"])
def test_layout_of_the_argument_decides_what_is_a_view(name, order, tmp_path):
    module = load(tmp_path, TEMPLATE.format(view=VIEWS[name]))
    assert_right(module.on_the_argument, ORDERS[order])


def diagonal(x):
    y = x * 1.0
    d = np.diagonal(y)
    e = y.diagonal(1)
    y[0, 0] = y[0, 1] * 3
    y[0, 1] = 2.0
    return np.sum(d * d * d) + np.sum(e)


def broadcast(x):
    y = x[0] * 1.0
    b = np.broadcast_to(y, (2, 3))
    y[1] = y[0] * y[2]
    return np.sum(b * b * x)


def test_views_that_are_read_only_see_what_is_written():
    assert_right(diagonal, SQUARE)
    assert_right(broadcast, MATRIX)


def rebinds(a):
    b = a
    a = a + 1
    return np.sum(a * b)


def mutates(a):
    b = a
    a += 1
    return np.sum(a * b)


def test_plus_and_assign_rebinds():
    assert_right(rebinds, MATRIX)


def test_plus_assign_mutates_every_alias():
    assert_right(mutates, MATRIX)


def product(x, y):
    return np.sum(x * y * x)


def stored(x, y):
    x[0] = y[1] * 2
    return np.sum(x * y)


def test_the_same_array_twice_keeps_separate_gradients():
    x = MATRIX.copy()
    derivative = dpc.grad(product, wrt=(0, 1), branches="hard")
    x_bar, y_bar = derivative(x, x)
    np.testing.assert_allclose(x_bar, 2 * x * x)
    np.testing.assert_allclose(y_bar, x * x)
    assert not np.shares_memory(x_bar, y_bar)
    z_bar, w_bar = derivative(x[:, 1:], x[:, :-1])
    np.testing.assert_allclose(z_bar, 2 * x[:, 1:] * x[:, :-1])
    np.testing.assert_allclose(w_bar, x[:, 1:] ** 2)


@pytest.mark.parametrize("wrt", [(0, 1), 0, 1])
def test_what_is_written_in_shared_arguments_is_refused(wrt):
    x = np.array([0.3, 0.7, 1.1])
    derivative = dpc.grad(stored, wrt=wrt, branches="hard")
    with pytest.raises(dpc.ArgumentError):
        derivative(x, x)
    with pytest.raises(dpc.ArgumentError):
        derivative(x[1:], x[:-1])
    assert x.tolist() == [0.3, 0.7, 1.1]


def tied(params):
    return np.sum(params["a"] * params["b"] ** 2)


def tied_and_stored(params):
    params["a"] *= 2
    return np.sum(params["a"] * params["b"])


def test_tied_leaves_keep_separate_gradients():
    w = np.array([0.3, 0.7])
    found = dpc.grad(tied, branches="hard")({"a": w, "b": w})
    np.testing.assert_allclose(found["a"], w * w)
    np.testing.assert_allclose(found["b"], 2 * w * w)
    assert not np.shares_memory(found["a"], found["b"])


def test_tied_leaves_that_are_written_are_refused():
    w = np.array([0.3, 0.7])
    with pytest.raises(dpc.ArgumentError):
        dpc.grad(tied_and_stored, branches="hard")({"a": w, "b": w})


def _add_from_the_left(a, b):
    for i in range(len(a)):
        a[i] += b[i] * b[i]


def overlapping_windows(x):
    y = x.copy()
    _add_from_the_left(y[1:], y[:-1])
    return np.sum(y)


def the_same_inside(x):
    y = x.copy()
    _add_from_the_left(y, y)
    _add_from_the_left(y[::-1], y)
    return np.sum(y)


def test_a_function_called_with_overlapping_arrays():
    assert_right(overlapping_windows, np.array([0.3, 0.7, -0.4]))
    assert_right(the_same_inside, np.array([0.3, 0.7, -0.4]))
