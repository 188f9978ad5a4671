"""`dpc.vjp`: the output, and a pullback that may be called any number of times."""

import numpy as np
import pytest

import dpc

A = np.array([[1.0, 2.0], [3.0, 4.0]])
X = np.array([0.5, -1.0])


def vjp(function, *primals, **options):
    return dpc.vjp(function, *primals, branches="hard", **options)


def affine(a, x, *, shift=0.0):
    return a @ x + shift


def test_output_and_one_cotangent_for_each_primal():
    out, pullback = vjp(affine, A, X)
    assert out.tolist() == (A @ X).tolist()
    u = np.array([1.0, 10.0])
    a_bar, x_bar = pullback(u)
    np.testing.assert_allclose(a_bar, np.outer(u, X))
    np.testing.assert_allclose(x_bar, A.T @ u)


def test_pullback_is_called_again_and_again():
    _, pullback = vjp(affine, A, X)
    first = [bar.tolist() for bar in pullback(np.ones(2))]
    pullback(np.array([5.0, -7.0]))
    assert [bar.tolist() for bar in pullback(np.ones(2))] == first


def looped(x, n):
    y = x.copy()
    for k in range(n):
        y[k % 2] *= y[k % 2 - 1] + x[0]
        if y[0] > 50:
            break
    return y


def test_pullback_of_a_loop_is_linear():
    """Tapes and buffers of the first call must serve the later ones."""
    _, pullback = vjp(looped, X, 5)
    one, two = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    left, right = pullback(one)[0], pullback(two)[0]
    both = pullback(2 * one - 3 * two)[0]
    np.testing.assert_allclose(both, 2 * left - 3 * right)


def test_keyword_arguments_are_constants():
    out, pullback = vjp(affine, A, X, kwargs={"shift": 2.0})
    assert out.tolist() == (A @ X + 2.0).tolist()
    assert len(pullback(np.ones(2))) == 2


def test_primals_without_floats_have_no_cotangent():
    _, pullback = vjp(looped, X, 3)
    x_bar, n_bar = pullback(np.ones(2))
    assert x_bar.shape == (2,)
    assert n_bar is None


def structured(p, x: float):
    return {"a": p["w"] * x, "b": (x**2, "word", 3)}


def test_structured_primals_and_outputs():
    out, pullback = vjp(structured, {"w": X, "name": "p"}, 2.0)
    assert out["b"] == (4.0, "word", 3)
    p_bar, x_bar = pullback({"a": np.ones(2), "b": (10.0, None, None)})
    assert p_bar["w"].tolist() == [2.0, 2.0]
    assert p_bar["name"] is None
    assert x_bar == np.sum(X) + 40.0


def in_place(p):
    p["w"][0] = p["w"][0] * p["w"][1]
    return p["w"] * p["b"], np.sum(p["w"])


def test_none_is_a_cotangent_of_zeros():
    """In the place of a number, an array or a container."""

    def pulled(cotangent):
        _, pullback = vjp(in_place, {"w": X.copy(), "b": X.copy()})
        return pullback(cotangent)[0]

    zeros = {"w": np.zeros(2), "b": np.zeros(2)}
    for given, whole in [
        (((X, None), None), ((X, 0.0), zeros)),
        ((None, {"w": X, "b": None}), ((np.zeros(2), 0.0), {"w": X, "b": np.zeros(2)})),
        (((None, 2.0), zeros), ((np.zeros(2), 2.0), zeros)),
        (None, ((np.zeros(2), 0.0), zeros)),
    ]:
        found, expected = pulled(given), pulled(whole)
        assert found["w"].tolist() == expected["w"].tolist()
        assert found["b"].tolist() == expected["b"].tolist()


def test_cotangent_is_not_written():
    u = np.ones(2)
    _, pullback = vjp(looped, X, 4)
    pullback(u)
    assert u.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("cotangent", [np.ones(3), (1.0, 2.0), {"a": 1.0}, "text"])
def test_cotangent_of_another_structure_is_refused(cotangent):
    _, pullback = vjp(affine, A, X)
    with pytest.raises(dpc.ArgumentError):
        pullback(cotangent)


def mutating(x, y):
    x *= y
    y[0] = x[1]
    return np.sum(x)


def test_mutated_arguments_are_outputs_in_parameter_order():
    x, y = X.copy(), np.array([2.0, 3.0])
    out, pullback = vjp(mutating, x, y)
    result, x_after, y_after = out
    assert result == np.sum(X * [2.0, 3.0])
    assert x_after.tolist() == x.tolist() == (X * [2.0, 3.0]).tolist()
    assert y_after.tolist() == y.tolist() == [X[1] * 3.0, 3.0]
    x_bar, y_bar = pullback((1.0, np.array([10.0, 20.0]), np.array([100.0, 1000.0])))
    np.testing.assert_allclose(x_bar, [11.0 * 2.0, 121.0 * 3.0])
    np.testing.assert_allclose(y_bar, [11.0 * X[0], 121.0 * X[1] + 1000.0])


def test_pullback_after_the_caller_has_written_its_arguments():
    a, x = A.copy(), X.copy()
    _, pullback = vjp(affine, a, x)
    a[:], x[:] = 0.0, 0.0
    a_bar, x_bar = pullback(np.ones(2))
    np.testing.assert_allclose(a_bar, np.outer(np.ones(2), X))
    np.testing.assert_allclose(x_bar, A.sum(axis=0))


def test_pullback_after_the_caller_has_written_the_output():
    out, pullback = vjp(exponential, X)
    out[:] = 0.0
    np.testing.assert_allclose(pullback(np.ones(2))[0], np.exp(X))


def exponential(x):
    return np.exp(x)
