"""SGD with momentum, Adam, RMSprop and L-BFGS on parameters nested in any way.

Parameters and gradients are trees: floats and arrays in dicts, lists, tuples and
NamedTuples. A gradient from dpc has the structure of its parameters, so an optimiser is
its textbook formula, applied leaf by leaf. None of them writes to an array it is given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

Tree = Any


def tree_map(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """Apply a function to the corresponding leaves of trees of one structure.

    A gradient holds None where a leaf is no parameter; such a leaf stays as it is.
    """
    if tree is None or any(other is None for other in others):
        return tree
    match tree:
        case dict():
            return {
                key: tree_map(function, tree[key], *(other[key] for other in others))
                for key in tree
            }
        case list() | tuple():
            parts = [
                tree_map(function, *branch)
                for branch in zip(tree, *others, strict=True)
            ]
            if hasattr(tree, "_fields"):
                return type(tree)(*parts)
            return type(tree)(parts)
        case _:
            return function(tree, *others)


class SGD:
    """v <- momentum v + g; p <- p - rate v."""

    def __init__(
        self, rate: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        self.rate, self.momentum, self.weight_decay = rate, momentum, weight_decay
        self.velocity: Tree = None

    def step(self, parameters: Tree, gradient: Tree) -> Tree:
        """The parameters after one step."""
        gradient = decayed(gradient, parameters, self.weight_decay)
        if self.velocity is None:
            self.velocity = tree_map(np.zeros_like, gradient)
        self.velocity = tree_map(
            lambda v, g: self.momentum * v + g, self.velocity, gradient
        )
        return tree_map(lambda p, v: p - self.rate * v, parameters, self.velocity)


class RMSprop:
    """s <- decay s + (1 - decay) g^2; v <- momentum v + g / (sqrt(s) + epsilon);
    p <- p - rate v."""

    def __init__(
        self,
        rate: float = 0.001,
        decay: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.rate, self.decay, self.epsilon = rate, decay, epsilon
        self.momentum, self.weight_decay = momentum, weight_decay
        self.square: Tree = None
        self.velocity: Tree = None

    def step(self, parameters: Tree, gradient: Tree) -> Tree:
        """The parameters after one step."""
        gradient = decayed(gradient, parameters, self.weight_decay)
        if self.square is None:
            self.square = tree_map(np.zeros_like, gradient)
            self.velocity = tree_map(np.zeros_like, gradient)
        self.square = tree_map(
            lambda s, g: self.decay * s + (1 - self.decay) * g * g,
            self.square,
            gradient,
        )
        self.velocity = tree_map(
            lambda v, g, s: self.momentum * v + g / (np.sqrt(s) + self.epsilon),
            self.velocity,
            gradient,
            self.square,
        )
        return tree_map(lambda p, v: p - self.rate * v, parameters, self.velocity)


class Adam:
    """Kingma and Ba (2015), algorithm 1, with bias correction.

    ``weight_decay`` adds an L2 term to the gradient before the moments are taken; it is
    not the decoupled decay of AdamW.
    """

    def __init__(
        self,
        rate: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        self.rate, self.betas, self.epsilon = rate, betas, epsilon
        self.weight_decay = weight_decay
        self.steps = 0
        self.mean: Tree = None
        self.square: Tree = None

    def step(self, parameters: Tree, gradient: Tree) -> Tree:
        """The parameters after one step."""
        gradient = decayed(gradient, parameters, self.weight_decay)
        if self.steps == 0:
            self.mean = tree_map(np.zeros_like, gradient)
            self.square = tree_map(np.zeros_like, gradient)
        self.steps += 1
        first, second = self.betas
        self.mean = tree_map(
            lambda m, g: first * m + (1 - first) * g, self.mean, gradient
        )
        self.square = tree_map(
            lambda s, g: second * s + (1 - second) * g * g, self.square, gradient
        )
        rate = self.rate / (1 - first**self.steps)
        correction = 1 - second**self.steps
        return tree_map(
            lambda p, m, s: p - rate * m / (np.sqrt(s / correction) + self.epsilon),
            parameters,
            self.mean,
            self.square,
        )


def decayed(gradient: Tree, parameters: Tree, weight_decay: float) -> Tree:
    """The gradient of the loss plus weight_decay / 2 times the parameters squared."""
    if weight_decay == 0:
        return gradient
    return tree_map(lambda g, p: g + weight_decay * p, gradient, parameters)


def leaves(tree: Tree) -> list[Any]:
    """The floats and arrays of a tree, in order; what is None is left out."""
    found: list[Any] = []
    tree_map(found.append, tree)
    return found


def norm(gradient: Tree) -> float:
    """The Euclidean norm of all leaves together."""
    return float(np.sqrt(sum(np.sum(np.square(leaf)) for leaf in leaves(gradient))))


def clipped(gradient: Tree, limit: float) -> Tree:
    """The gradient, scaled down where its norm exceeds the limit."""
    scale = min(1.0, limit / (norm(gradient) + 1e-12))
    return tree_map(lambda g: scale * g, gradient)


def lbfgs(
    value_and_grad: Callable[[Tree], tuple[float, Tree]], parameters: Tree, steps: int
) -> tuple[Tree, float]:
    """Minimise by SciPy's L-BFGS-B: the parameters it found, and their value."""
    shapes = [np.shape(leaf) for leaf in leaves(parameters)]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def flat(tree: Tree) -> np.ndarray:
        return np.concatenate([np.ravel(leaf) for leaf in leaves(tree)])

    def nested(vector: np.ndarray) -> Tree:
        parts = iter(np.split(vector, ends[:-1]))
        return tree_map(lambda leaf: next(parts).reshape(np.shape(leaf)), parameters)

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = value_and_grad(nested(vector))
        return float(value), flat(gradient)

    limits = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 1e-15, "gtol": 1e-10}
    found = scipy.optimize.minimize(
        objective, flat(parameters), jac=True, method="L-BFGS-B", options=limits
    )
    return nested(found.x), float(found.fun)
