"""The value of relaxed programs, against an interpreter that knows no compiler."""

import ast
import inspect
import math
import warnings

import numpy as np
import pytest

import dpc
from tests.relax import containers, test_exits, test_loops, test_values
from tests.relax.branching import program
from tests.relax.holding import holding
from tests.relax.looping import looping
from tests.relax.meaning import meaning
from tests.relax.meaning_of_jumps import tree_of
from tests.relax.test_random_decisions import WRT, point

T = 0.7
# What a soft loop has left when it is not followed any further.
SPENT = 1e-5


def returns_inside(node, depth=0):
    """A `return` stands in a branch or a loop that stands in another."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return) and depth > 1:
            return True
        deeper = isinstance(child, ast.If | ast.For | ast.While)
        if returns_inside(child, depth + deeper):
            return True
    return False


def assert_same(f, args, wrt, t, rtol=1e-9, forms=True, text="", **options):
    """The relaxed program, in every form, has the value that it means."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = meaning(f, wrt, t, **options)(*args)
        soft = dpc.soften(f, wrt=wrt, temperature=t, **options)
        found = [soft(*args)]
        if not np.all(np.isfinite(wanted)) or np.any(np.abs(wanted) > 1e5):
            return False
        if forms:
            run = dpc.value_and_grad(
                f, wrt=wrt, temperature=t, branches="soft", **options
            )
            found.append(run(*args)[0])
            try:
                found.append(run.generic(*args)[0])
            except dpc.UnsupportedError:
                pass  # `+=` on what may be an array
    for value in found:
        np.testing.assert_allclose(
            value, wanted, rtol=rtol, atol=rtol, err_msg=text or f.__name__
        )
    return True


# Programs written by hand


def some(programs, step):
    """The short run takes one in a few: each of them is compiled."""
    return [
        pytest.param(
            *row, id=row[0].__name__, marks=[pytest.mark.slow] if k % step else []
        )
        for k, row in enumerate(programs)
    ]


def views_and_rows(x: float):
    a = np.array([[x, 1.0, 2.0], [3.0, x * x, 5.0]])
    row, column = a[1], a[:, 1]
    if x > 0.2:
        row[1] = 7 * x
        row[2] += x
    else:
        column *= 3.0
        a = 2 * a
    return row.sum() * column[0] + column[1] + a[0, 0]


def swapped_through_a_view(x: float):
    a = np.array([x, 2 * x, 1.0])
    first = a[:2]
    for i in range(2):
        if a[i] < a[i + 1] + x:
            a[i], a[i + 1] = a[i + 1], a[i]
    return first[0] + 10 * first[1] + 100 * a[2]


def survivors(x: float):
    a = [x, 1.0]
    b = 3 * x
    if x > 0.1:
        a[0] = 100.0
        b = 50 * x
        return a[0] * x
    a[1] = a[0] + b
    return a[0] + a[1] + b


def connected(x: float):
    y = 1.0
    if (x > 0 and not x * x > 0.5) or 0.1 < x < 0.4 < 2 * x:
        y = 3 * x
    return y


def named(x: float):
    warm = x > 0.2
    cold = not warm and x > -1
    if cold:
        y = 2 * x
    else:
        y = 5.0 if warm else 7 * x
    return y + (1.0 if warm else 0.0)


def chosen_flag(x: float):
    flag = x > 0.5
    if x > 0:
        flag = x < 0.3
    return x if flag else 10 * x


def many(x: float):
    v = [0.1, 0.5 * x, 0.7]
    y = x * x if all(e < x for e in v) else 3 * x
    if any(e > 2 * x for e in v):
        y = y + 1
    return y


def declared(x: float):
    y = 1.0
    if dpc.hard(x > 0.1):
        y = 2.0
    if dpc.soft(x > 0.3, 0.1):
        y = y * x
    if dpc.prob(0.3 + 0.1 * x):
        y = y + x
    with dpc.temperature(2.0):
        if x > 0:
            y = y * 3
    return y


def fails(x: float):
    y = math.log(x) if x > 0 else 0.5
    if x > 0.05:
        z = math.sqrt(x)
    else:
        z = 3 * y
    return y * z


