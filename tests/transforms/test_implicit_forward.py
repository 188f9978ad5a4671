"""Fixed points and roots in forward mode, and what is refused of them."""

import numpy as np
import pytest

import dpc
from dpc.errors import UnsupportedError
from tests import trees
from tests.along import assert_modes_agree, direction, moved
from tests.compiled import compiled
from tests.oracle import assert_right
from tests.transforms.test_implicit import PROGRAMS, B, babylon, drift, kepler, late


@pytest.mark.parametrize(
    ("function", "args", "wrt"), PROGRAMS, ids=[f.__name__ for f, _, _ in PROGRAMS]
)
def test_forward_mode(function, args, wrt):
    """Against reverse mode, and against differences of the function itself."""
    assert_modes_agree(function, *args, wrt=wrt)
    pushed = compiled(dpc.pushforward, function, wrt=wrt, branches="hard")
    rng = np.random.default_rng(3)
    places = wrt if isinstance(wrt, tuple) else (wrt,)
    dots = tuple(direction(args[place], rng) for place in places)

    def along(t):
        given = list(trees.copied(args))
        for place, dot in zip(places, dots, strict=True):
            given[place] = moved(given[place], dot, t)
        return function(*given)

    h = 1e-5
    expected = (along(h) - along(-h)) / (2 * h)
    for variant in (pushed.generic, pushed):
        found = variant(*trees.copied(args), tangents=dots)[1]
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_tangents_of_containers():
    def solved(a: float, b):
        def residual(s, a):
            return {"x": s["x"] ** 3 - a, "v": s["v"] * s["x"] - b}

        return dpc.root(residual, {"x": 1.0, "v": np.ones(3)}, a)

    out, dot = dpc.jvp(solved, (1.2, B), (0.7, 2 * B), branches="hard")
    x = 1.2 ** (1 / 3)
    x_dot = 0.7 / (3 * x * x)
    assert dot["x"] == pytest.approx(x_dot)
    assert np.allclose(dot["v"], 2 * B / x - B * x_dot / x**2)
    assert out["x"] == pytest.approx(x)


def newton_of_a_gradient(a: float):
    """A stationary point, of a gradient that is compiled."""
    slope = dpc.grad(lambda x: 0.5 * x * x + 0.2 * np.sin(a * x) + x, branches="hard")
    return dpc.fixed_point(lambda x: x - 0.7 * slope(x), 0.0, tol=1e-13) ** 2


def test_a_step_that_differentiates():
    assert_right(newton_of_a_gradient, 0.8)
    assert_modes_agree(newton_of_a_gradient, 0.8)


@pytest.mark.parametrize("compiler", [dpc.grad, dpc.pushforward])
def test_steps_that_write_are_refused(compiler):
    def listed(a: float):
        def step(xs):
            return [0.3 * np.cos(x) + 0.1 * a for x in xs]

        return dpc.fixed_point(step, [0.1, 0.2])[0]

    def stored(a: float):
        def step(x):
            y = np.cos(x)
            y[0] = a
            return 0.5 * y

        return np.sum(dpc.fixed_point(step, np.zeros(3)))

    for function in (listed, stored):
        with pytest.raises(UnsupportedError, match="writes in place"):
            compiler(function, branches="hard")


def test_a_late_step_in_forward_mode():
    assert_modes_agree(late, B, drift)


def test_tangents_of_nothing():
    """An equation that does not vary, and one whose tangent is zero."""

    def f(a: float, b: float):
        return a * dpc.fixed_point(lambda x: 0.5 * np.cos(x) * b, 0.3)

    push = dpc.pushforward(f, branches="hard")
    assert "x_dot" not in push.source
    out, dot = push(2.0, 0.7, tangents=1.0)
    assert out == pytest.approx(2.0 * dot)
    both = dpc.pushforward(f, wrt=(0, 1), branches="hard")
    assert both(2.0, 0.7, tangents=(0.0, 0.0))[1] == 0.0
    small = both(2.0, 0.7, tangents=(0.0, 1e-12))[1]
    assert small * 1e12 == pytest.approx(both(2.0, 0.7, tangents=(0.0, 1.0))[1])


