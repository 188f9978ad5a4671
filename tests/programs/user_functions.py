"""User functions: every kind of parameter and argument, partial, recursion."""

from functools import partial, wraps

import numpy as np

from tests.programs.case import case, normal, positive


def _affine(x, w, b=0.5, *, gain=1.0):
    return gain * (x * w) + b


def positional_and_default(x: float, y: float):
    return _affine(x, y) * _affine(y, x, 2.0)


def keywords(x: float, y: float):
    """Arguments given by keyword stay active."""
    return _affine(w=y, x=x, gain=x) + _affine(x, b=y, w=2.0) ** 2


def keyword_only(x, y):
    return np.sum(_affine(x, y, gain=np.sum(y)) * _affine(x, x[0], x[1], gain=y))


def _own_defaults(x, scale=2.0, offset=(0.5, 1.5)):
    return x * scale + offset[1] * x**2 - offset[0]


def defaults_of_the_program(x: float, y: float = 1.5, n: int = 3, word="ab"):
    total = _own_defaults(x)
    for _ in range(n):
        total = total * y + len(word)
    return total


def _weighted(*values, weight=1.0):
    total = 0.0
    for i, value in enumerate(values):
        total += value * (i + 1) * weight
    return total * len(values)


def star_arguments(x):
    return _weighted(x[0], x[1] ** 2, x[2], weight=x[0]) + _weighted(x[1]) + _weighted()


def starred_call(x):
    pair = (x[0] * 2, x[1])
    rest = [x[2], x[0]]
    return _weighted(*pair, *rest) * _weighted(x[1], *x, weight=2.0)


def _polynomial(x, **coefficients):
    total = 0.0
    for name, value in coefficients.items():
        total += value * x ** int(name[1:])
    return total + coefficients.get("c9", 0.0)


def keyword_dictionary(x: float, y: float):
    more = {"c2": y * x, "c3": 0.5}
    return _polynomial(x, c1=y, **more) + _polynomial(y, **{"c2": x})


def _forward_everything(function, *args, **kwargs):
    return function(*args, **kwargs) * 2


def passed_through(x: float, y: float):
    a = _forward_everything(_affine, x, y, gain=x)
    return a + _forward_everything(_weighted, x, y, weight=y)


def partial_applications(x, y):
    shifted = partial(_affine, w=y, gain=2.0)
    first = partial(_affine, x)
    return np.sum(shifted(x)) * np.sum(first(2.0, b=y)) + np.sum(shifted(y, b=x))


DOUBLED = partial(_affine, w=2.0, b=0.1)


def partial_made_outside(x: float):
    return DOUBLED(x) * DOUBLED(x, gain=x)


def _pair(x, y):
    return x * y, (x - y, x / y)


def several_results(x: float, y: float):
    product, (difference, ratio) = _pair(x, y)
    again = _pair(ratio, difference)
    return product * again[1][0] + again[0]


def _unused(x, y):
    return x * 2


def unused_arguments(x: float, y: float):
    return _unused(x, y * y) + _unused(y=x, x=1.0)


def _power(x, n):
    if n == 0:
        return 1.0
    half = _power(x, n // 2)
    return half * half if n % 2 == 0 else half * half * x


def recursive_power(x: float):
    return _power(x, 5) + _power(2 * x, 3)


def factorial_by_itself(x: float, n: int):
    """Inside the program its own name means the program, not its gradient."""
    if n == 0:
        return x
    return factorial_by_itself(np.sin(x) * n, n - 1) + x


def _even(x, n):
    return x if n == 0 else _odd(x * 1.1, n - 1) + x


def _odd(x, n):
    return x * x if n == 0 else _even(np.cos(x), n - 1)


def mutual_recursion(x: float):
    return _even(x, 4) * _odd(x, 2)


def _tree_sum(x):
    n = len(x)
    if n == 1:
        return x[0] * x[0]
    left, right = _tree_sum(x[: n // 2]), _tree_sum(x[n // 2 :])
    return np.tanh(left * right) + left


def recursion_over_halves(x):
    return _tree_sum(x)


def _simpson(a, b, w, depth):
    m = (a + b) / 2
    whole = (b - a) * np.sin(w * m)
    if depth == 0 or abs(whole) < 1e-3:
        return whole
    return _simpson(a, m, w, depth - 1) + _simpson(m, b, w, depth - 1)


def adaptive_quadrature(a: float, b: float, w: float):
    return _simpson(a, b, w, 3)


def _nested_total(tree):
    if isinstance(tree, list):
        total = 0.0
        for child in tree:
            total += 0.5 * _nested_total(child)
        return total
    return np.sin(tree)


def recursion_over_a_tree(x):
    return _nested_total([x[0], [x[1] * x[0], [x[2]]], []])


def _logged(function):
    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs) + 1.0

    return inner


@_logged
def _decorated(x):
    return x * x


def calls_a_decorated_function(x: float):
    return _decorated(x) * _decorated(2 * x)


def same_function_in_a_loop(x):
    h = np.zeros(2)
    for row in x:
        h = np.tanh(_affine(h, row, b=h[0], gain=row[1]))
    return np.sum(h)


PAIR = dict(wrt=(0, 1))

CASES = [
    case(positional_and_default, 0.7, 1.3, rows="function positional", **PAIR),
    case(positional_and_default, 0.7, 1.3, rows="function default", **PAIR),
    case(keywords, 0.7, 1.3, rows="function keyword", **PAIR),
    case(keyword_only, normal(3), normal(3, seed=1), rows="function keyword", **PAIR),
    case(defaults_of_the_program, 0.7, rows="function default"),
    case(
        defaults_of_the_program,
        0.7,
        kwargs={"y": 0.9, "n": 2},
        rows="function default; function keyword",
        wrt=("x", "y"),
    ),
    case(star_arguments, normal(3), rows="function *args"),
    case(starred_call, normal(3), rows="function starred call; function *args"),
    case(keyword_dictionary, 0.7, 1.3, rows="function **kwargs", **PAIR),
    case(
        passed_through,
        0.7,
        1.3,
        rows="function **kwargs; function starred call; nested passed",
        **PAIR,
    ),
    case(
        partial_applications,
        normal(3),
        normal(3, seed=1),
        rows="function partial",
        **PAIR,
    ),
    case(partial_made_outside, 0.7, rows="function partial; global read"),
    case(several_results, 0.7, 1.3, rows="function positional", **PAIR),
    case(unused_arguments, 0.7, 1.3, rows="function positional", **PAIR),
    case(recursive_power, 0.7, rows="function recursion"),
    case(factorial_by_itself, 0.7, 4, rows="function recursion"),
    case(mutual_recursion, 0.7, rows="function recursion"),
    case(recursion_over_halves, normal(5), rows="function recursion"),
    case(
        adaptive_quadrature,
        0.1,
        1.4,
        2.0,
        rows="function recursion; return early",
        wrt=(0, 1, 2),
    ),
    case(recursion_over_a_tree, normal(3), rows="function recursion; container list"),
    case(calls_a_decorated_function, 0.7, rows="function positional"),
    case(same_function_in_a_loop, positive(3, 2), rows="function keyword"),
]
