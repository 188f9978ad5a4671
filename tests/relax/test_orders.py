"""Second derivatives of blends whose values are containers, or of no known type."""

import numpy as np
import pytest

import dpc

AT, STEP = (1.2, 1.0), 1e-5


def unknown(x, c):
    y = x * x * c if x > c else 3 * x * c
    return y * y


def written_down(x, c):
    p = [x * x * c, c] if x > c else [3 * x * c, x]
    return p[0] * p[1]


def made(x: float, c: float):
    v = [x, c]
    w = v
    if x > c:
        w = [i * x for i in v]
    return w[0] * w[1] ** 2


def keyed(x: float, c: float, pick: str):
    d = {"a": x, "b": (c, x * c)}
    e = d
    if x > c:
        e = {k: v for k, v in (("a", x * x), ("b", (c * x, c)))}
    return e[pick] * e["b"][0] ** 2 * e["b"][1]


def arrays(x: float, c: float):
    v = [np.array([x, c]), np.array([c * x, 1.0])]
    w = v
    if x > c:
        w = [i * x for i in v]
    return (w[0] @ w[1]) ** 2


ROWS = [(unknown, ()), (written_down, ()), (made, ()), (keyed, ("a",)), (arrays, ())]


def differences(f):
    """Of a function of both numbers, by either of them."""
    x, c = AT
    by_x = np.subtract(f(x + STEP, c), f(x - STEP, c))
    by_c = np.subtract(f(x, c + STEP), f(x, c - STEP))
    return np.array([by_x, by_c]).T / (2 * STEP)


@pytest.mark.parametrize(("f", "rest"), ROWS)
def test_every_order_and_form(f, rest):
    options = {"wrt": ("x", "c"), "temperature": 0.5}
    grad, hessian = dpc.grad(f, **options), dpc.hessian(f, **options)
    wanted = differences(lambda x, c: grad(x, c, *rest))
    assert np.array(hessian(*AT, *rest)) == pytest.approx(wanted, rel=1e-6)
    one, other = (1.0, 0.5), (0.3, -0.2)

    def slope(x, c):
        return dpc.jvp(lambda x, c: f(x, c, *rest), (x, c), one, temperature=0.5)[1]

    def of_gradient(x, c):
        by_x, by_c = dpc.grad(f, wrt=("x", "c"), temperature=0.5)(x, c, *rest)
        return by_x * 1.0 + by_c * 0.5

    turned = wanted @ one
    assert dpc.jvp(slope, AT, other)[1] == pytest.approx(turned @ other, rel=1e-6)
    for inner in (slope, of_gradient):
        found = dpc.grad(inner, wrt=("x", "c"))(*AT)
        assert np.array(found) == pytest.approx(turned, rel=1e-6)
