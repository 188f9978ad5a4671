"""What is refused when it runs says what to write instead, not to annotate, where
knowing more of the arguments would not help."""

import numpy as np
import pytest

import dpc

TURNED = np.transpose(np.arange(24.0).reshape(2, 3, 4), (1, 0, 2))


def as_it_lies(x: np.ndarray):
    return np.sum(x.ravel(order="K") * np.arange(24.0))


def in_the_plane(x: np.ndarray):
    return np.sum(np.cross(x, x[::-1]))


def of_a_matrix(x: np.ndarray):
    return np.sum(np.poly(x @ x.T))


@pytest.mark.parametrize(
    ("f", "x", "hint"),
    [
        (as_it_lies, TURNED, "write order='C' or order='F'"),
        (in_the_plane, np.ones((3, 2)), "write a[..., 0] * b[..., 1]"),
        (of_a_matrix, np.ones((2, 2)), "the eigenvalues of a matrix"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_hint_is_what_to_write(f, x, hint):
    compiled = dpc.grad(f)
    for run in (compiled, compiled.generic):
        with pytest.raises(dpc.UnsupportedError) as raised:
            run(x)
        said = str(raised.value)
        assert hint in said.split("hint:")[1]
        assert "annotate" not in said
        assert "test_hints.py" in said
