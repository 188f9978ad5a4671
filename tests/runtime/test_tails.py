"""Derivatives in the parameters of incomplete gamma and beta functions, of every size,
from the ends of both tails to the middle."""

import numpy as np
import pytest
from scipy import special

from dpc.runtime.tails import beta_slope, gamma_slope

SHARES = (1e-5, 0.1, 0.5, 0.9, 1 - 1e-5)


def slope(function, at):
    step = 1e-3 * min(at, at**0.5)
    near = function(at + step) - function(at - step)
    far = function(at + 2 * step) - function(at - 2 * step)
    return (8 * near - far) / (12 * step)


@pytest.mark.parametrize("a", (0.01, 0.5, 1.0, 2.5, 55.0, 1e3, 2e4))
def test_gamma(a):
    for share in SHARES:
        x = special.gammaincinv(a, share)
        if share < 0.6:
            wanted = slope(lambda at, x=x: special.gammainc(at, x), a)
        else:
            wanted = -slope(lambda at, x=x: special.gammaincc(at, x), a)
        found = gamma_slope(a, x, special.digamma(a), special.gammaln(a))
        assert found == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize("a", (0.05, 0.5, 2.5, 30.0, 500.0))
@pytest.mark.parametrize("b", (0.05, 1.0, 2.5, 500.0))
def test_beta(a, b):
    mean = special.digamma(a) - special.digamma(a + b)
    for share in SHARES:
        x = special.betaincinv(a, b, share)
        if not 0 < x < 1 - 1e-10:
            continue
        if share < 0.6:
            wanted = slope(lambda at, x=x: special.betainc(at, b, x), a)
        else:
            wanted = -slope(lambda at, x=x: special.betaincc(at, b, x), a)
        found = beta_slope(a, b, special.logit(x), mean, special.betaln(a, b))
        assert found == pytest.approx(wanted, rel=1e-6)


def test_at_the_ends_nothing_changes():
    given = np.array([0.0, np.inf]), special.digamma(2.0), special.gammaln(2.0)
    np.testing.assert_array_equal(gamma_slope(2.0, *given), 0.0)
    ends = np.array([-np.inf, np.inf])
    np.testing.assert_array_equal(beta_slope(2.0, 3.0, ends, 0.1, 0.2), 0.0)
