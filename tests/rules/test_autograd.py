"""Rules of NumPy's functions against another implementation of them."""

from dataclasses import replace
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.core import make_vjp, primitive_vjps

from dpc.rules.all import RULES
from dpc.rules.domains import Call
from tests.rules import numbers, programs
from tests.rules.samples import generator, suited
from tests.rules.test_derivatives import KEYS, primal

# Not compared: differences say that autograd is wrong, or it means something else.
OTHER = {
    "np.cross": "does not broadcast",
    "np.diag": "wrong for rectangles",
    "np.diagonal": "takes other axes only",
    "np.diff": "wrong where something is appended",
    "np.einsum": "takes no operand twice",
    "np.fft.rfft": "wrong where it cuts the input off",
    "np.full": "wrong for arrays of values",
    "np.gradient": "takes one spacing for all axes",
    "np.imag": "of complex numbers only",
    "np.kron": "wrong for arrays of more than two axes",
    "np.linalg.cholesky": "gives the symmetric part",
    "np.linalg.eig": "leaves out that vectors have length one",
    "np.linalg.solve": "has the interface of an older NumPy",
    "np.linspace": "wrong for a number and an array",
    "np.outer": "wrong for arrays of several axes",
    "np.pad": "pads with constants only",
    "np.repeat": "wrong for arrays of repeats",
    "np.tile": "wrong for no repeats",
    "np.tril": "wrong for vectors",
    "np.triu": "wrong for vectors",
}


def theirs(key: str) -> Any:
    """Their function of this key, None if they have none."""
    found: Any = anp
    for name in key.split(".")[1:]:
        found = getattr(found, name, None)
    return found if found in primitive_vjps else None


COMPARED = [
    key
    for key in KEYS
    if key.startswith("np.") and key not in OTHER and theirs(key) is not None
]


def test_many_functions_are_compared() -> None:
    assert len(COMPARED) > 80


@pytest.mark.parametrize("key", COMPARED)
def test_cotangents_are_those_of_autograd(key: str) -> None:
    compared = 0
    plain = replace(RULES[key], otherwise=None)
    for sample in suited(plain, key):
        bars, made = programs.reverse(
            key, sample, cotangent(key, sample), programs.KNOWN
        )
        for name, x in made.tested.items():
            if isinstance(x, np.ndarray) and x.dtype.kind == "f":
                wanted = their_cotangent(key, sample, name, x)
                if wanted is not None:  # What has no cotangent here has to be 0 there.
                    bar = bars.get(name, np.zeros_like(x))
                    np.testing.assert_allclose(bar, wanted, 1e-9, 1e-12)
                    compared += 1
    assert compared


def cotangent(key: str, sample: Call) -> Any:
    return numbers.drawn_like(generator(key, "u"), primal(key, sample))


def their_cotangent(key: str, sample: Call, name: str, x: Any) -> Any:
    """None where autograd raises: not all operands of all functions have its rules."""
    args, kwargs = list(sample.args), dict(sample.kwargs)
    rule = programs.serving(RULES[key], sample)
    position = None if name in kwargs else rule.operands.index(name)

    def function(at: Any) -> Any:
        if position is None:
            return theirs(key)(*args, **{**kwargs, name: at})
        return theirs(key)(*args[:position], at, *args[position + 1 :], **kwargs)

    try:
        pull, _ = make_vjp(function, x)
        return pull(cotangent(key, sample))
    except (NotImplementedError, AssertionError, TypeError, ValueError):
        return None