def field(a):
    return dpc.fixed_point(
        lambda x, a: 0.5 * np.cos(x) * a + 0.1 * np.sum(x), np.zeros(2), a, tol=1e-12
    )


def roots(a):
    return dpc.root(lambda x, a: x**3 + 0.1 * np.sum(x) - a, np.ones(2), a)


@pytest.mark.parametrize("function", [field, roots])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian(function, mode):
    a, h = np.array([0.7, 0.9]), 1e-6
    found = dpc.jacobian(function, mode=mode, branches="hard")(a)
    columns = [(function(a + h * e) - function(a - h * e)) / (2 * h) for e in np.eye(2)]
    assert np.allclose(found, np.stack(columns, axis=1), rtol=1e-6, atol=1e-8)


def test_rows_of_a_batch_settle_by_themselves():
    rows = np.array([[0.7, 0.9], [0.1, 0.2], [1.2, -0.4]])
    jv = dpc.batch(lambda a: dpc.jvp(field, (a,), (a,), branches="hard")[1])(rows)
    alone = [dpc.jvp(field, (a,), (a,), branches="hard")[1] for a in rows]
    assert np.allclose(jv, alone, rtol=1e-9)


def cubed(x):
    return np.sum(x * x * x)


@pytest.mark.parametrize("solve", [babylon, kepler, field, roots])
def test_second_derivatives_are_refused(solve):
    a = np.array([0.7, 0.9]) if solve in (field, roots) else 0.7
    rest = (0.9,) if solve is kepler else ()

    def f(a):
        return cubed(solve(a, *rest))

    hard = {"branches": "hard"}
    first = dpc.grad(f, **hard)

    def pushed(a):
        return dpc.jvp(f, (a,), (a,), **hard)[1]

    def paired(a):
        return np.sum(first(a) * a)

    for second in (
        lambda: dpc.grad(paired, **hard)(a),
        lambda: dpc.grad(pushed, **hard)(a),
        lambda: dpc.jvp(first, (a,), (a,), **hard),
        lambda: dpc.jvp(pushed, (a,), (a,), **hard),
        lambda: dpc.hvp(f, **hard)(a, a),
        lambda: dpc.hessian(f, **hard)(a),
        lambda: dpc.jacobian(first, **hard)(a),
    ):
        with pytest.raises(UnsupportedError, match="write the loop of its steps"):
            second()


def test_a_gradient_beside_the_derivative():
    """Constant in what is differentiated, the gradient of a solution may stand."""

    def f(c: float):
        return c * c * dpc.grad(babylon, branches="hard")(3.0)

    assert dpc.grad(f, branches="hard")(2.0) == pytest.approx(6 * 3.0**0.5)
    assert dpc.jvp(f, (2.0,), (1.0,), branches="hard")[1] == pytest.approx(6 * 3**0.5)


def scalar_root(a: float):
    return dpc.root(lambda y, a: y**3 + y - a, 0.5, a)


def slope_of_a_root(a: float):
    return dpc.grad(scalar_root, branches="hard")(a) ** 2


def test_the_quotient_of_a_scalar_root_is_not_differentiated_silently():
    """Its equation is gone from the derivative, which depends on the root all the
    same."""
    for compiler in (dpc.grad, dpc.pushforward, dpc.hvp):
        with pytest.raises(dpc.UnsupportedError, match="in its turn"):
            compiler(slope_of_a_root, branches="hard")
    with pytest.raises(dpc.UnsupportedError, match="in its turn"):
        dpc.hvp(scalar_root, branches="hard")


def test_a_residual_whose_solution_cancels_is_refused():
    def cancelled(a: float):
        return dpc.root(lambda x, a: (x - x) + a - a, 1.0, a)

    with pytest.raises(UnsupportedError, match="does not depend on its solution"):
        dpc.jvp(cancelled, (1.5,), (1.0,), branches="hard")
