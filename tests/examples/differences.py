"""A gradient against central differences in one random direction."""

from typing import Any

import numpy as np

from dpc.api import Derived
from optimisers import leaves, tree_map


def relative_error(
    derived: Derived,
    *args: Any,
    wrt: tuple[int, ...] = (0,),
    step: float = 1e-5,
    relaxed: bool = False,
) -> float:
    """Of the derivative along a random direction, relative to the gradient's size.

    Where ``wrt`` has several places, the gradient is the tuple of theirs. Richardson's
    extrapolation makes the differences good to the fourth order of the step.
    They are of the program as it is written, or of its relaxed value.
    """
    rng = np.random.default_rng(5)
    point = tuple(args[place] for place in wrt)
    _, gradient = derived(*args)
    gradient = gradient if isinstance(gradient, tuple) and len(wrt) > 1 else (gradient,)
    along = tree_map(lambda g: rng.normal(size=np.shape(g)), gradient)

    def at(distance: float) -> float:
        moved = list(args)
        shifted = tree_map(lambda p, d: p + distance * d, point, along)
        for place, value in zip(wrt, shifted, strict=True):
            moved[place] = value
        return float(derived(*moved)[0] if relaxed else derived.primal(*moved))

    def slope(size: float) -> float:
        return (at(size) - at(-size)) / (2 * size)

    differences = (4 * slope(step) - slope(2 * step)) / 3
    pairs = zip(leaves(gradient), leaves(along), strict=True)
    products = [np.ravel(g) * np.ravel(d) for g, d in pairs]
    found = sum(float(np.sum(product)) for product in products)
    size = np.sqrt(sum(float(np.sum(product**2)) for product in products))
    return abs(found - differences) / size
