"""Functions of arrays that NumPy lacks: activations and their stable logarithms.

All take Python floats, which stay floats, and arrays of NumPy or CuPy, which keep their
dtype. None overflows, and none loses a small result to rounding.
"""

from __future__ import annotations

import math
from typing import Any

from dpc.runtime.arrays import array_module


def sigmoid(x: Any) -> Any:
    """`1 / (1 + exp(-x))`, elementwise."""
    if isinstance(x, float | int) and not hasattr(x, "dtype"):
        small = math.exp(-abs(x))
        return (1.0 if x >= 0 else small) / (1.0 + small)
    xp = array_module(x)
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1, small) / (1 + small)


def log_sigmoid(x: Any) -> Any:
    """`log(sigmoid(x))`, elementwise."""
    return -softplus(-x)


def softplus(x: Any) -> Any:
    """`log(1 + exp(x))`, elementwise: a smooth `relu`."""
    if isinstance(x, float | int) and not hasattr(x, "dtype"):
        return max(x, 0.0) + math.log1p(math.exp(-abs(x)))
    xp = array_module(x)
    return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))


def relu(x: Any) -> Any:
    """`x` where it is positive, else 0, elementwise. Its derivative at 0 is 0."""
    if isinstance(x, float | int) and not hasattr(x, "dtype"):
        return x if x > 0 or x != x else 0.0
    return array_module(x).maximum(x, 0)


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """`x` where it is positive, else `slope * x`, elementwise; `slope` counts at 0."""
    if isinstance(x, float | int) and not hasattr(x, "dtype"):
        return x if x > 0 else slope * x
    return array_module(x).where(x > 0, x, slope * x)[()]


def silu(x: Any) -> Any:
    """`x * sigmoid(x)`, elementwise; also called swish."""
    return x * sigmoid(x)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """`log(sum(exp(x)))` along one or several axes, all by default."""
    xp = array_module(x)
    peak = xp.max(x, axis=axis, keepdims=True)
    # Where all are -inf, or one is inf, there is nothing to shift by.
    peak = xp.where(xp.isfinite(peak), peak, 0)
    total = xp.log(xp.sum(xp.exp(x - peak), axis=axis, keepdims=True)) + peak
    return total if keepdims else xp.squeeze(total, axis)[()]


def softmax(x: Any, axis: Any = -1) -> Any:
    """`exp(x) / sum(exp(x))` along one or several axes."""
    xp = array_module(x)
    small = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return small / xp.sum(small, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """`log(softmax(x))` along one or several axes."""
    return x - logsumexp(x, axis, keepdims=True)


def stop_gradient(x: Any) -> Any:
    """`x`, as a constant: no derivative passes through."""
    return x
