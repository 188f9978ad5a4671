"""Arrays that are written in place in a loop: what was kept is what it was then."""

import numpy as np
import pytest

import dpc
from tests.oracle import assert_right

X = np.array([0.3, -0.7, 1.1, 0.4])


def made_anew(x):
    """What came round is not what is written in this iteration."""
    s = x
    for _ in range(3):
        m = s * s
        m[1:] += s[:-1] * s[1:]
        m[0] *= s[2]
        s = np.sin(m)
    return np.sum(s * s)


def carried_as_it_is(x):
    s = x * 1.5
    for _ in range(3):
        m = s * s
        m[1:] += s[:-1] * s[1:]
        s = m
    return np.sum(s**3)


def written_when_it_came_round(x):
    """The array of an iteration is written in the next one."""
    s = np.tanh(x)
    for _ in range(3):
        m = s * s
        y = np.exp(-m * m)
        s[1:] *= m[:-1]
        s = m * np.sum(y)
    return np.sum(s)


def written_through_the_carry(x):
    s, t = x * 1.0, 0.0
    for _ in range(3):
        m = np.sin(s)
        t = t + np.sum(m * m)
        s[0] = t
        s = m
    return t + np.sum(s * s)


def swapped(x):
    a, b = x * 2.0, np.cos(x)
    for _ in range(4):
        c = a * b
        c[:2] *= b[2:]
        a, b = b, c
    return np.sum(a * b)


def swapped_and_written(x):
    a, b = x * 2.0, np.cos(x)
    for _ in range(4):
        c = a * b
        b[1:] += c[:-1] * a[1:]
        a, b = b, c
    return np.sum(a * b)


def one_step_later(x):
    """It is written two iterations after it was made."""
    old, now = x * 1.0, np.sin(x)
    for _ in range(4):
        new = now * old
        old[:] = now * now
        old, now = now, new + old[::-1]
    return np.sum(now * old)


def made_outside(x):
    """The buffer is one in all iterations."""
    buffer = np.zeros_like(x)
    s = buffer
    for k in range(3):
        y = s * x + x
        buffer[k:] += y[k:] * y[k:]
        s = buffer
    return np.sum(s * s)


def in_an_inner_loop(x):
    s = x
    for _ in range(2):
        m = s * 1.1
        for k in range(3):
            v = m[k:] * m[k:]
            m[k] = np.sum(v) * m[k + 1]
        s = m * s
    return np.sum(s)


def made_in_between(x):
    """Made in the outer loop, kept and written in the inner one."""
    s = x
    for _ in range(2):
        m = s * 1.1
        for k in range(3):
            y = m * m
            m[k] = np.tanh(np.sum(y * s))
            m[k + 1] *= np.cos(np.sum(np.sin(m)))
        s = np.tanh(m)
    return np.sum(s)


def in_a_branch(x):
    s = x
    for k in range(4):
        m = np.tanh(s) * 2.0
        if k % 2:
            m[1:] *= s[:-1] * s[1:]
        else:
            s = s * m
            m = s
            m[0] += m[1] * m[2]
        s = m
    return np.sum(s * s)


def kept_in_a_list(x):
    s, seen = x, []
    for _ in range(3):
        m = s * s + 0.1
        seen.append(m)
        m[:2] *= s[2:]
        s = np.sqrt(np.abs(m))
    return np.sum(seen[0] * seen[1] * seen[2])


def written_from_a_list(x):
    s, seen = x, []
    for _ in range(3):
        m = s * s + 0.1
        seen.append(m)
        for one in seen:
            one[0] *= 0.5 * m[1]
        s = np.sin(m) * s
    return np.sum(s) + np.sum(seen[0] * seen[1])


def while_it_lasts(x):
    s, n = x * 0.9, 0
    while n < 3:
        m = s * np.cos(s)
        m[1:] -= s[1:] * s[:-1] * np.cos(m[1:])
        n += 1
        s = m
    return np.sum(s * s)


def through_a_view(x):
    s = x
    for _ in range(3):
        m = s * s
        v = m[1:]
        y = v * s[:-1]
        v[0] = np.sum(y)
        s = m + s * v[0]
    return np.sum(s)


def in_an_argument(x):
    y = x * x
    for k in range(3):
        m = y * x
        x[k] = m[k + 1] * m[k]
        y = m
    return np.sum(y * x)


def concatenated(x):
    s = x
    for _ in range(3):
        h = np.tanh(s)
        m = s * h
        m[0] -= h[1]
        s = np.concatenate([h[:2], m[2:]]) * np.sum(np.concatenate([h, m[:1]]))
    return np.sum(s)


PROGRAMS = [
    value
    for value in list(globals().values())
    if getattr(value, "__module__", "") == __name__
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_what_was_kept_is_what_it_was(f):
    assert_right(f, X)


def test_what_is_made_anew_is_not_copied():
    def forward(f):
        source = dpc.grad(f, branches="hard").specialize(X).source
        return source.partition("# return")[0]

    assert "np.copy" not in forward(made_anew)
    assert "np.copy" in forward(written_when_it_came_round)
    assert "np.copy" in forward(made_in_between)
