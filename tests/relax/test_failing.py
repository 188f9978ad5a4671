"""The branch that is not taken may fail: the other one counts alone, with a warning."""

import math
import warnings

import numpy as np
import pytest

import dpc
from tests.compiled import compiled


def logarithm(x: float):
    y = math.log(x) if x > 0 else 0
    return y


def root(x: float):
    return math.sqrt(x) if x > 0 else x * x


def quotient(x: float, d: float):
    return 1 / d if x > 0 else x


def out_of_range(x: float, a):
    return a[5] * x if x > 0 else a[0] * x


def factor(x: float, a):
    if x > 0:
        c = np.linalg.cholesky(a)
        y = np.sum(c) * x
    else:
        y = x
    return y


def short_circuited(x: float):
    if x > 0 and math.log(x) > -1:
        return x
    return 2 * x


def not_finite(x: float, a):
    if x > 0:
        b = np.log(a)
    else:
        b = a * 2
    return np.sum(b * x)


def helper_that_fails(x: float):
    def inner(v):
        return math.acos(v)

    y = inner(x) if x < 1 else 0.5 * x
    return y


FAILING = [
    (logarithm, (-0.3,), 0.0, 0.0),
    (root, (-0.3,), 0.09, -0.6),
    (quotient, (-0.2, 0.0), -0.2, 1.0),
    (out_of_range, (-0.2, np.arange(1.0, 4.0)), -0.2, 1.0),
    (factor, (-0.3, np.array([[1.0, 2.0], [2.0, 1.0]])), -0.3, 1.0),
    (short_circuited, (-0.2,), -0.4, 2.0),
    (helper_that_fails, (1.2,), 0.6, 0.5),
]


@pytest.mark.parametrize(("f", "args", "value", "slope"), FAILING)
@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_a_branch_that_is_not_taken_may_fail(f, args, value, slope, form):
    derivative = dpc.value_and_grad(f, branches="soft", temperature=0.1)
    run = derivative if form == "specialised" else derivative.generic
    with pytest.warns(RuntimeWarning, match="not taken") as caught:
        found = run(*args)
    assert len(caught) == 1
    assert found[0] == value
    assert found[1] == slope


@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_only_the_elements_that_are_not_finite_are_taken_from_the_other(form):
    derivative = dpc.value_and_grad(not_finite, wrt=(0, 1), branches="soft")
    run = derivative if form == "specialised" else derivative.generic
    a = np.array([1.0, 2.0, -1.0])
    with pytest.warns(RuntimeWarning, match="not finite") as caught:
        value, (x_bar, a_bar) = run(-0.3, a)
    assert len(caught) == 1
    p = 1 / (1 + math.exp(0.3))
    b = np.array([0.0, p * math.log(2), 0.0]) + (1 - p) * a * 2
    b[2] = -2.0
    assert value == pytest.approx(np.sum(b * -0.3))
    assert np.isfinite(x_bar) and np.all(np.isfinite(a_bar))
    assert a_bar[2] == -0.6


def poles(x: float, a):
    if x > 0:
        b = np.sqrt(a) + np.log(a)
    else:
        b = a * 2
    return np.sum(b * x)


@pytest.mark.parametrize("form", ["specialised", "generic"])
def test_the_adjoint_of_a_branch_that_is_not_taken_says_nothing(form):
    derivative = dpc.grad(poles, wrt=(0, 1), branches="soft")
    run = derivative if form == "specialised" else derivative.generic
    with pytest.warns(RuntimeWarning, match="not finite") as caught:
        _, a_bar = run(-0.3, np.array([1.0, 0.0, -1.0]))
    assert len(caught) == 1
    assert np.all(np.isfinite(a_bar)) and np.all(a_bar[1:] == -0.6)


def test_the_adjoint_of_the_branch_that_is_taken_warns_as_numpy_does():
    derivative = dpc.grad(poles, wrt=(0, 1), branches="soft")
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        derivative(0.3, np.array([1.0, 0.0]))


def test_arrays_of_floats_need_no_attempt():
    derived = dpc.grad(poles, branches="soft").specialize(-0.3, np.ones(3))
    assert "attempt" not in derived.source and "ignoring" in derived.source


