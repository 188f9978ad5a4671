"""The graph of every program of the corpus: what has a derivative has a path."""

import inspect
from typing import Any

import numpy as np
import pytest

import dpc
from tests import trees
from tests.programs.corpus import CORPUS


def expression(name: str, value: Any, path: trees.Path) -> str:
    """How Python writes the place of a leaf."""
    for key in path:
        if trees.is_record(value):
            name, value = f"{name}.{key}", getattr(value, key)
            continue
        fields = getattr(value, "_fields", None)
        name += f"[{key!r}]" if fields is None else f".{fields[key]}"
        value = value[key]
    return name


# The short run takes one in eight.
@pytest.mark.parametrize(
    "name",
    [
        name if place % 8 == 0 else pytest.param(name, marks=pytest.mark.slow)
        for place, name in enumerate(CORPUS)
    ],
)
def test_what_a_result_varies_with_is_connected_to_it(name: str) -> None:
    case = CORPUS[name]
    bound = inspect.signature(case.function).bind(*case.args(), **case.keywords())
    bound.apply_defaults()
    value = case.seeded(case.function)(*case.args(), **case.keywords())
    graph = case.seeded(dpc.graph(case.function))(*case.args(), **case.keywords())
    assert np.allclose(graph.result, value, rtol=1e-12)
    assert all(start < end for start, end in graph.edges)
    names = list(bound.arguments)
    found = case.differences.gradient
    gradients = found if isinstance(case.wrt, tuple) else (found,)
    for position, gradient in zip(case.positions, gradients, strict=True):
        parameter = position if isinstance(position, str) else names[position]
        for path, leaf_bar in trees.leaves(gradient):
            if leaf_bar is not None and np.any(np.abs(leaf_bar) > 1e-7):
                leaf = expression(parameter, bound.arguments[parameter], path)
                assert graph.path_lengths(leaf) is not None, leaf
