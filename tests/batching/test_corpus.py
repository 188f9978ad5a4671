"""Programs of the corpus over batches: the stacked results of their rows."""

import warnings

import numpy as np
import pytest

import dpc
from tests import trees
from tests.batching import rows
from tests.programs.corpus import CORPUS

# Draws of a row of the corpus begin where its own generator does, each time.
NAMES = [
    name
    for name, case in CORPUS.items()
    if not case.kwargs and not name.startswith("random_draws") and case.wrt != "self"
]
SAMPLE = NAMES[::9]


def batch_of(case):
    """A batch of the differentiated arguments, its rows, and its axes."""
    args = case.args()
    names = rows.names_of(case.function)
    places = [names.index(w) if isinstance(w, str) else w for w in case.positions]
    several = {i: rows.rows_of(args[i]) for i in places}
    axes = tuple(rows.axes_of(a) if i in places else None for i, a in enumerate(args))
    whole = tuple(
        rows.stacked(several[i]) if i in places else a for i, a in enumerate(args)
    )
    each = [
        tuple(
            several[i][k] if i in places else trees.copied(a)
            for i, a in enumerate(args)
        )
        for k in range(len(rows.SCALES))
    ]
    return whole, each, axes


def assert_close(batched, stacked):
    rows.mapped(
        lambda want, got: np.testing.assert_allclose(got, want, 1e-7, 1e-9),
        stacked,
        batched,
    )


def run(function, name):
    """Compare a function over a batch with its rows; False if it is refused."""
    case = CORPUS[name]
    whole, each, axes = batch_of(case)
    try:
        expected = rows.stacked(rows.each(case.seeded(function), each))
    except Exception:
        return True  # A scaled row is outside the program's domain.
    try:
        batched = dpc.batch(function, in_axes=axes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = case.seeded(batched)(*whole)
    except dpc.UnsupportedError:
        return False
    assert_close(found, expected)
    return True


@pytest.mark.parametrize("name", SAMPLE)
def test_program(name, capsys):
    run(CORPUS[name].function, name)


@pytest.mark.parametrize("name", NAMES[4::23])
def test_gradient(name, capsys):
    case = CORPUS[name]
    run(dpc.grad(case.function, wrt=case.wrt, branches="hard"), name)


@pytest.mark.slow
def test_most_programs_are_accepted(capsys):
    refused = [name for name in NAMES if not run(CORPUS[name].function, name)]
    print(f"{len(refused)} of {len(NAMES)} programs are refused over a batch")
    assert len(refused) < 0.2 * len(NAMES), refused


@pytest.mark.slow
def test_most_gradients_are_accepted(capsys):
    refused = []
    for name in NAMES:
        case = CORPUS[name]
        gradient = dpc.grad(case.function, wrt=case.wrt, branches="hard")
        if not run(gradient, name):
            refused.append(name)
    print(f"{len(refused)} of {len(NAMES)} gradients are refused over a batch")
    assert len(refused) < 0.33 * len(NAMES), refused