def of_no_difference(x: float):
    a = 1.0
    c = (2.0, x)
    if a < c[0]:
        a = x
    if a < c[0]:
        a = 3 * a
    return a


def helper(values, x):
    if x > 0.4:
        values[0] = 10.0
        return x
    values[1] = values[0]
    if values[0] > x:
        values = [5.0, 5.0]
    return values[1]


def called(x: float):
    values = [x, 2.0]
    y = helper(values, x)
    return y + values[0] * values[1]


def learned(x: float, n: float):
    v = np.array([x, 1.0])
    for k in dpc.range(n):
        x = 0.5 * x + k
        v[1] *= 2
    return x * v[1]


def hard_exits(x: float):
    y = x
    for i in range(4):
        if y > 0.7:
            y = y - 0.1
            continue
        y = y + 0.3 if x > 0 else y + 0.4
        if y > 1.1:
            break
    return y


def left_from_an_else(x: float, y: float):
    for _ in range(2):
        for _ in range(2):
            x = 1.78 * x
            if x > y:
                break
        else:
            if x < 2 * y:
                break
            x = x + 1
        x = x * y
    return x


ALONE = [
    views_and_rows,
    swapped_through_a_view,
    survivors,
    connected,
    named,
    chosen_flag,
    many,
    declared,
    fails,
    of_no_difference,
    called,
    hard_exits,
]


@pytest.mark.parametrize("f", some([(f,) for f in ALONE], 2))
def test_programs_written_by_hand(f):
    assert assert_same(f, (0.3,), ("x",), 0.5)
    assert assert_same(f, (-0.35,), ("x",), 0.5, forms=False)


@pytest.mark.parametrize("n", [0.0, 0.3, 2.0, 3.75])
def test_learned_lengths(n):
    assert assert_same(learned, (0.7, n), ("x", "n"), 0.5, forms=False)


ROWS = [row[:4] for row in test_values.ROWS if row[3] != "t"]


@pytest.mark.parametrize(("f", "args", "wrt", "t"), ROWS)
def test_the_interpreter_hits_the_values_to_hit(f, args, wrt, t):
    wanted = next(row[4] for row in test_values.ROWS if row[:2] == (f, args))
    names = tuple(inspect.signature(f).parameters)
    assert meaning(f, names, t)(*args) == pytest.approx(wanted, abs=6e-7)


@pytest.mark.parametrize("f", some([(f,) for f in containers.PROGRAMS], 8))
def test_containers(f):
    if not returns_inside(tree_of(f)):
        for x in (0.3, -0.4):
            assert assert_same(f, (x,), ("x",), 0.5, forms=False)


LOOPS = [*test_loops.PROGRAMS, *((f, test_exits.AT) for f in test_exits.PROGRAMS)]
LOOPS.append((left_from_an_else, (0.31, 0.92)))


@pytest.mark.parametrize(("f", "args"), some(LOOPS, 6))
def test_soft_loops(f, args):
    names = tuple(inspect.signature(f).parameters)
    if not returns_inside(tree_of(f)):
        assert assert_same(f, args, names, 0.4, SPENT, False, loops="soft")


# Programs drawn at random


def agree(seeds, written, forms=False, **options):
    """How many programs have a finite value, which is right for all of them."""
    count = 0
    for seed in seeds:
        f, text = written(seed)
        if returns_inside(tree_of(f)):
            continue
        rtol = SPENT if options else 1e-8
        try:
            count += assert_same(
                f, point(seed), WRT, T, rtol, forms, f"{seed}\n{text}", **options
            )
        except dpc.UnsupportedError as error:
            assert "may be the same object" in str(error)
    return count


def test_a_few_that_decide():
    assert agree(range(10), program) > 5


def test_a_few_that_hold():
    assert agree(range(3), holding) > 1


def test_a_few_that_loop():
    assert agree(range(3), looping, loops="soft") > 0


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_decide(block):
    assert agree(range(1000 + 30 * block, 1030 + 30 * block), program, True) > 15


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_hold(block):
    assert agree(range(2000 + 30 * block, 2030 + 30 * block), holding, True) > 15


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred_that_loop(block):
    seeds = range(1000 + 30 * block, 1030 + 30 * block)
    assert agree(seeds, looping, True, loops="soft") > 3
