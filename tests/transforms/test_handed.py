"""Arrays that every iteration makes anew and hands to the next one."""

import numpy as np
import pytest

import dpc
from tests.along import assert_modes_agree
from tests.oracle import assert_right

U = np.array([0.7, -0.4, 1.3, 0.2, 0.9])


def copied(u, k, steps):
    for _ in range(steps):
        new = u.copy()
        new[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = new
    return np.sum(u**2)


def filled(u, k, steps):
    for _ in range(steps):
        new = np.empty_like(u)
        for i in range(len(u)):
            new[i] = u[i] * u[i - 1] + k
        u = new
    return np.sum(u**2)


def two_before(u, k, steps):
    before, now = u, u * u
    for _ in range(steps):
        new = 2 * now - before
        new[1:-1] += k * now[2:] * now[:-2]
        before, now = now, new
    return np.sum(now * before)


def until_it_is_large(u, k, steps):
    while np.sum(u * u) < 9.0:
        new = u * 1.5
        new[0] *= k * u[1]
        u = new
    return np.sum(u**3)


def with_a_way_out(u, k, steps):
    for i in range(steps):
        new = u + k
        new[i] *= u[0]
        u = new
        if u[0] > 2.0:
            break
    return np.sum(u**3)


def inside_another_loop(u, k, steps):
    total = 0.0
    for i in range(2):
        for _ in range(steps):
            new = u * k
            new[i] = np.sum(u)
            u = new
        total = total + np.sum(u * u)
    return total


def looked_at_behind_the_loop(u, k, steps):
    first = u
    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        u = new
    return np.sum(u * first)


HANDED = [
    copied,
    filled,
    two_before,
    until_it_is_large,
    with_a_way_out,
    inside_another_loop,
    looked_at_behind_the_loop,
]


# What is handed over is written by another name, later, or by someone else.


def written_when_it_is_old(u, k, steps):
    u = u * 1.0
    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        u[0] = 2.0 * new[1]
        new[1] += u[0] * u[1]
        u = new
    return np.sum(u**2)


def written_behind_the_loop(u, k, steps):
    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        u = new
    u[1] = u[0] * u[2]
    return np.sum(u**2)


def written_through_a_view_of_the_last(u, k, steps):
    u = u * 1.0
    view = u[1:]
    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        view[0] = view[1] * k
        u, view = new, new[1:]
    return np.sum(u**2) + np.sum(view)


def swapped_buffers(u, k, steps):
    new, u = np.zeros_like(u), u * 1.0
    for _ in range(steps):
        new[1:-1] = k * (u[2:] + u[:-2]) * u[1:-1]
        u, new = new, u
    return np.sum(u**2) + np.sum(new)


def kept_in_a_list(u, k, steps):
    kept = []
    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        kept.append(new)
        if i > 0:
            kept[i - 1][2] = new[0] * u[2]
        u = new
    return np.sum(u**2) + np.sum(kept[0] * kept[1])


def kept_by_a_closure(u, k, steps):
    held = [u * 1.0]

    def write():
        held[0][0] = held[0][1] * k

    for i in range(steps):
        new = u * k
        new[i] = np.sum(u)
        u = new
        write()
        held[0] = new
    return np.sum(u**2) + np.sum(held[0])


def the_same_one_again(u, k, steps):
    u = u * 1.0
    for i in range(steps):
        if i % 2 == 0:
            new = u
        else:
            new = u * k
        new[i] = np.sum(u * u)
        u = new
    return np.sum(u**2)


WRITTEN = [
    written_when_it_is_old,
    written_behind_the_loop,
    written_through_a_view_of_the_last,
    swapped_buffers,
    kept_in_a_list,
    kept_by_a_closure,
    the_same_one_again,
]


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("program", [*HANDED, *WRITTEN], ids=lambda f: f.__name__)
def test_is_right(program, steps) -> None:
    if program in (kept_in_a_list, until_it_is_large):
        steps = 3
    assert_right(program, U, 0.8, steps, wrt=(0, 1))
    assert_modes_agree(program, U, 0.8, steps, wrt=(0, 1))


@pytest.mark.parametrize("program", HANDED, ids=lambda f: f.__name__)
def test_an_argument_that_is_the_first_of_them_is_not_written(program) -> None:
    value, slope = dpc.jvp(program, (U, 0.8, 3), (U, 1.0, None), branches="hard")
    assert np.ndim(value) == np.ndim(slope) == 0
    product = dpc.hvp(program, branches="hard")(U, 0.8, 3, U)
    along = dpc.grad(lambda u: np.vdot(dpc.grad(program)(u, 0.8, 3), U))
    np.testing.assert_allclose(product, along(U), 1e-9)


def test_the_backward_sweep_hands_one_adjoint_on() -> None:
    source = dpc.value_and_grad(filled, branches="hard").specialize(U, 0.8, 3).source
    forward, backward = source.split("# return")
    assert "bar" not in forward.split('"""')[-1]
    assert "u_bar" in backward
    assert "gradient(" not in source


def two_at_once(u, k, steps):
    v = u * u
    for _ in range(steps):
        new_u, new_v = u.copy(), v.copy()
        new_u[1:] -= k * v[:-1]
        new_v[:-1] += k * u[1:] * v[1:]
        u, v = new_u, new_v
    return np.sum(u * u) + np.sum(v * v)


def handed_on_twice(u, k, steps):
    v = u
    for _ in range(steps):
        new = u.copy()
        new[1:] -= k * v[:-1] * u[1:]
        u, v = new, new
    return np.sum(u * v) + np.sum(v)


@pytest.mark.parametrize("program", [two_before, two_at_once, handed_on_twice])
def test_two_adjoints_that_come_round(program) -> None:
    assert_right(program, U, 0.8, 3, wrt=(0, 1))
    assert_modes_agree(program, U, 0.8, 3, wrt=(0, 1))


@pytest.mark.parametrize("program", [copied, two_at_once])
def test_adjoints_that_come_round_and_are_read_once_are_not_copied(program) -> None:
    source = dpc.grad(program, wrt=(0, 1), branches="hard").specialize(U, 0.8, 3).source
    assert "np.copy(" not in source
