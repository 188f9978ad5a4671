"""`dpc.check_grad` compares with central differences and names the worst element."""

from dataclasses import dataclass

import numpy as np
import pytest

import dpc


def right(w, x):
    return np.sum(np.sin(w @ x)) * x[0]


W, X = np.array([[0.3, 0.7], [1.1, -0.4]]), np.array([0.5, -0.2])


def check(function, *args, **options):
    return dpc.check_grad(function, *args, **options)


def test_returns_the_largest_relative_error():
    error = check(right, W, X)
    assert isinstance(error, float)
    assert 0.0 <= error < 1e-6


@pytest.mark.parametrize("wrt", [1, "x", (0, 1), ("x", "w")])
def test_wrt_in_all_forms(wrt):
    assert check(right, W, X, wrt=wrt) < 1e-6


def powered(x, *, power=2):
    return np.sum(x**power)


def test_keyword_arguments_of_the_function():
    assert check(powered, X, kwargs={"power": 3}) < 1e-6


def wrong(x):
    return np.sum(x * x)


@dpc.rule(wrong)
def wrong_rule(x, *, out, out_bar):
    x_bar = 2 * x * out_bar
    x_bar[1] = x_bar[1] + 0.3
    return x_bar


def uses_wrong(params, scale: float):
    return wrong(params["inner"][0]) * scale


def test_a_wrong_gradient_names_the_worst_element():
    params = {"inner": [np.array([0.5, 1.5, 2.5])], "name": "a"}
    with pytest.raises(AssertionError) as raised:
        check(uses_wrong, params, 1.0)
    text = str(raised.value)
    for part in ("params", "inner", "0", "1"):
        assert part in text


def test_tolerance_and_step_can_be_chosen():
    params = {"inner": [np.array([0.5, 1.5, 2.5])]}
    assert check(uses_wrong, params, 1.0, rtol=1.0) > 0.01
    assert check(right, W, X, step=1e-4) < 1e-5


def mutating(x, log):
    x *= 2
    log.append(1)
    return np.sum(x * x)


def test_runs_on_copies():
    x, log = X.copy(), []
    assert check(mutating, x, log) < 1e-6
    assert x.tolist() == X.tolist()
    assert log == []


@dataclass
class Params:
    w: np.ndarray
    b: float
    n: int


def of_dataclass(p):
    return np.sum(p.w) * p.b * p.n


def test_containers_of_parameters():
    assert check(of_dataclass, Params(X, 0.5, 3)) < 1e-6


def test_single_precision():
    assert check(wrong_in_nothing, X.astype(np.float32), rtol=1e-2) < 1e-2


def wrong_in_nothing(x):
    return np.sum(np.tanh(x))


def test_an_argument_without_floats():
    with pytest.raises(dpc.ArgumentError):
        check(powered, np.arange(3))
