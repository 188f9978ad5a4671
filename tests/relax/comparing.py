"""The value of a relaxed program, in all its forms, beside what it means."""

import warnings

import numpy as np
import pytest

import dpc
from tests.compiled import compiled
from tests.relax.meaning import meaning


def assert_same(f, args, wrt, t, rtol=1e-9, forms=True, text="", **options):
    """The relaxed program, in every form, has the value that it means."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = meaning(f, wrt, t, **options)(*args)
        soft = compiled(dpc.soften, f, wrt=wrt, temperature=t, **options)
        found = [soft(*args)]
        if not np.all(np.isfinite(wanted)) or np.any(np.abs(wanted) > 1e5):
            return False
        if forms:
            relaxed = {"wrt": wrt, "temperature": t, "branches": "soft", **options}
            run = compiled(dpc.value_and_grad, f, **relaxed)
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


def agrees(f, loops):
    """The relaxed program is what it means, and its gradient is right, in all forms."""
    args, wrt, step = (0.41, 0.52), ("x", "y"), 1e-6
    rtol = 1e-5 if loops == "soft" else 1e-9  # of what a soft loop has left
    options = {"wrt": wrt, "temperature": 0.3, "loops": loops}
    run, soft = dpc.value_and_grad(f, **options), dpc.soften(f, **options)
    wanted = meaning(f, wrt, 0.3, loops=loops)(*args)
    slopes = []
    for k in range(len(args)):
        up, down = list(args), list(args)
        up[k], down[k] = args[k] + step, args[k] - step
        slopes.append((soft(*up) - soft(*down)) / (2 * step))
    assert soft(*args) == pytest.approx(wanted, rel=rtol)
    for value, grad in (run(*args), run.generic(*args)):
        assert value == pytest.approx(wanted, rel=rtol)
        assert list(grad) == pytest.approx(slopes, rel=1e-6, abs=1e-8)


def some(programs, step):
    """The short run takes one in a few: each of them is compiled."""
    return [
        pytest.param(
            *row, id=row[0].__name__, marks=[pytest.mark.slow] if k % step else []
        )
        for k, row in enumerate(programs)
    ]
