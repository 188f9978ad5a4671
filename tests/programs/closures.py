"""Nested `def`, closures, lambda, functions passed as arguments."""

import numpy as np

from tests.programs.case import case, normal


def local_function(x: float, y: float):
    def product(a, b=2.0):
        return a * b + np.sin(a)

    return product(x, y) * product(y)


def captured_value(x: float):
    y = x * x

    def add(z):
        return z * y + x

    return add(2.0) * add(y)


def captured_array_is_shared(x):
    y = x * 2

    def bump(k):
        y[k] = y[k - 1] * x[0]

    bump(0)
    bump(1)
    return np.sum(y * y)


def captured_after_rebinding(x: float):
    """A closure sees the latest binding of the name, not the one at its definition."""
    scale = 2.0

    def scaled(v):
        return v * scale

    before = scaled(x)
    scale = x * x
    return before * scaled(x)


def captured_in_a_loop(x):
    functions = []
    for k in range(3):

        def term(v, k=k):
            return v**2 * x[k]

        functions.append(term)
    return sum(f(x[0]) for f in functions)


def captured_loop_variable(x):
    """All three closures see the last value of the loop variable."""
    functions = []
    for value in x:
        functions.append(lambda s: s * value)
    return functions[0](x[0]) + functions[1](2.0) * functions[2](x[1])


def two_levels(x: float, y: float):
    def outer(a):
        b = a * y

        def inner(c):
            return b * c + x

        return inner(a) * inner(y)

    return outer(x) + outer(2.0)


def lambdas(x):
    square = lambda v: v * v
    scaled = lambda v, s=x[0]: v * s
    return np.sum(square(x)) * scaled(x[1]) + (lambda a, *b: a * b[0])(x[2], x[1])  # noqa: PLC3002


def _apply(function, x, times):
    for _ in range(times):
        x = function(x)
    return x


def passed_by_name(x: float):
    def step(v):
        return np.cos(v) * 1.2

    return _apply(step, x, 3) + _apply(np.sin, x, 2) + _apply(lambda v: v * x, 2.0, 2)


def _make_layer(w, activation):
    def layer(h):
        return activation(w @ h)

    return layer


def functions_returned(w, x):
    first = _make_layer(w, np.tanh)
    second = _make_layer(w * 0.5, lambda h: h * h)
    return np.sum(second(first(x)))


def functions_in_a_list(x: float):
    total = 0.0
    for f in [np.sin, np.cos, lambda v: v**3]:
        total = total * 0.5 + f(x) * f(total)
    return total


def functions_in_a_dict(x: float, name: str):
    table = {"sin": np.sin, "cube": lambda v: v**3}
    return table[name](x) * x


def composed(x: float):
    def compose(f, g):
        return lambda v: f(g(v))

    h = compose(np.exp, compose(np.sin, lambda v: v * x))
    return h(x)


def local_recursion(x: float):
    def power(v, n):
        return v if n <= 1 else v * power(v * x, n - 1)

    return power(x, 4)


def function_argument(x: float, f):
    """A function argument is compiled when it is first reached."""
    return f(x) * f(x * x)


def _with_cells(scale, offsets):
    def program(x):
        return np.sum(np.tanh(x * scale) + offsets) * scale

    return program


def _cubed(v):
    return v * v * v


def local_store_helper(x):
    y = np.zeros(4)

    def put(i, value):
        y[i] = value + y[i - 1]

    for i in range(4):
        put(i, x[i] * y[i - 1] + x[0])
    return np.sum(y * y)


def _minimise(loss_slope, x, rate):
    for _ in range(3):
        x = x - rate * loss_slope(x)
    return x


def optimiser_over_a_closure(a, x):
    def slope(v):
        return a @ v - x

    return np.sum(_minimise(slope, x * 0.1, 0.2) ** 2)


MADE_BY_A_FACTORY = _with_cells(1.3, normal(3, seed=4))

CASES = [
    case(local_function, 0.7, 1.3, rows="nested def", wrt=(0, 1)),
    case(captured_value, 0.7, rows="nested closure"),
    case(captured_array_is_shared, normal(2), rows="nested closure; store int"),
    case(captured_after_rebinding, 0.7, rows="nested closure"),
    case(captured_in_a_loop, normal(3), rows="nested def; nested closure"),
    case(captured_loop_variable, normal(3), rows="nested lambda; nested closure"),
    case(two_levels, 0.7, 1.3, rows="nested def; nested closure", wrt=(0, 1)),
    case(lambdas, normal(3), rows="nested lambda"),
    case(passed_by_name, 0.7, rows="nested passed; nested lambda"),
    case(
        functions_returned,
        normal(2, 2),
        normal(2, seed=1),
        rows="nested closure; nested passed",
        wrt=(0, 1),
    ),
    case(functions_in_a_list, 0.7, rows="nested lambda; container list"),
    case(functions_in_a_dict, 0.7, "cube", rows="nested lambda; container dict"),
    case(functions_in_a_dict, 0.7, "sin", rows="nested lambda; container dict"),
    case(composed, 0.7, rows="nested closure; nested passed"),
    case(local_recursion, 0.7, rows="nested def; function recursion"),
    case(function_argument, 0.7, np.sin, rows="nested passed"),
    case(function_argument, 0.7, _cubed, rows="nested passed"),
    case(function_argument, 0.7, lambda v: v * 2, rows="nested passed; nested lambda"),
    case(MADE_BY_A_FACTORY, normal(3), rows="global closure read; nested closure"),
    case(local_store_helper, normal(4), rows="nested def; function mutates"),
    case(
        optimiser_over_a_closure,
        np.array([[2.0, 0.3], [0.3, 1.0]]),
        normal(2),
        rows="nested closure; nested passed",
        wrt=(0, 1),
    ),
]
