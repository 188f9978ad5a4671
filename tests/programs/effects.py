"""`assert`, `raise`, `print`, f-strings, docstrings, string and `None` tests."""

import warnings

import numpy as np

from tests.programs.case import case, normal


def asserted(x):
    assert len(x) == 3, f"three elements, not {len(x)}"
    y = np.exp(x)
    assert np.all(y > 0)
    return np.sum(y * x)


def assert_in_a_loop(x: float):
    for k in range(3):
        x = np.sin(x) + k
        assert x < 100, ("too large", x)
    return x


def guarded_raise(x: float):
    if x > 100:
        raise ValueError(f"{x} is too large")
    y = x * x
    if y < 0:
        raise ArithmeticError
    return y * x


def _positive(x, what):
    if x < -50:
        raise ValueError("negative " + what) from None
    return np.sqrt(x + 60)


def raise_in_a_helper(x: float):
    return _positive(x, "length") * x


def raise_at_the_end(x: float, mode: str):
    """Rows of a dispatch table, the last of which raises."""
    if mode == "sin":
        return np.sin(x)
    if mode == "cube":
        return x**3
    raise KeyError(mode)


def prints(x):
    print("start", x.shape, sep=": ")
    y = x * x
    for k, value in enumerate(y):
        print(f"{k:02d} {value:.3f}", end=" ")
        y = y + value
    print()
    return np.sum(y)


def prints_in_a_branch(x: float):
    if x > 0:
        print("positive", x)
        x = x * x
    else:
        print("negative")
    return x * 3


def formatted(x: float):
    name = f"x is {x:.2f} and {2 * x!r}"
    label = "width %d" % len(name) + "{}".format(3)
    return x * len(label) + x**2 * name.count("x")


def documented(x: float):
    """Documented at length.

    The text is `x * 2`, which is no code.
    """
    y = x * x
    """A string in the middle."""
    ...
    return y + x


def passes(x: float):
    if x > 0:
        pass
    else:
        x = x * 2
    for _ in range(3):
        pass
    return x * x


def string_modes(x, mode: str = "mean"):
    if mode == "sum":
        y = np.sum(x * x)
    elif mode.startswith("me"):
        y = np.mean(x * x) * 2
    else:
        y = x[0]
    return y * len(mode)


def none_by_default(x, w=None, b=None):
    if w is None:
        w = np.ones(3)
    y = x * w
    if b is not None:
        y += b
    return np.sum(y * y)


def warns(x: float):
    if x > 50:
        warnings.warn("large", stacklevel=2)
    return x * x


def expression_statements(x):
    np.sum(x)
    x.sum()
    x[0]
    len(x)
    return x[0] * x[1]


CASES = [
    case(asserted, normal(3), rows="effect assert; effect f-string"),
    case(assert_in_a_loop, 0.7, rows="effect assert"),
    case(guarded_raise, 0.7, rows="effect raise"),
    case(raise_in_a_helper, 0.7, rows="effect raise"),
    case(raise_at_the_end, 0.7, "sin", rows="effect raise; effect string test"),
    case(raise_at_the_end, 0.7, "cube", rows="effect raise; effect string test"),
    case(prints, normal(3), rows="effect print; effect f-string"),
    case(prints_in_a_branch, 0.7, rows="effect print"),
    case(formatted, 0.7, rows="effect f-string"),
    case(documented, 0.7, rows="effect docstring"),
    case(passes, 0.7, rows="effect docstring"),
    case(string_modes, normal(3), rows="effect string test; function default"),
    case(string_modes, normal(3), "sum", rows="effect string test"),
    case(none_by_default, normal(3), rows="effect None test"),
    case(
        none_by_default,
        normal(3),
        None,
        normal(3, seed=1),
        rows="effect None test",
        wrt=(0, 2),
    ),
    case(
        none_by_default,
        normal(3),
        normal(3, seed=1),
        rows="effect None test",
        wrt=(0, 1),
    ),
    case(warns, 0.7, rows="test if"),
    case(expression_statements, normal(2), rows="effect docstring"),
]
