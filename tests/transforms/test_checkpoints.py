"""Checkpointed loops: the same gradient, to the last bit, from less memory."""

import math
import tracemalloc

import numpy as np
import pytest

import dpc
from tests import trees

W = np.array([[0.4, -0.8, 0.1], [0.9, 0.2, -0.5], [-0.3, 0.6, 0.7]])
X = np.array([0.7, -1.2, 0.4])
U = np.linspace(-1.0, 1.0, 7) ** 3


def recurrent(x, w):
    for t in range(2, 24, 2):
        x = np.tanh(w @ x) + 0.01 * t
    return np.sum(x * x)


def elements(xs, w):
    h = np.zeros(3)
    for k, x in enumerate(xs):
        h = np.tanh(w @ h + x) * (k + 1.0)
    return np.sum(h)


def unknown_length(x: float, w: float):
    total = 0.0
    while x < 10.0:
        x = x + w * x
        total = total + np.sin(x)
    return total + x


def ways_out(x, n):
    ys = []
    for t in range(n):
        if x[0] > 4.0:
            break
        if t % 3 == 1:
            continue
        x = x * 1.1 + np.sin(x)
        ys.append(np.sum(x))
        if np.sum(x) > 1e3:
            return x[0]
    return sum(ys) + ys[0]


def new_array_each_step(u, c):
    for _ in range(11):
        new = np.zeros_like(u)
        new[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = new
    return np.sum(u**2)


def two_buffers(u, c):
    a, b = u.copy(), np.zeros_like(u)
    for _ in range(9):
        b[1:-1] = a[1:-1] + c * (a[2:] * a[:-2] - a[1:-1])
        a, b = b, a
    return np.sum(a * b) + np.sum(a)


def in_place(u, c):
    u = u.copy()
    for _ in range(7):
        u[1:-1] += c * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


def in_place_and_then_overwritten(u, c):
    w = np.sin(u)
    for _ in range(5):
        u = u * w + c
    w[:] = 0.0
    return np.sum(u) + np.sum(w)


def filled(x, n):
    ys = np.zeros((n, 3))
    for t in range(n):
        x = np.sin(x) * 1.2
        ys[t] = x
    return np.sum(ys**2)


def argument_mutated(u, c):
    for k in range(1, 6):
        u[k] = u[k - 1] * c + np.sin(u[k + 1])
    return np.sum(u * u)


def nested(x, w):
    total = 0.0
    for _ in range(4):
        for k in range(3):
            x = np.tanh(w @ x) + k
            while np.sum(x) > 2.5:
                x = x * 0.9
        total = total + np.sum(x)
    return total


def in_a_branch_of_a_loop(x, w):
    for outer in range(3):
        if outer != 1:
            for _ in dpc.checkpoint(range(5), every=2):
                x = np.tanh(w @ x)
        x = x * 1.5
    return np.sum(x)


def marked_within_marked(x, w):
    for _ in dpc.checkpoint(range(6), snapshots=2):
        for _ in dpc.checkpoint(range(4), every="sqrt"):
            x = np.tanh(w @ x) + 0.1
    return np.sum(x)


def random_steps(x, n):
    rng = np.random.default_rng(5)
    np.random.seed(2)
    for _ in range(n):
        x = np.sin(x) * rng.uniform(0.5, 1.5) + np.random.normal(size=3) * x
    return np.sum(x)


def renewed_in_a_branch(x, n):
    """What the branch leaves is not there yet when its first loop has run."""
    k = 0
    if n > 0:
        while k < n:
            k += 1
            x = np.maximum(x, 0.5 * x)
        for _ in range(n):
            x[1] *= np.sin(x[0])
    return np.sum(np.sin(x))


def no_steps(x, n):
    for _ in range(n - n):
        x = np.sin(x)
    return np.sum(x * x)


def scaled(x, step, n):
    """`step` is compiled when it is reached."""
    for _ in range(n):
        x = step(x)
    return np.sum(x)


def swirl(x):
    return np.sin(x) * 1.5


PROGRAMS = [
    (recurrent, (X, W), (0, 1)),
    (elements, (np.outer(np.arange(5.0), X), W), (0, 1)),
    (unknown_length, (1.0, 0.3), (0, 1)),
    (ways_out, (X, 13), 0),
    (new_array_each_step, (U, 0.1), (0, 1)),
    (two_buffers, (U, 0.3), (0, 1)),
    (in_place, (U, 0.1), (0, 1)),
    (in_place_and_then_overwritten, (U, 0.1), (0, 1)),
    (filled, (X, 6), 0),
    (argument_mutated, (U, 0.7), (0, 1)),
    (nested, (X, W), (0, 1)),
    (in_a_branch_of_a_loop, (X, W), (0, 1)),
    (marked_within_marked, (X, W), (0, 1)),
    (random_steps, (X, 8), 0),
    (renewed_in_a_branch, (X, 3), 0),
    (no_steps, (X, 4), 0),
    (scaled, (X, swirl, 7), 0),
]
NAMES = [function.__name__ for function, _, _ in PROGRAMS]


@pytest.mark.parametrize(
    ("function", "args", "wrt"),
    PROGRAMS,
    ids=NAMES,
)
def test_same_gradient_to_the_bit(function, args, wrt):
    plain = dpc.value_and_grad(function, wrt=wrt, branches="hard")
    for checkpoint in (3, ("revolve", 2), "sqrt"):
        made = dpc.value_and_grad(
            function, wrt=wrt, branches="hard", checkpoint=checkpoint
        )
        for a, b in ((plain, made), (plain.generic, made.generic)):
            if a is not plain and checkpoint == "sqrt":
                continue
            given, after = trees.copied(args), trees.copied(args)
            expected, found = a(*after), b(*given)
            trees.assert_same(found, expected)
            trees.assert_same(given, after)


def test_effects_happen_once(capsys):
    def told(x, n):
        for t in range(n):
            print("step", t)
            assert t < n
            x = np.sin(x) * 1.3
        return np.sum(x)

    dpc.grad(told, branches="hard", checkpoint=("revolve", 2))(X, 5)
    assert capsys.readouterr().out == "".join(f"step {t}\n" for t in range(5))


def test_random_state_is_where_the_primal_leaves_it():
    def walk(x, rng):
        for _ in range(9):
            x = x * rng.uniform(0.5, 1.5) * np.random.uniform(0.9, 1.1)
        return x

    states = []
    for options in ({}, {"checkpoint": 2}, {"checkpoint": ("revolve", 2)}):
        np.random.seed(3)
        rng = np.random.default_rng(4)
        g = dpc.grad(walk, branches="hard", **options)(1.5, rng)
        states.append((g, np.random.uniform(), rng.uniform()))
    assert states[0] == states[1] == states[2]


GENERATOR = np.random.default_rng(11)


def noise(scale):
    return scale * np.random.uniform(0.5, 1.5)


dpc.nondifferentiable(noise)


def late_noise(x, draw):
    return x * draw()


def draw_global():
    return GENERATOR.uniform(0.5, 1.5)


@pytest.mark.parametrize("checkpoint", [2, ("revolve", 2)])
def test_wherever_numbers_are_drawn_from(checkpoint):
    def in_a_global(x):
        for _ in range(7):
            rng = GENERATOR
            x = x * rng.uniform(0.5, 1.5)
        return x

    def in_a_function(x):
        for _ in range(7):
            x = x * noise(1.0)
        return x

    def in_what_is_called(x, draw, step):
        for _ in range(7):
            x = step(x, draw)
        return x

    for f, args in (
        (in_a_global, ()),
        (in_a_function, ()),
        (in_what_is_called, (draw_global, late_noise)),
    ):
        values = []
        for options in ({}, {"checkpoint": checkpoint}):
            np.random.seed(5)
            GENERATOR.bit_generator.state = np.random.default_rng(
                11
            ).bit_generator.state
            values.append(dpc.grad(f, branches="hard", **options)(0.7, *args))
        assert values[0] == values[1]


def test_pullback_called_again():
    for checkpoint in (3, ("revolve", 2)):
        _, pullback = dpc.vjp(recurrent, X, W, branches="hard", checkpoint=checkpoint)
        _, plain = dpc.vjp(recurrent, X, W, branches="hard")
        for seed in (1.0, -2.0):
            trees.assert_same(pullback(seed), plain(seed))


def test_outside_compiled_code_it_is_what_it_goes_over():
    steps = range(4)
    assert dpc.checkpoint(steps, every=2) is steps
    assert dpc.checkpoint(steps, snapshots=2) is steps


def test_source_and_report_show_it():
    derivative = dpc.grad(recurrent, branches="hard", checkpoint=4)
    assert "Checkpoints(every=4)" in derivative.source
    assert "advance" not in derivative.source
    assert "run again from snapshots, every 4 steps: x" in derivative.report
    derivative = dpc.grad(recurrent, branches="hard", checkpoint=("revolve", 5))
    assert "snapshots=5, advance=advance" in derivative.source
    assert "run again from snapshots, at most 5: x" in derivative.report
    assert "Checkpoints" not in dpc.soften(marked_within_marked).source


def test_number_of_steps_that_is_known_when_it_runs():
    def f(x, k, s):
        for _ in dpc.checkpoint(range(20), every=k, snapshots=s):
            x = np.sin(x) * 1.2
        return x

    g = dpc.grad(f, branches="hard")
    assert g(0.3, 2, 3) == g(0.3, 1, 1) == g(0.3, 7, 100)
    with pytest.raises(dpc.UnsupportedError, match="not positive"):
        g(0.3, 0, 3)


def peak(derivative, *args):
    derivative(*args)
    tracemalloc.start()
    try:
        derivative(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_and_work():
    """A thousand steps on ten thousand numbers."""
    runs = 0

    def drift(x):
        nonlocal runs
        runs += 1
        return 0.999 * x

    def flow(x, n):
        for _ in range(n):
            x = np.sin(drift(x))
        return np.sum(x)

    @dpc.rule(drift)
    def drift_rule(x, *, out, out_bar):
        return 0.999 * out_bar

    x, n, snapshots = np.linspace(0.1, 1.0, 10_000), 1000, 10
    stored = dpc.grad(flow, branches="hard")
    again = dpc.grad(flow, branches="hard", checkpoint=("revolve", snapshots))
    assert np.array_equal(stored(x, n), again(x, n))
    assert peak(again, x, n) < 0.02 * peak(stored, x, n)
    runs = 0
    again(x, n)
    r = next(r for r in range(9) if math.comb(snapshots + r, r) >= n)
    assert runs - n <= r * n - math.comb(snapshots + r, snapshots + 1)
