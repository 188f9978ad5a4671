"""Derivatives of the logarithm of the gamma function, for those of `math`.

Numbers and formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.4.
"""

from __future__ import annotations

import math

# B(2k) for k = 1, 2, ....
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def polygamma(n: int, x: float) -> float:
    """The derivative of order `n + 1` of `math.lgamma` at `x`."""
    total = 0.0
    while x < 20 + n:
        total += 1 / x ** (n + 1)
        x += 1.0
    total = math.factorial(n) * (total + 0.5 / x ** (n + 1))
    total += -math.log(x) if n == 0 else math.factorial(n - 1) / x**n
    for k, number in enumerate(BERNOULLI, start=1):
        scale = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        total += number * scale / x ** (2 * k + n)
    return total if n % 2 else -total
