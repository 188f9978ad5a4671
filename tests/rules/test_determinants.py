"""The derivative of a determinant is a polynomial: it is known at singular matrices."""

import numpy as np
import pytest

import dpc

# One of rank two of three, of which elimination leaves an exact zero; one of rank one;
# none at all; one where it leaves a rounding error; and one with an inverse.
MATRICES = {
    "rank two": [[1.0, 2, 3], [2, 4, 6], [0, 1, 1]],
    "rank one": [[1.0, 2, 3], [2, 4, 6], [-1, -2, -3]],
    "zero": np.zeros((3, 3)),
    "almost": [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]],
    "regular": [[1.0, 2, 3], [2, 1, 6], [0, 1, 1]],
    "small": np.diag([1e-160, 1.0, 1e-170]),
}
EACH = pytest.mark.parametrize("a", [*map(np.array, MATRICES.values())], ids=MATRICES)
H = np.array([[0.3, -1.2, 0.5], [0.8, 0.1, -0.4], [1.1, 0.6, -0.9]])


def cofactor(a, i, j):
    rows, columns = np.delete([0, 1, 2], i), np.delete([0, 1, 2], j)
    (p, q), (r, s) = a[np.ix_(rows, columns)]
    return (-1) ** (i + j) * (p * s - q * r)


def cofactors(a):
    return np.array([[cofactor(a, i, j) for j in range(3)] for i in range(3)])


def determinant(a: np.ndarray):
    return np.linalg.det(a)


def of_any(a):
    return np.sum(np.linalg.det(a))


def along(a: np.ndarray):
    return np.sum(dpc.grad(determinant)(a) * H)


@EACH
@pytest.mark.parametrize("f", [determinant, of_any])
def test_the_gradient_is_the_matrix_of_cofactors(f, a):
    wanted = cofactors(a)
    scale = np.max(np.abs(a)) ** 2
    np.testing.assert_allclose(dpc.grad(f)(a), wanted, 1e-12, 1e-14 * scale)
    _, dot = dpc.jvp(f, (a,), (H,))
    np.testing.assert_allclose(dot, np.sum(wanted * H), 1e-12, 1e-14 * scale)


def test_some_matrices_of_a_stack_have_an_inverse():
    stack = np.array([np.array(a) for a in MATRICES.values()])
    wanted = [cofactors(a) for a in stack]
    for found in (dpc.grad(of_any)(stack), dpc.batch(dpc.grad(determinant))(stack)):
        for bar, each in zip(found, wanted, strict=True):
            np.testing.assert_allclose(bar, each, 1e-12, 1e-12)


@EACH
def test_the_second_derivative_needs_no_inverse_either(a):
    # The cofactors are quadratic: the difference has no error.
    wanted = (cofactors(a + H) - cofactors(a - H)) / 2
    scale = np.max(np.abs(wanted))
    for found in (dpc.grad(along)(a), dpc.hvp(determinant)(a, H)):
        np.testing.assert_allclose(found, wanted, 1e-9, 1e-13 * scale)


def test_the_third_derivative_of_a_regular_matrix():
    def twice(a: np.ndarray):
        return np.sum(dpc.grad(along)(a) * H)

    np.testing.assert_allclose(dpc.grad(twice)(H + np.eye(3)), 2 * cofactors(H), 1e-9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_small_matrices(n):
    wanted = np.array([[1.0, -1], [-1, 1]]) if n == 2 else np.ones((n, n))
    a = np.ones((n, n)) if n == 2 else np.zeros((n, n))
    np.testing.assert_allclose(dpc.grad(determinant)(a), wanted, atol=1e-15)


def test_a_determinant_that_is_too_large():
    a = np.diag([1e200, 1e200])
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(dpc.grad(determinant)(a), a)


def test_complex_and_narrow_numbers():
    def size(a):
        return np.abs(np.linalg.det(a) + 2.0)

    a = np.array([[1 + 1j, 2], [2 + 2j, 4]])
    wanted = np.array([[4, -2 - 2j], [-2, 1 + 1j]])
    np.testing.assert_allclose(dpc.grad(size)(a), wanted, atol=1e-14)
    bar = dpc.grad(determinant)(np.array([[1, 2], [2, 4]], np.float32))
    assert bar.dtype == np.float32
    np.testing.assert_allclose(bar, [[4, -2], [-2, 1]], 1e-6)


def test_what_is_not_a_number_passes_through():
    a = np.array([[np.nan, 1.0], [0.0, 0.0]])
    assert np.isnan(dpc.grad(determinant)(a)).all()


def test_the_logarithm_of_a_determinant_of_zero_has_no_finite_slope():
    def log(a: np.ndarray):
        return np.linalg.slogdet(a)[1]

    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_array_equal(
        dpc.grad(log)(a), np.inf * np.array([[1, -1], [-1, 1]])
    )
    np.testing.assert_allclose(
        dpc.grad(log)(a + np.eye(2)), [[5 / 6, -1 / 3], [-1 / 3, 1 / 3]]
    )
