"""Own rules: reverse, forward, elementwise, none; what has neither is refused."""

import numpy as np
import pytest

import dpc


def grad(function, wrt=0):
    return dpc.grad(function, wrt=wrt, branches="hard")


def opaque(function):
    """A callable that dpc cannot read: built by `exec`, without a file."""
    space = {"__name__": __name__}
    exec(f"def {function.__name__}(*args): return body(*args)", space)
    space["body"] = function
    return space[function.__name__]


@opaque
def cubed(x):
    return x**3


@dpc.rule(cubed)
def cubed_rule(x, *, out, out_bar):
    return 3 * x**2 * out_bar


def uses_cubed(x):
    return np.sum(cubed(np.sin(x))) * 2


def test_reverse_rule():
    x = np.array([0.3, 0.7])
    expected = 6 * np.sin(x) ** 2 * np.cos(x)
    np.testing.assert_allclose(grad(uses_cubed)(x), expected)
    assert grad(uses_cubed)(0.3) == pytest.approx(expected[0])


def test_body_of_a_rule_appears_in_the_source():
    derivative = grad(uses_cubed)
    derivative(np.ones(2))
    assert "x**2" in derivative.specialize(np.ones(2)).source.replace(" ", "")


@opaque
def scaled(x, factor, word):
    return x * factor + len(word)


@dpc.rule(scaled)
def scaled_rule(x, factor, word, *, out, out_bar):
    return out_bar * factor, np.sum(out_bar * x), None


def uses_scaled(x, s: float):
    return np.sum(scaled(x, s, "ab") * scaled(x, 2.0, "c"))


def test_rule_of_several_arguments():
    x = np.array([0.3, 0.7])
    x_bar, s_bar = grad(uses_scaled, (0, 1))(x, 1.5)
    np.testing.assert_allclose(x_bar, 1.5 * (2 * x + 1) + 2 * (1.5 * x + 2))
    assert s_bar == pytest.approx(np.sum(x * (2 * x + 1)))


@opaque
def root(x):
    return np.sqrt(x)


@dpc.rule(root)
def root_rule(x, *, out, out_bar):
    return out_bar / (2 * out)


def uses_root(x: float):
    for _ in range(3):
        x = root(x + 1)
        if x > 100:
            break
    return x


def test_rule_that_uses_the_result_in_a_loop():
    assert grad(uses_root)(0.7) == pytest.approx(
        (uses_root(0.7 + 1e-6) - uses_root(0.7 - 1e-6)) / 2e-6
    )


@opaque
def product(x, y):
    return x * y


@dpc.rule(product, elementwise=True)
def product_partials(x, y, *, out):
    return y, x


def uses_product(x, y):
    return np.sum(product(x, y) * np.arange(1.0, 4.0))


def sine_power(x, p=2):
    return eval("np.sin(x) ** p", {"np": np, "x": x, "p": p})


@dpc.rule(sine_power)
def sine_power_rule(x, p, *, out, out_bar):
    return out_bar * p * np.sin(x) ** (p - 1) * np.cos(x), None


@dpc.rule(sine_power, forward=True)
def sine_power_forward(x, p, x_dot, p_dot, *, out):
    return x_dot * p * np.sin(x) ** (p - 1) * np.cos(x)


def shifted_sine(x, by=0.5):
    return eval("np.sin(x + by)", {"np": np, "x": x, "by": by})


@dpc.rule(shifted_sine, elementwise=True)
def shifted_sine_rule(x, by=0.0, *, out):
    return np.cos(x + by), np.cos(x + by)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(sine_power(x) * sine_power(x, p=3)),
        lambda x: np.sum(shifted_sine(x) * shifted_sine(x, by=0.1)),
    ],
)
def test_arguments_that_a_call_leaves_out_have_the_default_of_the_function(f):
    x = np.array([0.3, -0.7])
    dpc.check_grad(f, x)
    _, x_dot = dpc.jvp(f, (x,), (x,))
    assert x_dot == pytest.approx(np.sum(grad(f)(x) * x))


