"""`dpc.hvp` and `dpc.hessian` against differences of the gradient."""

import dataclasses
import pickle
import time

import numpy as np
import pytest

import dpc
from tests.compiled import compiled


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def logistic(w, x, y):
    z = x @ w
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.1 * np.sum(w * w)


def rnn(w, xs):
    h = np.zeros(w.shape[0])
    for t in range(xs.shape[0]):
        h = np.tanh(xs[t] + h @ w)
    return np.sum(h * h)


def stencil(a, steps):
    """In place, a Jacobi iteration that is not linear."""
    a = a.copy()
    b = a.copy()
    for _ in range(steps):
        b[1:-1] = np.tanh(a[:-2] + a[1:-1] + a[2:]) / 3
        a[1:-1] = np.tanh(b[:-2] + b[1:-1] + b[2:]) / 3
    return np.sum(a * a)


def left_early(x: float):
    y = x
    for _ in range(10):
        y = np.sin(y) * x
        if y > 1.5:
            break
        y = y + x * x * y
    return y


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


PROGRAMS = {
    "rosenbrock": (rosenbrock, (draw(50),)),
    "logistic": (logistic, (draw(8), draw(40, 8), (draw(40) > 0) * 1.0)),
    "rnn": (rnn, (draw(6, 6) / 3, draw(20, 6))),
    "stencil": (stencil, (draw(30), 20)),
}


def slope_of_gradient(function, args, v, step=1e-5):
    """The gradient's derivative along `v`, by Richardson's central differences."""
    gradient = compiled(dpc.grad, function, branches="hard")

    def central(size):
        above, below = args[0] + size * v, args[0] - size * v
        return (gradient(above, *args[1:]) - gradient(below, *args[1:])) / (2 * size)

    return (4 * central(step) - central(2 * step)) / 3


def relative(found, expected):
    return np.max(np.abs(found - expected)) / np.max(np.abs(expected))


@pytest.mark.parametrize("name", PROGRAMS)
def test_products_are_differences_of_gradients(name):
    function, args = PROGRAMS[name]
    v = np.random.default_rng(1).normal(size=args[0].shape)
    product = dpc.hvp(function, branches="hard")
    expected = slope_of_gradient(function, args, v, 1e-4)
    for call in (product, product.generic):
        assert relative(call(*args, v), expected) < 1e-6


@pytest.mark.parametrize("name", PROGRAMS)
def test_hessians_are_differences_of_gradients(name):
    function, args = PROGRAMS[name]
    found = dpc.hessian(function, branches="hard")(*args)
    shape = args[0].shape
    assert found.shape == shape + shape
    size = args[0].size
    flat = found.reshape(size, size)
    np.testing.assert_allclose(flat, flat.T, rtol=1e-9, atol=1e-9)
    columns = [
        slope_of_gradient(function, args, unit.reshape(shape), 1e-4).ravel()
        for unit in np.eye(size)
    ]
    assert relative(flat, np.stack(columns, axis=1)) < 1e-6


def test_of_a_number():
    assert dpc.hessian(left_early, branches="hard")(0.7) == pytest.approx(
        slope_of_gradient(left_early, (0.7,), 1.0, 1e-4), rel=1e-7
    )
    second = dpc.hvp(lambda x: np.sin(x) * np.exp(x * x), branches="hard")
    x = 0.3
    exact = np.exp(x * x) * (4 * x * np.cos(x) + (4 * x * x + 1) * np.sin(x))
    assert second(x, 2.0) == pytest.approx(2 * exact)


@dataclasses.dataclass
class Params:
    w: np.ndarray
    scale: float
    name: str = "p"


def nested(params, extra):
    return params.scale**2 * np.sum(np.sin(params.w)) * extra["k"][0] ** 3


def test_containers_have_blocks():
    params, extra = Params(draw(3), 2.0), {"k": [1.5], "n": 2}
    found = dpc.hessian(nested, wrt=("params", "extra"), branches="hard")(params, extra)
    w, s, k = params.w, 2.0, 1.5
    (ww, we), (ew, ee) = found[0].w, found[1]["k"][0]
    np.testing.assert_allclose(ww.w, np.diag(-(s**2) * np.sin(w) * k**3))
    np.testing.assert_allclose(ww.scale, 2 * s * np.cos(w) * k**3)
    np.testing.assert_allclose(we["k"][0], s**2 * np.cos(w) * 3 * k**2)
    np.testing.assert_allclose(ew.w, we["k"][0])
    assert ee["k"][0] == pytest.approx(s**2 * np.sum(np.sin(w)) * 6 * k)
    assert ww.name is None and we["n"] is None and found[0].name is None


def mutates(a, x: float):
    a[1:] *= x
    return np.sum(a**3)


def test_arguments_stay_what_they_were():
    a = draw(4)
    kept = a.copy()
    found = dpc.hessian(mutates, branches="hard")(a, 2.0)
    assert a.tolist() == kept.tolist()
    factors = np.array([1.0, 8.0, 8.0, 8.0])
    np.testing.assert_allclose(found, np.diag(6 * factors * a), atol=1e-12)


class Model:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return self.k * np.sum(x**4)


