"""How constructs look after lifting, as text."""

import textwrap

import numpy as np
import pytest

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir import facts as F
from dpc.ir.show import show
from dpc.rules.all import LIBRARY

RATE = 0.5
ARRAYS = {"x": F.array("f8", ("n0",)), "y": F.array("f8", ("n1", "n2"))}
NOTHING_TO_DO = {"x": F.FLOAT, "mode": F.STR, "w": F.NONE}

LOOKS = []


def looks_like(text, facts=None):
    def keep(function):
        LOOKS.append((function, facts or {}, textwrap.dedent(text).strip()))
        return function

    return keep


@looks_like(
    """
    def exits(x, n):
        for k in range(0, n, 1) with x_1 = x:
            t = x_1 > 5
            if t:
                pass
            else:
                t_1 = k == 3
                if t_1:
                    pass
                else:
                    x_2 = x_1 * 2
                x_3 = merge x_1 else x_2
            x_4 = merge x_1 else x_3
            next x_1 = x_4
            leave if t
        x_5 = last x_1
        return x_5
    """
)
def exits(x: float, n: int):
    for k in range(n):
        if x > 5:
            break
        if k == 3:
            continue
        x = x * 2
    return x


@looks_like(
    """
    def early_return(x):
        t = x < 0
        if t:
            t_1 = -x
        else:
            y = np.sqrt(x)
            RATE = {module}.RATE
            t_2 = y * RATE
        result = merge t_1 else t_2
        return result
    """
)
def early_return(x: float):
    if x < 0:
        return -x
    y = np.sqrt(x)
    return y * RATE


@looks_like(
    """
    def methods(x, y):
        t = np.reshape(x, (2, 3))
        t_1 = t.T
        t_2 = np.sum(t_1, axis=0)
        y += t_2
        t_3 = np.multiply(x, 2)
        y[...] = t_3
        y[...] = 0.0
        y[1:, None] *= 3
        t_4 = np.ravel(x)
        t_5 = np.copy(t_4)
        return t_5
    """,
    ARRAYS,
)
def methods(x, y):
    y += x.reshape(2, 3).T.sum(axis=0)
    np.multiply(x, 2, out=y)
    y.fill(0.0)
    y[1:, None] *= 3
    return x.flatten()


@looks_like(
    """
    def unknown(x, y):
        x_1 = dpc.iadd(x, y)
        return x_1
    """
)
def unknown(x, y):
    x += y
    return x


@looks_like(
    """
    def decided(x, mode, w=None):
        return x
    """,
    NOTHING_TO_DO,
)
def decided(x, mode, w=None):
    if w is None and isinstance(x, float):
        return x
    if mode == "a" or x > 1:
        w = x
    return w


@looks_like(
    """
    def short_circuits(x, mode):
        t = mode == 'a'
        if t:
            pass
        else:
            t_1 = x > 1
        t_2 = merge t else t_1
        return t_2
    """
)
def short_circuits(x, mode):
    return mode == "a" or x > 1


@looks_like(
    """
    def swapped(x, y):
        y_1 = x + y
        a = y
        b = y
        a_1 = a * 2
        t = (a_1, b, y_1)
        return t
    """
)
def swapped(x, y):
    x, y = y, x + y
    a = b = x
    a = a * 2
    return a, b, y


@looks_like(
    """
    def walked_while_it_grows(x):
        parts = [x]
        t = len(parts)
        loop with index = 0:
            t_1 = len(parts)
            t_2 = index < t_1
            while t_2:
                t_3 = index + 1
                part = parts[index]
                t_4 = part * 2
                parts.append(t_4)
                next index = t_3
        index_1 = last index
        return parts
    """
)
def walked_while_it_grows(x):
    parts = [x]
    for part in parts:
        parts.append(part * 2)
    return parts


@looks_like(
    """
    def inlined(x):
        t = x * 2.0
        t_1 = t + x
        t_2 = t_1 + x
        return t_2
    """
)
def inlined(x: float):
    def f(v, k=2.0):
        return v * k + x

    return f(x) + (lambda v: v)(x)  # noqa: PLC3002


@looks_like(
    """
    def by_keys(params):
        total = 0.0
        t = sequence(params)
        t_1 = len(t)
        for i in range(0, t_1, 1) with total_1 = total:
            name = t[i]
            w = params[name]
            t_2 = len(name)
            t_3 = w * t_2
            total_2 = total_1 + t_3
            next total_1 = total_2
        total_3 = last total_1
        return total_3
    """
)
def by_keys(params):
    total = 0.0
    for name, w in params.items():
        total = total + w * len(name)
    return total


@pytest.mark.parametrize("case", LOOKS, ids=lambda case: case[0].__name__)
def test_text(case):
    function, facts, text = case
    program = lift(read(function), LIBRARY, facts)
    shown = show(program.function)
    assert shown == text.replace("{module}", __name__)


def test_what_a_program_rests_on():
    program = lift(read(early_return), LIBRARY, {})
    found = {d.path: d for d in program.dependencies}
    assert set(found) == {("np",), ("RATE",)}
    assert found["np",].identity is np
    assert found["RATE",].fact == F.FLOAT
    assert found["RATE",].holder is globals()
    assert program.scopes[__name__] is globals()
    assert len({d.scope for d in program.dependencies}) == 1


def test_every_statement_has_a_place():
    program = lift(read(exits), LIBRARY, {})
    loop = program.function.body[0]
    assert loop.span.text.startswith("for k in range(n):")
    test, branch = loop.body
    assert test.span.text.startswith("if x > 5:")
    assert branch.span == test.span
    _, inner = branch.orelse
    assert inner.orelse[0].span.text == "x = x * 2"


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def calls_a_recursive_function(x):
    return power(x, 3)


def even(x, n):
    return x if n == 0 else odd(x, n - 1)


def odd(x, n):
    return x * 2 if n == 0 else even(x, n - 1)


def calls_each_other(x):
    return even(x, 3)


def calls_what_is_not_there(x):
    return not_there_yet(x) * NOR_THIS  # noqa: F821


def shown(function):
    text = show(lift(read(function), LIBRARY, {}).function)
    return text.replace(f"{__name__}.", "").splitlines()[1:]


def test_recursion_is_a_call():
    assert shown(calls_a_recursive_function) == [
        "    t = power(x, 3)",
        "    return t",
    ]


def test_of_functions_that_call_each_other_one_is_called():
    lines = shown(calls_each_other)
    assert any("even(x" in line for line in lines)
    assert not any("odd(" in line for line in lines)


def test_inside_a_function_its_name_means_the_function_itself():
    program = lift(read(power), LIBRARY, {})
    assert "held.power(x, " in show(program.function)
    assert program.scopes["held"] == {"power": power}


def test_what_is_not_bound_yet_is_read_when_it_is_reached():
    program = lift(read(calls_what_is_not_there), LIBRARY, {})
    assert shown(calls_what_is_not_there) == [
        "    t = not_there_yet(x)",
        "    t_1 = t * NOR_THIS",
        "    return t_1",
    ]
    assert not program.dependencies