def test_elementwise_rule_reduces_over_broadcast_axes():
    x, y = np.ones((2, 3)), np.array([1.0, 2.0, 3.0])
    x_bar, y_bar = grad(uses_product, (0, 1))(x, y)
    np.testing.assert_allclose(x_bar, np.broadcast_to(y * [1, 2, 3], (2, 3)))
    np.testing.assert_allclose(y_bar, [2.0, 4.0, 6.0])


def readable(x):
    return np.floor(x * 10) / 10


@dpc.rule(readable)
def readable_rule(x, *, out, out_bar):
    return out_bar


def uses_readable(x):
    return np.sum(readable(x) ** 2)


def test_a_rule_is_preferred_to_reading_the_function():
    x = np.array([0.31, 0.78])
    np.testing.assert_allclose(grad(uses_readable)(x), [0.6, 1.4])


@opaque
def forward_and_back(x):
    return x * 5


@dpc.rule(forward_and_back)
def back(x, *, out, out_bar):
    return 5 * out_bar


@dpc.rule(forward_and_back, forward=True)
def forward(x, x_dot, *, out):
    return 5 * x_dot


def uses_both(x: float):
    return forward_and_back(x) * x


def test_reverse_and_forward_rules_of_one_function():
    assert grad(uses_both)(2.0) == 20.0


@opaque
def only_forward(x):
    return x * 5


@dpc.rule(only_forward, forward=True)
def only_forward_rule(x, x_dot, *, out):
    return 5 * x_dot


def uses_only_forward(x: float):
    return only_forward(x) * x


def test_a_forward_rule_alone_is_no_reverse_rule():
    with pytest.raises(dpc.NoRuleError):
        grad(uses_only_forward)(2.0)


@opaque
def chosen(x):
    return round(x)


dpc.nondifferentiable(chosen)


def uses_chosen(x: float):
    return chosen(x) * x**2


def test_nondifferentiable():
    assert grad(uses_chosen)(2.7) == pytest.approx(3 * 2 * 2.7)


@dpc.nondifferentiable
def steps(x):
    return np.floor(x) * 3 + x


def uses_steps(x):
    return np.sum(steps(x) * x)


def test_nondifferentiable_as_a_decorator():
    assert grad(uses_steps)(np.array([2.5])).tolist() == [8.5]


@opaque
def unknown(x):
    return x * 2


def uses_unknown(x: float):
    return unknown(x) * x


def uses_unknown_on_constants(x: float, n: float):
    return unknown(n) * x


def test_neither_source_nor_rule():
    with pytest.raises(dpc.NoRuleError) as raised:
        grad(uses_unknown)(2.0)
    text = str(raised.value)
    assert "test_rules.py" in text
    assert "unknown(x)" in text
    assert "^" in text


def test_an_unreadable_function_on_constants_is_called_as_it_is():
    assert grad(uses_unknown_on_constants)(2.0, 3.0) == 6.0


def test_a_second_rule_needs_replace():
    @opaque
    def twice(x):
        return 2 * x

    def program(x: float):
        return twice(x)

    @dpc.rule(twice)
    def first(x, *, out, out_bar):
        return 2 * out_bar

    assert grad(program)(1.0) == 2.0
    with pytest.raises(dpc.ArgumentError):

        @dpc.rule(twice)
        def second(x, *, out, out_bar):
            return 20 * out_bar

    @dpc.rule(twice, replace=True)
    def third(x, *, out, out_bar):
        return 200 * out_bar

    assert grad(program)(1.0) == 200.0


def multiplied_by(factor):
    """A function of its own for each factor, all under one name."""

    @opaque
    def multiplied(x):
        return factor * x

    @dpc.rule(multiplied)
    def multiplied_rule(x, *, out, out_bar):
        return factor * out_bar

    return multiplied


def test_rules_belong_to_functions_not_to_names():
    two, three = multiplied_by(2.0), multiplied_by(3.0)

    def program(x: float):
        return two(x) + 10 * three(x)

    assert grad(program)(1.0) == 32.0


def test_the_decorated_rule_stays_a_function():
    assert cubed_rule(2.0, out=8.0, out_bar=1.0) == 12.0
