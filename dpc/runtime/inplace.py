"""Augmented assignment where it is not known whether the operand is an array.

`x = iadd(x, y)` is `x += y`: an array is written and returned, a number is not changed.
"""

from __future__ import annotations

from typing import Any


def iadd(x: Any, y: Any) -> Any:
    """`x += y`."""
    x += y
    return x


def isub(x: Any, y: Any) -> Any:
    """`x -= y`."""
    x -= y
    return x


def imul(x: Any, y: Any) -> Any:
    """`x *= y`."""
    x *= y
    return x


def itruediv(x: Any, y: Any) -> Any:
    """`x /= y`."""
    x /= y
    return x


def ifloordiv(x: Any, y: Any) -> Any:
    """`x //= y`."""
    x //= y
    return x


def imod(x: Any, y: Any) -> Any:
    """`x %= y`."""
    x %= y
    return x


def ipow(x: Any, y: Any) -> Any:
    """`x **= y`."""
    x **= y
    return x


def imatmul(x: Any, y: Any) -> Any:
    """`x @= y`."""
    x @= y
    return x


def iand(x: Any, y: Any) -> Any:
    """`x &= y`."""
    x &= y
    return x


def ior(x: Any, y: Any) -> Any:
    """`x |= y`."""
    x |= y
    return x


def ixor(x: Any, y: Any) -> Any:
    """`x ^= y`."""
    x ^= y
    return x


def ilshift(x: Any, y: Any) -> Any:
    """`x <<= y`."""
    x <<= y
    return x


def irshift(x: Any, y: Any) -> Any:
    """`x >>= y`."""
    x >>= y
    return x
