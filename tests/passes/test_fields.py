"""Fields that loops read: which are read before the loop, and which stay."""

import inspect
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.ir.show import show
from dpc.passes.fields import fields
from dpc.pipeline import LIBRARY, lifted
from dpc.signature import Symbols, fact_of


class Cell(NamedTuple):
    w: np.ndarray
    u: np.ndarray


@dataclass
class Layer:
    w: np.ndarray
    cell: Cell


CELL = Cell(np.full((3, 2), 0.3), 0.2 * np.ones((3, 3)))
XS = np.linspace(-1.0, 1.0, 8).reshape(4, 2)


def recurrent(cell, xs):
    h = np.zeros(cell.w.shape[0])
    for t in range(len(xs)):
        h = np.tanh(cell.w @ xs[t] + cell.u @ h)
    return np.sum(h)


def by_key(cell, xs):
    h = np.zeros(3)
    for t in range(len(xs)):
        h = np.tanh(cell["w"] @ xs[t] + cell["u"] @ h)
    return np.sum(h)


def by_position(cell, xs):
    h = np.zeros(3)
    for t in range(len(xs)):
        h = np.tanh(cell[0] @ xs[t] + cell[1] @ h)
    return np.sum(h)


def inner(layer, xs):
    h = np.zeros(3)
    for t in range(len(xs)):
        h = np.tanh(layer.cell.w @ xs[t] + layer.cell.u @ h) * layer.w
    return np.sum(h)


def no_loop(cell, xs):
    return np.sum(cell.w @ xs[0]) + np.sum(cell.w)


def written(layer, xs):
    total = 0.0
    for t in range(len(xs)):
        layer.w = layer.w * 0.5
        total += np.sum(layer.w) * xs[t, 0]
    return total


def grown(cell, xs):
    total = 0.0
    for t in range(len(xs)):
        total += np.sum(cell[0]) * xs[t, 0]
        cell.append(cell[0])
    return total


def never_run(cell, xs):
    total = np.sum(xs)
    for _ in range(0):
        total += np.sum(cell.w)
    return total


LAYER = Layer(np.array(0.7), CELL)
HOISTED = [
    (recurrent, CELL),
    (by_key, CELL._asdict()),
    (by_position, list(CELL)),
    (by_position, tuple(CELL)),
    (inner, LAYER),
    (never_run, CELL),
]
LEFT = [(no_loop, CELL), (written, LAYER), (grown, list(CELL))]
cases = pytest.mark.parametrize


def hoisted(function, container) -> tuple[str, str]:
    """The text of the program before and after."""
    symbols = Symbols()
    values = zip(inspect.signature(function).parameters, (container, XS), strict=True)
    facts = {name: fact_of(value, symbols) for name, value in values}
    program = lifted(read(function), facts)
    new = fields(program.function, program.facts, LIBRARY)
    check(new, program.facts)
    return show(program.function), show(new)


@cases("function,container", HOISTED)
def test_fields_are_read_before_the_loop(function, container):
    _, after = hoisted(function, container)
    loop = after[after.index("for ") :]
    assert "layer" not in loop
    assert "cell" not in loop.replace("cell_", "")


@cases("function,container", LEFT)
def test_what_may_change_stays_where_it_is(function, container):
    before, after = hoisted(function, container)
    assert after == before


@cases("function,container", [*HOISTED, (no_loop, CELL)])
def test_the_gradient_is_that_of_the_program(function, container):
    assert dpc.check_grad(function, container, XS, branches="hard") < 1e-6


def test_products_of_fields_are_batched():
    gradient = dpc.grad(recurrent, branches="hard")
    assert "outer" not in gradient.specialize(CELL, XS).source


def plastic(synapses, xs):
    y = np.zeros(xs.shape[1])
    trace = np.zeros((xs.shape[1], xs.shape[1]))
    for x in xs:
        before = y
        y = np.tanh(before @ (synapses.w * trace + synapses.u) + x)
        trace = 0.9 * trace + 0.1 * np.outer(before, y)
    return np.sum(y)


def test_matrices_stay_on_the_tape():
    gradient = dpc.grad(plastic, branches="hard")
    synapses = Cell(0.3 * np.ones((2, 2)), np.full((2, 2), 0.2))
    source = gradient.specialize(synapses, XS).source
    assert "tape.append(" in source
    assert "np.empty(" not in source
    assert dpc.check_grad(gradient, synapses, XS) < 1e-6
