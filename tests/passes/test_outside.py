"""What stands outside is read once, unless something may bind it anew."""

from functools import partial

import numpy as np
import pytest

import dpc
from tests import written
from tests.oracle import assert_right

TEXT = """
import numpy as np

WIDTH = 2


def parts(x):
    s = 0.0
    for t in range(3):
        z = np.tanh(x * s + x)
        s = s + np.sum(z[:, WIDTH:] * z[:, :WIDTH]) + np.sum(z[:, WIDTH - 1])
    return s


def in_a_branch(x):
    s = 0.0
    for t in range(3):
        z = np.sin(x * s + x)
        if t > 0:
            s = s + np.sum(z[:, : 2 * WIDTH - 1]) * z[0, WIDTH]
    return s


def told(x, tell):
    s = 0.0
    for t in range(2):
        z = np.tanh(x * x)
        s = s + np.sum(z[:, :WIDTH])
        tell(3 - t)
    return s


def told_once(x, tell):
    z = np.tanh(x * x)
    s = np.sum(z[:, :WIDTH])
    tell(3)
    return s
"""
X = np.linspace(-0.8, 1.1, 8).reshape(2, 4)


@pytest.fixture
def module(tmp_path):
    return written.load(tmp_path, TEXT)


@pytest.mark.parametrize("name", ["parts", "in_a_branch"])
def test_parts_that_a_number_of_the_module_says(module, name):
    assert_right(getattr(module, name), X)


def slopes(width):
    return np.where(np.arange(4) < width, (1 - np.tanh(X * X) ** 2) * 2 * X, 0.0)


WAYS = {
    "a store to the module": lambda module: partial(setattr, module, "WIDTH"),
    "what is not seen": lambda module: partial(vars(module).__setitem__, "WIDTH"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "widths"), [("told", (2, 3)), ("told_once", (2,))])
def test_a_call_may_assign_it(module, name, widths, way):
    tell = WAYS[way](module)
    found = dpc.grad(getattr(module, name))(X, tell)
    np.testing.assert_allclose(found, sum(map(slopes, widths)))


def test_a_pullback_is_called_later(module):
    expected = dpc.grad(module.parts)(X)
    _, pullback = dpc.vjp(module.parts, X)
    module.WIDTH = 1
    np.testing.assert_allclose(np.squeeze(pullback(1.0)), expected)


READ = """
import numpy as np

STEP, WIDTH = 0.5, 2
TABLE = np.arange(4.0)


def walked(x):
    for t in range(3):
        print(t)
        x = x + STEP * np.sin(x)
        if t == 1:
            x = STEP * x * TABLE
    return np.sum(x[:, :WIDTH])


def dropped(x, rng):
    for _ in range(3):
        x = x * (rng.random(x.shape) < STEP) / STEP
    return np.sum(x)


def stored(x, names):
    x = x * STEP
    names["STEP"] = 2.0
    return np.sum(x * STEP)


def at_places(x, places):
    y = np.zeros_like(x)
    for place in places:
        y[place] = STEP * x[place]
    return np.sum(y * STEP)
"""


def lines(source, start):
    return [
        line.strip() for line in source.split("\n") if line.strip().startswith(start)
    ]


def test_it_is_read_once_and_not_kept(tmp_path):
    module = written.load(tmp_path, READ)
    source = dpc.grad(module.walked, branches="hard").specialize(X).source
    for name in ("STEP", "TABLE", "WIDTH"):
        assert source.count(f".{name}") == 1, name
    (saved,) = lines(source, "tape.append")
    assert "STEP" not in saved and "TABLE" not in saved
    assert_right(module.walked, X)


def test_draws_bind_no_names(tmp_path):
    module = written.load(tmp_path, READ)
    derivative = dpc.grad(module.dropped, branches="hard")
    rng = np.random.default_rng(1)
    assert derivative.specialize(X, rng).source.count(".STEP") == 1
    kept = np.prod([np.random.default_rng(1).random((3, *X.shape)) < 0.5], axis=0)
    np.testing.assert_allclose(derivative(X, rng), np.prod(kept, axis=0) / 0.5**3)


def test_a_store_under_a_name_may_be_into_a_module(tmp_path):
    module = written.load(tmp_path, READ)
    derivative = dpc.grad(module.stored)
    assert derivative.source.count(".STEP") > 1
    np.testing.assert_allclose(derivative(X, vars(module)), np.full(X.shape, 0.5 * 2.0))


def test_a_store_at_a_place_is_into_an_array(tmp_path):
    module = written.load(tmp_path, READ)
    derivative = dpc.grad(module.at_places, branches="hard")
    places = [(0, 1), (1, 2)]
    assert derivative.specialize(X, places).source.count(".STEP") == 1
    assert_right(module.at_places, X, places)
