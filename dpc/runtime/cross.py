"""The adjoint of a product of vectors in space."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, unbroadcast
from dpc.runtime.refused import RefusedError


def cross_as(x: Any, y: Any, like: Any, axes: tuple[int, int, int] = (-1,) * 3) -> Any:
    """`np.cross(x, y)` as the cotangent of `like`, a factor that was broadcast.

    `axes`: those along which the vectors of `x`, `y` and `like` lie.
    """
    xp = array_module(x, y, like)
    parts = [xp.asarray(x), xp.asarray(y), xp.asarray(like)]
    # Vectors in the plane have a number for their product.
    if any(p.ndim == 0 or p.shape[k] != 3 for p, k in zip(parts, axes, strict=True)):
        raise RefusedError(
            "np.cross of vectors of two components has no derivative rule",
            "write a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], or give each a third",
        )
    x, y, like = (xp.moveaxis(p, k, -1) for p, k in zip(parts, axes, strict=True))
    return xp.moveaxis(unbroadcast(xp.cross(x, y), like), -1, axes[2])
