"""A pullback may be called any number of times, also of a function that writes memory:
its forward half is run again, as it was run before.
"""

import random

import numpy as np
import pytest

import dpc

RNG = np.random.default_rng(1)
SCALE = 2.0
DATA = np.arange(4.0)
X = np.array([0.7, -1.3, 0.4, 1.9])


def legacy(x):
    y = x.copy()
    for i in range(3):
        y[i] = y[i] * np.random.normal() + y[i + 1] * random.random()
    return np.sum(y * y)


def of_an_argument(x, rng):
    y = x.copy()
    y *= rng.normal(size=4)
    y[0] = y[1] * rng.uniform()
    return np.sum(y * y)


def of_the_module(x):
    y = x.copy()
    y[:2] = y[2:] * RNG.normal(size=2)
    return np.sum(y * y)


def of_an_object(x, holder):
    y = x.copy()
    y[:2] = y[2:] * holder["rng"].normal()
    return np.sum(y * y)


@pytest.mark.parametrize(
    ("function", "more"),
    [
        (legacy, ()),
        (of_an_argument, (np.random.default_rng(4),)),
        (of_an_argument, (np.random.RandomState(4),)),
        (of_the_module, ()),
        (of_an_object, ({"rng": np.random.default_rng(5)},)),
    ],
)
def test_draws_are_those_of_the_first_run(function, more):
    _, pullback = dpc.vjp(function, X, *more, branches="hard")
    first = pullback(1.0)[0].copy()
    between = np.random.random(), random.random(), RNG.random()
    assert pullback(1.0)[0].tolist() == first.tolist()
    assert pullback(2.0)[0].tolist() == (2 * first).tolist()
    # The generators go on from where they were.
    assert (np.random.random(), random.random(), RNG.random()) != between


def test_the_stream_is_not_disturbed():
    np.random.seed(0)
    _, pullback = dpc.vjp(legacy, X, branches="hard")
    pullback(1.0)
    after = np.random.get_state()[1].tolist()
    pullback(1.0)
    assert np.random.get_state()[1].tolist() == after


def unseeded(x):
    rng = np.random.default_rng()
    y = x.copy()
    y[0] = y[1] * rng.normal()
    return np.sum(y * y)


def uses_globals(x):
    y = x.copy()
    y[0] = y[1] * SCALE + DATA[1]
    return np.sum(y * y)


def test_what_cannot_be_run_again_is_refused(monkeypatch):
    _, pullback = dpc.vjp(unseeded, X, branches="hard")
    pullback(1.0)
    with pytest.raises(dpc.ArgumentError) as raised:
        pullback(1.0)
    assert "generator without a seed" in str(raised.value)


@pytest.mark.parametrize("change", ["number", "array"])
def test_a_variable_that_has_changed_is_noticed(change, monkeypatch):
    _, pullback = dpc.vjp(uses_globals, X, branches="hard")
    first = pullback(1.0)[0].tolist()
    assert pullback(1.0)[0].tolist() == first
    if change == "number":
        monkeypatch.setattr(f"{__name__}.SCALE", 3.0)
    else:
        monkeypatch.setattr(f"{__name__}.DATA", DATA + 1)
    with pytest.raises(dpc.ArgumentError) as raised:
        pullback(1.0)
    assert "has changed since" in str(raised.value)
