"""One primitive over a batch, by its declaration, and row by row."""

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from dpc.ir.build import Builder
from dpc.ir.check import check
from dpc.ir.evaluate import evaluate
from dpc.ir.live import live
from dpc.ir.nodes import Apply, Atom, Const, Function, Param, Slot
from dpc.ir.program import Program
from dpc.rules.all import LIBRARY, RULES
from dpc.rules.domains import Call
from dpc.signature import Symbols, fact_of
from dpc.transforms.batching.axes import Batching
from dpc.transforms.batching.batch import batch
from tests.batching import rows

ROWS = 3


def is_leaf(x: Any) -> bool:
    number = isinstance(x, np.ndarray | np.complexfloating)
    complex_one = number and x.dtype.kind == "c"
    return rows.is_leaf(x) or complex_one


def batchable(x: Any) -> bool:
    """An operand with floating leaves: an array, a number, a list of them."""
    if isinstance(x, list | tuple):
        return any(map(batchable, x))
    return is_leaf(x)


def is_operand(x: Any) -> bool:
    """What is a parameter of the program, and not a literal in it."""
    return batchable(x) or not isinstance(x, int | str | tuple | None)


def holds_arrays(x: Any) -> bool:
    """A tuple, such as an index, that is no literal of a program."""
    if isinstance(x, tuple):
        return any(map(holds_arrays, x))
    return isinstance(x, np.ndarray | list)


def varied(x: Any, k: int, turned: bool) -> Any:
    """An operand like `x`: its elements moved on, or scaled."""
    if isinstance(x, list | tuple):
        return type(x)([varied(item, k, turned) for item in x])
    if not is_leaf(x):
        return x
    if isinstance(x, float | np.floating):
        return np.float64(x * rows.SCALES[k])
    if turned and x.size > 1:
        return np.roll(x.ravel(), k).reshape(x.shape)
    return (x * rows.SCALES[k]).astype(x.dtype)


def stacked(values: list[Any]) -> Any:
    first = values[0]
    if isinstance(first, list | tuple):
        return [stacked(list(items)) for items in zip(*values, strict=True)]
    if not is_leaf(first) and not isinstance(first, np.ndarray | np.generic):
        if not isinstance(first, int | complex):
            return first
    return np.stack([np.asarray(value) for value in values])


def operands(call: Call) -> list[Any]:
    return [*call.args, *call.kwargs.values()]


def chosen(call: Call) -> Iterator[tuple[int, ...]]:
    """Which operands have the axis: each alone, and all together."""
    places = [i for i, x in enumerate(operands(call)) if batchable(x)]
    for place in places:
        yield (place,)
    if len(places) > 1:
        yield tuple(places)


def rows_of(key: str, call: Call, places: tuple[int, ...]) -> Any:
    """The operands of each row, and the results; None where it has none."""
    for turned in (True, False):
        each = [
            [
                varied(x, k, turned) if i in places else x
                for i, x in enumerate(operands(call))
            ]
            for k in range(ROWS)
        ]
        count = len(call.args)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                found = [
                    live(key)(*each_[:count], **dict(zip(call.kwargs, each_[count:])))
                    for each_ in each
                ]
            except Exception:
                continue
        return each, found
    return None


def program(key: str, call: Call, row: list[Any], places: Any) -> Any:
    """The program of one call, with the axes of its parameters."""
    facts, params, atoms = {}, [], []
    symbols, axes = Symbols(), {}
    size = symbols.dim(ROWS)
    for place, value in enumerate(row):
        atom: Atom = Const(literal(value))
        if is_operand(value):
            atom = Slot(f"x{place}")
            facts[atom] = fact_of(value, symbols)
            params.append(Param(atom))
            axes[atom.name] = axes_of(value) if place in places else None
        atoms.append(atom)
    count = len(call.args)
    kwargs = tuple(zip(call.kwargs, atoms[count:], strict=True))
    out = Slot("out", temp=True)
    build = Builder(LIBRARY, facts)
    build.assign(out, Apply(key, tuple(atoms[:count]), kwargs))
    function = Function("f", tuple(params), tuple(build.block), out)
    return Program(function, facts), Batching(axes, 0, size)


def literal(x: Any) -> Any:
    """A literal as programs have it."""
    if isinstance(x, tuple | range):
        return tuple(map(literal, x))
    return x


def axes_of(x: Any) -> Any:
    """The axes of an operand that has the batch."""
    if isinstance(x, list | tuple):
        return [axes_of(item) for item in x]
    return 0 if is_leaf(x) else None


def run(key: str, call: Call, places: tuple[int, ...]) -> Any:
    """The results of the batch and of the rows; None where no row has a result."""
    found = rows_of(key, call, places)
    if found is None:
        return None
    each, results = found
    if any(holds_arrays(x) for x in each[0] if not is_operand(x)):
        return None
    source, asked = program(key, call, each[0], places)
    made = batch(source, asked, RULES, LIBRARY)
    check(made.function, made.facts)
    args = []
    for place, value in enumerate(each[0]):
        if is_operand(value):
            whole = stacked_like([row[place] for row in each])
            args.append(whole if place in places else value)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return evaluate(made, args), stacked(results)


def stacked_like(values: list[Any]) -> Any:
    """A batch of operands, of their structure."""
    first = values[0]
    if isinstance(first, list | tuple):
        return type(first)([stacked_like(list(v)) for v in zip(*values, strict=True)])
    return np.stack([np.asarray(v) for v in values]) if is_leaf(first) else first


def assert_same(got: Any, want: Any) -> None:
    if isinstance(want, list):
        assert len(got) == len(want)
        for one, other in itertools.zip_longest(got, want):
            assert_same(one, other)
    elif isinstance(want, np.ndarray):
        np.testing.assert_allclose(np.asarray(got), want, 1e-9, 1e-12)
    else:
        assert got is want or got == want
