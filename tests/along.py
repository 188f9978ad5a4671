"""Forward mode against reverse mode: the derivative along a random direction."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import dpc
from dpc.ir.evaluate import evaluate
from dpc.runtime import tangent_tree
from dpc.variant import LATE
from tests import trees
from tests.compiled import compiled


def direction(tree: Any, rng: np.random.Generator) -> Any:
    """A random tangent, structured like an argument."""

    def leaf(path: trees.Path, value: Any) -> Any:
        if not trees.is_floating(value):
            return None
        drawn = rng.normal(size=np.shape(value))
        if np.iscomplexobj(value):
            drawn = drawn + 1j * rng.normal(size=np.shape(value))
        if isinstance(value, np.ndarray):
            return drawn.astype(value.dtype)
        return type(value)(drawn)

    return trees.map_leaves(trees.copied(tree), leaf)


def moved(tree: Any, dot: Any, step: float) -> Any:
    """A copy of an argument, moved along its tangent."""
    dots = dict(trees.leaves(dot))

    def leaf(path: trees.Path, value: Any) -> Any:
        if dots.get(path) is None or not trees.is_floating(value):
            return value
        if isinstance(value, np.ndarray):
            return value + step * dots[path]
        return type(value)(value + step * dots[path])

    return trees.map_leaves(trees.copied(tree), leaf)


def paired(gradient: Any, dot: Any) -> tuple[float, float]:
    """The derivative along `dot` by a gradient, and what it is to be measured by."""
    total, scale = 0.0, 1.0
    for (_, g), (_, d) in zip(trees.leaves(gradient), trees.leaves(dot), strict=True):
        if g is not None:
            total += float(np.sum(np.asarray(g) * d).real)
            scale += float(np.sum(np.abs(np.asarray(g) * d)))
    return total, scale


def assert_modes_agree(
    function: Callable[..., Any],
    *args: Any,
    wrt: Any = 0,
    rtol: float = 1e-9,
    **options: Any,
) -> None:
    """`<1, Jv> = <J^T 1, v>` for the scalar `function(*args)`, and the same value.

    The generic program and the one for these arguments are run, and both evaluated.
    """
    options = {"branches": "hard", **options}
    reverse = compiled(dpc.value_and_grad, function, wrt=wrt, **options)
    pushed = compiled(dpc.pushforward, function, wrt=wrt, **options)
    rng = np.random.default_rng(5)
    names = list(inspect.signature(function).parameters)
    chosen = wrt if isinstance(wrt, tuple) else (wrt,)
    places = [names.index(w) if isinstance(w, str) else w for w in chosen]
    dots = tuple(direction(args[place], rng) for place in places)
    for back, variant in (
        (reverse.generic, pushed.generic),
        (reverse.specialize(*args), pushed.specialize(*args)),
    ):
        value, gradient = back(*trees.copied(args))
        slope, scale = paired(gradient if isinstance(wrt, tuple) else (gradient,), dots)
        out, out_dot = variant(*trees.copied(args), tangents=dots)
        found = evaluated(variant, trees.copied(args), dots)
        trees.assert_same(found, (out, out_dot))
        if variant.program.written and isinstance(out, tuple):
            out, out_dot = out[0], out_dot[0]
        trees.assert_same(out, value, 4)
        assert type(out_dot) is type(out)
        assert abs(out_dot - slope) <= rtol * scale


def evaluated(variant: Any, args: tuple[Any, ...], dots: tuple[Any, ...]) -> Any:
    """What the program of a pushforward gives without its text."""
    owner = variant.owner
    named = dict(zip(owner.signature.parameters, args, strict=True))
    given = {
        dot: tangent_tree(named[name], value)
        for name, dot, value in zip(owner.chosen.names, owner.dots, dots, strict=True)
    }
    return evaluate(variant.program, args, given, primitives=LATE)
