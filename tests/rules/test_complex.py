"""Complex arguments: the gradient of a real function of `x + 1j * y` is
`df/dx - 1j * df/dy`, so that `f(z + dz) - f(z)` is the real part of `gradient * dz`."""

import numpy as np
import pytest

import dpc
from tests.rules import complex_programs as programs

Z = np.array([0.6 - 0.3j, -1.1 + 0.8j, 0.4 + 1.2j])
W = np.array([[0.9 + 0.1j, -0.2j, 0.3], [0.5j, 1.4 - 0.6j, -0.3], [0.2, 0.1j, 1.1j]])
X = np.array([0.7, -0.4, 1.3])

CASES = [pytest.param(function, id=function.__name__) for function in programs.PROGRAMS]


def arguments(function):
    """The arguments by the names of the parameters."""
    known = {"z": Z, "w": W, "x": X, "c": 0.8 - 0.5j}
    return tuple(np.copy(known[n]) if n != "c" else known[n] for n in names(function))


def names(function):
    return function.__code__.co_varnames[: function.__code__.co_argcount]


@pytest.mark.parametrize("function", CASES)
@pytest.mark.parametrize("which", ("specialised", "generic"))
def test_gradients_are_those_of_differences_in_both_parts(function, which):
    args = arguments(function)
    derivative = dpc.grad(function, wrt=names(function), branches="hard")
    call = derivative if which == "specialised" else derivative.generic
    for place, (arg, bar) in enumerate(zip(args, call(*args))):
        assert np.iscomplexobj(bar) == np.iscomplexobj(arg)
        assert np.shape(bar) == np.shape(arg)
        for index in np.ndindex(np.shape(arg)):
            wanted = slope(function, args, place, index, 1.0)
            if np.iscomplexobj(arg):
                wanted = wanted - 1j * slope(function, args, place, index, 1j)
            assert np.asarray(bar)[index] == pytest.approx(wanted, 1e-6, 1e-7)


def slope(function, args, place, index, unit, step=1e-5):
    def value(shift):
        moved = np.array(args[place])
        moved[index] += shift * unit
        given = [*args]
        given[place] = moved if np.shape(moved) else moved.item()
        return function(*given)

    near = (value(step) - value(-step)) / (2 * step)
    far = (value(2 * step) - value(-2 * step)) / (4 * step)
    return (4 * near - far) / 3


def test_the_gradient_of_a_square_is_twice_the_conjugate():
    np.testing.assert_allclose(
        dpc.grad(programs.energy, branches="hard")(Z), 2 * np.conj(Z)
    )


def test_a_python_number_has_one_for_its_gradient():
    found = dpc.grad(programs.size_of_number, branches="hard")(3 + 4j)
    assert type(found) is complex and found == pytest.approx(0.6 - 0.8j)


def test_single_precision_stays_single():
    found = dpc.grad(programs.energy, branches="hard")(Z.astype(np.complex64))
    assert found.dtype == np.complex64


def test_check_grad_moves_both_parts():
    assert dpc.check_grad(programs.spectrum, Z, branches="hard") < 1e-5


def test_a_complex_result_has_no_gradient():
    with pytest.raises(dpc.ArgumentError):
        dpc.grad(programs.total, branches="hard")(Z)


def test_pullbacks_take_complex_cotangents():
    out, pullback = dpc.vjp(programs.squares, Z, branches="hard")
    np.testing.assert_allclose(out, Z * Z)
    (bar,) = pullback(np.full(3, 1j))
    np.testing.assert_allclose(bar, 2j * Z)


def test_loops_and_stores_of_complex_numbers():
    dpc.check_grad(programs.iterated, Z, branches="hard")
