"""`check_grad` beyond what it promises to users: what it accepts, how it measures."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from dpc.testing import check_grad

X = np.array([0.5, -1.5, 2.0])


def wave(x):
    return np.sum(np.sin(x) * x)


def hinted(x, y):
    return np.sum(x) * y


def slope_of_hinted(x, y, *, out, out_bar):
    return np.full(x.shape, y * 1.001) * out_bar, np.sum(x) * out_bar


dpc.rule(hinted)(slope_of_hinted)


def off(x, y):
    """A function whose gradient in `x` is wrong by a thousandth."""
    return hinted(x, y)


@pytest.mark.parametrize("compiler", [dpc.grad, dpc.value_and_grad])
def test_what_is_compiled_already_is_checked_as_it_is(compiler):
    derivative = compiler(off, wrt=("y", "x"), branches="hard")
    for form in (derivative, derivative.generic, derivative.specialize(X, 2.0)):
        with pytest.raises(AssertionError, match=r"gradient of off is wrong: at x\["):
            check_grad(form, X, 2.0)
    assert check_grad(compiler(off, wrt="y", branches="hard"), X, 2.0) < 1e-8


def test_options_are_passed_on():
    assert check_grad(wave, X, branches="hard") < 1e-8
    with pytest.raises(dpc.ArgumentError, match="no option"):
        check_grad(wave, X, branch="hard")


def with_extras(x):
    return np.sum(x * x), {"extra": x}


def test_auxiliary_results_are_left_alone():
    derivative = dpc.value_and_grad(with_extras, has_aux=True, branches="hard")
    assert check_grad(derivative, X) < 1e-8


@dataclass
class Model:
    w: np.ndarray
    rate: float = 0.5

    def loss(self, x):
        return self.rate * np.sum(np.cos(self.w * x))

    @dpc.grad(branches="hard")
    def slope(self, x):
        return self.rate * np.sum(np.cos(self.w * x))


def test_methods():
    model = Model(X)
    assert check_grad(model.loss, X) < 1e-8
    assert check_grad(model.slope, X) < 1e-8
    assert check_grad(Model.loss, model, X, wrt="self", branches="hard") < 1e-8


class Point(NamedTuple):
    x: np.ndarray
    y: float


def nested(params):
    return sum(off(p.x, p.y) for p in params["a b"].w)


def test_the_place_of_the_worst_element_is_written_as_in_python():
    matrix = np.arange(1.0, 7.0).reshape(2, 3)
    params = {"a b": Model([Point(X, 1.0), Point(matrix, 2.0)]), 3: 1.0}
    place = r'params\["a b"\]\.w\[[01]\]\.x\[[\d, ]+\]'
    gradients = r"dpc gives (1\.001|2\.002), central differences [012]"
    with pytest.raises(AssertionError, match=f"at {place} {gradients}"):
        check_grad(nested, params)


def cubed(x: float):
    return x**3


def scaled(x):
    return 1e-9 * np.sum(x * x)


def constant(x):
    return 7.0 + 0 * len(x)


def steep(x):
    return np.sum(1e6 * x + np.sin(x))


@pytest.mark.parametrize("function", [scaled, constant, steep, wave])
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 1e4])
def test_right_gradients_pass_at_any_scale(function, scale):
    assert check_grad(function, X * scale, branches="hard") <= 1e-5


def test_curvature_at_a_flat_place_is_no_error():
    assert check_grad(cubed, 0.0, branches="hard") <= 1e-5


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_wrong_gradients_fail_at_any_scale(scale):
    with pytest.raises(AssertionError):
        check_grad(off, X * scale, scale)


def rooted(x):
    return np.sum(np.sqrt(x))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinite_derivative_is_an_error():
    with pytest.raises(AssertionError, match="dpc gives inf"):
        check_grad(rooted, np.array([1.0, 0.0]), branches="hard")


def drawn(x):
    return np.sum(x * np.random.normal(size=3))


def drawn_from(x, rng):
    return np.sum(x * rng.normal(size=3))


def test_draws_are_the_same_in_every_call():
    assert check_grad(drawn, X, branches="hard") < 1e-8
    assert check_grad(drawn_from, X, np.random.default_rng(0), branches="hard") < 1e-8


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_low_precision_has_steps_of_its_own(dtype):
    assert check_grad(wave, X.astype(dtype), rtol=0.05) < 0.05


def of_floats(x: float, y: np.float32):
    return x * x * y


def test_scalars_of_any_type():
    assert check_grad(of_floats, 0.5, np.float32(2.0), wrt=(0, 1), rtol=1e-3) < 1e-3


def starred(*xs, **named):
    return sum(xs) * named["gain"] ** 2


def test_starred_parameters_are_tuples_and_dicts():
    kwargs = {"gain": 3.0}
    assert check_grad(starred, 1.0, 2.0, wrt=("xs", "named"), kwargs=kwargs) < 1e-8