@pytest.mark.parametrize("x", [0.2, 1.4])
def test_nothing_is_said_where_nothing_fails(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slope = dpc.value_and_grad(logarithm, branches="soft", temperature=0.1)(
            x
        )
    p = 1 / (1 + math.exp(-x / 0.1))
    assert value == pytest.approx(p * math.log(x))
    assert slope == pytest.approx(p / x + p * (1 - p) / 0.1 * math.log(x))


def test_what_the_branch_that_is_taken_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        dpc.grad(quotient, branches="soft")(0.2, 0.0)
    with pytest.raises(IndexError):
        dpc.grad(out_of_range, branches="soft")(0.2, np.arange(3.0))


def with_infinity(x: float):
    best = math.inf
    y = 2 * x
    if y < best and x > 0.1:
        best = y
    return best


def test_an_infinity_of_weight_zero_is_not_seen():
    with pytest.warns(RuntimeWarning, match="not finite"):
        assert dpc.value_and_grad(with_infinity, branches="soft")(0.3) == (0.6, 2.0)


def bell(x: float):
    return math.exp(-x * x) if x > 0 else x


def length(x: float):
    return math.sqrt(1 + x * x) if x > 0 else x


def floored(x: float):
    return math.log(max(x, 1e-6)) if x > 0 else x


def logistic(x: float):
    return 1 / (1 + math.exp(-abs(x))) if x > 0 else x


def bells(x: float):
    a = np.array([x, 2 * x])
    y = np.exp(-((a - 1) ** 2) / 2) if x > 0 else a
    return np.sum(y)


@pytest.mark.parametrize("f", [bell, length, floored, logistic, bells])
@pytest.mark.parametrize("x", [0.3, -0.4])
def test_what_the_sign_of_an_operand_keeps_finite_has_no_guard(f, x):
    derivative = compiled(dpc.grad, f, branches="soft")
    source = derivative.specialize(x).source
    assert "attempt" not in source and "ignoring" not in source
    assert dpc.check_grad(derivative, x) < 1e-6


def grows(x: float):
    return math.exp(x * x) if x > 0 else x


def root_of_a_square(x: float):
    return math.sqrt(x * x) if x > 0 else x


def pole_of_a_square(x: float):
    return 1 / (x * x) if x > 0 else x


def written_square(x: float):
    a = np.array([x, 2 * x])
    b = a * a
    b[0] = -x
    y = np.exp(-b) if x > 0 else a
    return np.sum(y)


@pytest.mark.parametrize(
    "f", [grows, root_of_a_square, pole_of_a_square, written_square]
)
def test_what_no_sign_keeps_finite_has_one(f):
    source = dpc.grad(f, branches="soft").specialize(0.3).source
    assert "attempt" in source or "ignoring" in source


def one_may_fail(x, c: float):
    if np.mean(x) > c:
        y = np.tanh(x) * x
    else:
        y = np.exp(x) + np.sin(x)
    return np.sum(y * y)


def test_a_branch_that_cannot_fail_pays_for_no_mask():
    run = dpc.grad(one_may_fail, branches="soft").specialize(np.ones(3), 0.2)
    safe = run.source.partition("if mean_gt_c:\n        # y = np.tanh")[2]
    assert "tanh_x * tanh_x" in safe
    assert "masked" not in safe
    assert "masked" in run.source


def selected_after(x, c: float):
    if np.mean(x) > c:
        y = np.sqrt(x * x + 1)
        y = y * np.sqrt(np.abs(x) + 1e-9)
    else:
        y = np.exp(x)
    return np.sum(np.where(x > 0, y, 0.0))


def infinite_before(x, c: float):
    z = np.log(x)
    if np.sum(x) > c:
        y = z * x
    else:
        y = np.exp(x)
    return np.sum(y)


def test_what_is_infinite_before_a_branch_is_masked_in_it():
    with pytest.warns(RuntimeWarning):
        x_bar = dpc.grad(infinite_before, branches="soft")(np.array([0.0, 1.0]), 5.0)
    # Where one branch is not finite the other has all the weight, the gate none.
    p = 1 / (1 + math.exp(4.0))
    gate = -p * (1 - p) * math.e
    assert x_bar[0] == pytest.approx(1 + gate)
    assert x_bar[1] == pytest.approx(p * 1 + (1 - p) * math.e + gate)


def test_a_selection_behind_a_branch_is_seen_in_it():
    x = np.array([0.5, 0.0, -0.3])
    assert dpc.check_grad(selected_after, x + 0.01, 0.2, branches="soft") < 1e-6
    source = dpc.grad(selected_after, branches="soft").specialize(x, 0.2).source
    assert source.count("masked") > 3


@pytest.mark.parametrize(("f", "args", "value", "slope"), FAILING)
def test_a_branch_that_is_not_taken_may_fail_in_forward_mode(f, args, value, slope):
    forward = dpc.pushforward(f, branches="soft", temperature=0.1)
    with pytest.warns(RuntimeWarning, match="not taken"):
        assert forward(*args, tangents=(1.0,)) == (value, slope)


def infinite_quotient(x: float, a):
    y = 1 / (a[0] - a[1]) if x > 2 else x
    return y * a[0]


@pytest.mark.parametrize("form", ["specialised", "generic", "forward"])
def test_no_derivative_of_a_branch_that_is_infinite_is_seen(form):
    a = np.array([1.0, 1.0])
    options = {"branches": "soft", "temperature": 0.5}
    derivative = dpc.grad(infinite_quotient, wrt=(0, 1), **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if form == "forward":
            forward = dpc.pushforward(infinite_quotient, wrt=(0, 1), **options)
            dots = [
                (1.0, 0 * a),
                (0.0, np.array([1.0, 0.0])),
                (0.0, np.array([0, 1.0])),
            ]
            found = [forward(0.3, a, tangents=dot)[1] for dot in dots]
        else:
            run = derivative if form == "specialised" else derivative.generic
            x_bar, a_bar = run(0.3, a)
            found = [x_bar, *a_bar]
    assert found == [1.0, 0.3, 0.0]


def full_of_infinities(x: float, a):
    best = np.full(3, np.inf)
    if x > 0:
        best = a * x
    return np.sum(np.minimum(best, 2.0 + x))


def holds_an_infinity(x: float, a):
    if x > 2:
        z = np.array([np.inf, x, 1.0])
    else:
        z = a * x
    return np.sum(np.minimum(z, 2.0))


def an_infinity_before_a_loop(x: float, a):
    best = math.inf
    if x > 0:
        y = x
        for k in range(3):
            y = y * 0.5 + math.cos(y) * a[k]
        best = y
    return min(best, 2.0)


@pytest.mark.parametrize(
    "f", [full_of_infinities, holds_an_infinity, an_infinity_before_a_loop]
)
def test_an_infinity_that_is_not_taken_is_not_blended(f):
    a = np.array([0.5, -0.2, 0.8])
    options = {"branches": "soft", "temperature": 0.5}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, slope = dpc.value_and_grad(f, **options)(0.3, a)
        above, below = (dpc.soften(f, **options)(0.3 + d, a) for d in (1e-6, -1e-6))
        assert dpc.value_and_grad(f, **options).generic(0.3, a) == (value, slope)
        forward = dpc.pushforward(f, **options)(0.3, a, tangents=(1.0,))
    if f is not holds_an_infinity:
        assert value == f(0.3, a)  # the other branch is infinite, in every element
    assert slope == pytest.approx((above - below) / 2e-6, rel=1e-7)
    assert forward == pytest.approx((value, slope), rel=1e-14)


def parts_of_one_array(x: float, a):
    v = a if x > 0 else a * a
    u = v[:2] if x > 0.5 else v[1:] * x
    return np.sum(u) * np.sum(v)


def test_what_blends_to_a_shape_that_only_the_run_knows():
    a = np.array([0.5, -0.2, 0.8])
    for wrt in (0, 1):
        assert dpc.check_grad(parts_of_one_array, 0.3, a, wrt=wrt) < 1e-6


def logarithms(w):
    if np.sum(w) > 3.4:
        a = np.log(w)
    else:
        a = w * w
    return np.sum(a * a * w)


@pytest.mark.parametrize("form", ["forward", "reverse"])
def test_second_derivatives_where_a_branch_is_not_finite(form):
    w = np.array([0.5, -0.2, 0.8])
    grad = dpc.grad(logarithms, branches="soft", temperature=0.7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if form == "forward":
            found = dpc.hessian(logarithms, branches="soft", temperature=0.7)(w)
        else:
            again = dpc.grad(lambda v, e: grad(v) @ e)
            found = np.array([again(w, e) for e in np.eye(3)])
        steps = 1e-6 * np.eye(3)
        wanted = [(grad(w + s) - grad(w - s)) / 2e-6 for s in steps]
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)
