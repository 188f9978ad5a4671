"""Random programs with soft loops: differentiated, compared, cooled, run for longer."""

import warnings

import numpy as np
import pytest

import dpc
from tests.relax.looping import looping
from tests.relax.test_random_decisions import WRT, differences, flat, point

T = 0.7
COUNT = 300
# What differences can tell of the smallest derivatives.
LEAST = 1e-3


def compiled(f, **options):
    return dpc.value_and_grad(f, wrt=WRT, branches="soft", loops="soft", **options)


def assert_right(seed):
    """One program: the adjoint, the generic module, no temperature, more steps."""
    f, text = looping(seed)
    args = point(seed)
    exact = f(*args[:2], args[2].copy())
    run = compiled(f, temperature=T)
    value, gradient = run(*args)
    if not np.isfinite(value) or abs(value) > 1e4:
        return False
    relaxed = dpc.soften(f, wrt=WRT, loops="soft", temperature=T)
    assert relaxed(*args) == pytest.approx(value, rel=1e-11), text
    wanted = differences(relaxed, args)
    scale = max(LEAST, float(np.max(np.abs(wanted))))
    np.testing.assert_allclose(
        flat(gradient), wanted, rtol=0, atol=1e-6 * scale, err_msg=text
    )
    try:
        again, same = run.generic(*args)
    except dpc.UnsupportedError:
        pass  # `+=` on what may be an array
    else:
        assert again == pytest.approx(value, rel=1e-11), text
        np.testing.assert_allclose(
            flat(same), flat(gradient), rtol=1e-9, atol=1e-11 * scale, err_msg=text
        )
    cold, none = compiled(f, temperature=0.0)(*args)
    hard, slope = dpc.value_and_grad(f, wrt=WRT, branches="hard")(*args)
    assert cold == hard == exact, text
    np.testing.assert_allclose(flat(none), flat(slope), rtol=1e-11, err_msg=text)
    longer = compiled(f, temperature=T, max_steps=300)(*args)[0]
    assert longer == pytest.approx(value, rel=1e-11), text
    return True


@pytest.mark.parametrize("block", range(2))
def test_a_few(block):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert assert_right((1, 2)[block])


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_three_hundred(block):
    size = COUNT // 10
    seeds = range(1000 + size * block, 1000 + size * (block + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert sum(map(assert_right, seeds)) > 0.8 * size
