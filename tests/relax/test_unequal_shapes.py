"""Arrays of unequal shapes have no blend: the error is ours, and shows the test."""

import numpy as np
import pytest

import dpc

X = np.array([0.3, 0.4, 0.5, 0.7])


def turned(x):
    r = np.outer(x[:2], x)
    t = r if x[0] > 0.2 else r.T * 2
    return np.sum(t)


def turned_by_statement(x: np.ndarray):
    r = np.outer(x[:2], x)
    if x[0] > 0.2:
        t = r
    else:
        t = r.T * 2
    return np.sum(t)


def scaled(x):
    return np.sum(x[1:] * 1.0 if x[0] > 0.2 else x[2:] * 2)


def computed(x):
    r = np.outer(x[:2], x)
    return np.sum(np.exp(r) if x[0] > 0.2 else np.log(r.T))


def second_of_two(x):
    y = 2 * x if x[1] > 0.2 else 3 * x
    z = y[1:] * 1.0 if x[0] > 0.2 else y[2:] * 2
    return np.sum(z)


PROGRAMS = [turned, turned_by_statement, scaled, computed, second_of_two]


@pytest.mark.parametrize("f", PROGRAMS)
@pytest.mark.parametrize(
    "run",
    [
        lambda f: dpc.grad(f)(X),
        lambda f: dpc.grad(f).generic(X),
        lambda f: dpc.soften(f)(X),
        lambda f: dpc.jvp(f, (X,), (X,)),
    ],
    ids=("grad", "generic", "soften", "jvp"),
)
def test_the_error_names_the_test(f, run):
    with pytest.raises(dpc.SoftMergeError) as raised:
        run(f)
    said = str(raised.value)
    assert "x[0] > 0.2" in said
    assert "^" in said and "shape" in said


@pytest.mark.parametrize("f", [turned_by_statement, turned])
def test_rows_of_a_batch(f):
    with pytest.raises(dpc.SoftMergeError):
        dpc.batch(dpc.grad(f))(np.stack([X, X]))


def test_a_blend_that_no_adjoint_reads_is_made_over_a_batch_too():
    def either(x, y):
        return np.sum(x if x[0] > 0.2 else y)

    rows = np.stack([X, X])
    with pytest.raises(dpc.SoftMergeError):
        dpc.batch(dpc.grad(either))(rows, rows[:, :2])


@pytest.mark.parametrize("f", PROGRAMS)
def test_one_branch_with_all_the_weight_needs_no_blend(f):
    with dpc.temperature(1e-3):
        assert dpc.grad(f)(X).shape == X.shape


def test_arrays_of_the_user_s_that_do_not_fit_are_an_error_of_theirs():
    def misfit(x):
        y = 2 * x if x[0] > 0.2 else 3 * x
        return np.sum(y[1:] + 2 * y[2:])

    with pytest.raises(ValueError, match="broadcast"):
        dpc.grad(misfit)(X)
    with pytest.raises(ValueError, match="broadcast"):
        dpc.jvp(misfit, (X,), (X,))