def test_methods_and_several_arguments():
    x = draw(3)
    model = Model(0.5)
    found = dpc.hessian(model.energy, branches="hard")(x)
    np.testing.assert_allclose(found, np.diag(6 * x * x))
    product = dpc.hvp(nested_in, wrt=("x", "y"), branches="hard")
    x_part, y_part = product(x, 2.0, (np.ones(3), 1.0))
    np.testing.assert_allclose(x_part, 2 * 2.0 + 2 * x)
    assert y_part == pytest.approx(np.sum(2 * x))


def nested_in(x, y: float):
    return np.sum(x * x) * y


def test_pickles_by_its_function():
    product = pickle.loads(pickle.dumps(dpc.hvp(rosenbrock, branches="hard")))
    assert product(np.zeros(3), np.ones(3)).tolist() == [2.0, 202.0, 200.0]


def third(x: float):
    return np.sin(x) * np.exp(x * x)


def second(x: float):
    return dpc.grad(third, branches="hard")(x)


def test_third_derivatives():
    """Forward over reverse over reverse: of a product, and of a loop with a break."""
    x, step = 0.3, 1e-5
    for inner, outer in ((third, second), (left_early, slope_of_left_early)):
        product = dpc.hvp(inner, branches="hard")
        above, below = product(x + step, 1.0), product(x - step, 1.0)
        found = dpc.hessian(outer, branches="hard")(x)
        assert found == pytest.approx((above - below) / (2 * step), rel=1e-7)


def slope_of_left_early(x: float):
    return dpc.grad(left_early, branches="hard")(x)


def decides(x: float, c: float):
    y = x * x * x if x > c else 3 * x
    return y * y


def test_of_a_relaxed_program():
    """The Hessian is that of the program that the gradient is of."""
    soft = dpc.grad(decides, branches="soft", temperature=0.3)
    step = 1e-5
    expected = (soft(1.1 + step, 1.0) - soft(1.1 - step, 1.0)) / (2 * step)
    for branches in ("soft", "straight-through"):
        found = dpc.hessian(decides, branches=branches, temperature=0.3)(1.1, 1.0)
        assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_product_costs_at_most_three_gradients(name, capsys):
    function, args = PROGRAMS[name]
    v = draw(*args[0].shape, seed=2)
    gradient = dpc.grad(function, branches="hard").specialize(*args).call
    product = dpc.hvp(function, branches="hard").specialize(*args).call

    def once(call):
        begun = time.process_time()
        for _ in range(50):
            call()
        return time.process_time() - begun

    pairs = [
        (once(lambda: gradient(*args)), once(lambda: product(*args, v)))
        for _ in range(15)
    ]
    ratio = min(p for _, p in pairs) / min(g for g, _ in pairs)
    with capsys.disabled():
        print(f"\nan HVP of {name} costs {ratio:.2f} gradients", end=" ")
    assert ratio <= 3


def quartic(x):
    return np.sum(x**3) * x[0]


OUTSIDE = dpc.hessian(quartic, branches="hard")


def within(x):
    return np.sum(dpc.hessian(quartic, branches="hard")(x))


def given(x, f):
    return np.sum(f(x))


@pytest.mark.parametrize(
    "use",
    [
        lambda x: dpc.jacobian(OUTSIDE)(x),
        lambda x: dpc.jacobian(dpc.jacobian(quartic))(x),
        lambda x: dpc.grad(OUTSIDE)(x),
        lambda x: dpc.batch(OUTSIDE)(np.stack([x, x])),
        lambda x: dpc.graph(OUTSIDE)(x),
        lambda x: dpc.jvp(OUTSIDE, (x,), (x,)),
        lambda x: dpc.vjp(OUTSIDE, x),
        lambda x: dpc.grad(within)(x),
        lambda x: dpc.pushforward(within)(x, tangents=(x,)),
        lambda x: dpc.grad(given)(x, OUTSIDE),
        lambda x: dpc.batch(dpc.hvp(quartic))(np.stack([x, x]), np.stack([x, x])),
        lambda x: dpc.batch(dpc.pushforward(quartic))(np.stack([x, x])),
        lambda x: dpc.batch(dpc.jacobian(quartic))(np.stack([x, x])),
    ],
)
def test_many_sweeps_are_not_taken_apart(use):
    """None of these is the same of the function itself."""
    with pytest.raises(dpc.UnsupportedError, match=r"quartic|a Hessian inside"):
        use(draw(3))


class Measured:
    """Compiled methods, and a method that calls one."""

    scale = 2.0

    @dpc.grad(branches="hard")
    def slope(self, x):
        return np.sum(np.cos(x) * x) * self.scale

    def size(self, x):
        return np.sum(self.slope(x) ** 2)


def test_compiled_functions_and_methods_as_arguments():
    x, v = draw(3), draw(3, seed=1)
    measured = Measured()
    hessian = dpc.jacobian(measured.slope)(x)
    out, dot = dpc.jvp(measured.slope, (x,), (v,), branches="hard")
    np.testing.assert_allclose(out, measured.slope(x))
    np.testing.assert_allclose(dot, hessian @ v)
    slope = dpc.grad(quartic, branches="hard")
    expected = dpc.hessian(quartic, branches="hard")(x).sum(axis=0)
    for f, args in ((given, (slope,)), (given_in_a_list, ([slope, np.sin],))):
        found = dpc.grad(f, branches="hard")(x, *args)
        extra = np.cos(x) if f is given_in_a_list else 0.0
        np.testing.assert_allclose(found, expected + extra)


def given_in_a_list(x, functions):
    return np.sum(functions[0](x)) + np.sum(functions[1](x))
