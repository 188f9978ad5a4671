"""Calls as users write them, compiled end to end: every argument, by position and by
name, as a function and as a method, in the module that a decorator writes and in the
variant for the arguments, against central differences.

Each line of `calls/*.txt` is an expression of the operands below. `t:` marks a tuple of
results, `c:` a complex result, `s:` statements that leave their result in `r`.
"""

import importlib.util
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import dpc

HERE = Path(__file__).parent / "calls"
HEAD = """
import numpy as np
import scipy.fft as sfft, scipy.linalg as sl, scipy.ndimage as ndi
import scipy.signal as sig, scipy.sparse as spm, scipy.sparse.linalg as spl
import scipy.spatial.distance as dist, scipy.special as sp, scipy.stats as st

c = np.array([True, False, True])
C = np.array([[True, False, True], [True, True, False]])
i = np.array([0, 2, 2])
ind, ptr = np.array([0, 2, 1, 0, 2]), np.array([0, 2, 3, 5])
row = np.array([0, 0, 1, 2, 2])
M = spm.csr_matrix((np.array([1.0, 2.0, 3.0, 4.0, 5.0]), ind, ptr), shape=(3, 3))
"""
RANDOM = np.random.default_rng(7)
GRID, SQUARE = RANDOM.normal(size=(4, 5)), RANDOM.normal(size=(3, 3))
PLACES = RANDOM.uniform(0.2, 2.7, (2, 6))
DEFINITE = SQUARE @ SQUARE.T + np.diag([1.0, 2.0, 3.5])
OPERANDS = {
    "x": np.array([0.31, -1.2, 0.83]),
    "y": np.array([-0.7, 0.45, 1.1]),
    "p": np.array([0.6, 1.7, 2.3]),
    "u": np.array([0.22, 0.81, 0.47]),
    "q": np.array([0.05, 0.5, 0.93]),
    "A": np.array([[0.3, -1.1, 0.7], [1.3, 0.55, -0.4]]),
    "B": np.array([[0.9, -0.3], [0.2, 1.4], [-0.8, 0.5]]),
    "E": np.array([[0.3, -1.1, 0.7], [1.3, 0.55, -0.4], [0.1, 0.9, -0.6]]),
    "a": 0.71,
    "b": 1.37,
    "v5": np.array([1.0, 2.0, 0.5, -0.7, 0.4]),
    "G": GRID,
    "K": PLACES,
    "R": np.array([[0.5, 0.9, -0.3], [-0.8, 1.2, 0.4], [0.1, -0.6, 2.0]]),
    "S": DEFINITE,
    "T": np.stack([DEFINITE, 0.5 * DEFINITE + np.diag([2.0, 0.3, 1.0])]),
    "N": np.array([[0.3, np.nan, 0.7], [1.3, 0.55, -0.4]]),
}
LINES = [
    (path.stem, line)
    for path in sorted(HERE.glob("*.txt"))
    for line in path.read_text().splitlines()
]
# The short run takes one line in twelve.
MARKED = [
    pytest.param(*line, id=line[1], marks=[] if k % 12 == 0 else [pytest.mark.slow])
    for k, line in enumerate(LINES)
]
PROBE = "np.sum(np.sin({0}) * 0.7 + {0} * {0})"
COMPLEX = "np.sum(np.real({0} * (0.3 + 0.7j)) + np.imag({0}) * np.real({0}))"


def written(line):
    """The function that a line stands for, and the names of its parameters."""
    kind, text = line.split(":", 1) if line[:2] in ("t:", "c:", "s:") else ("", line)
    body = (
        [part.strip() for part in text.split(";")] if kind == "s" else [f"r = {text}"]
    )
    result = PROBE.format("r")
    if kind == "t":
        result = f"sum([{PROBE.format('part')} for part in r])"
    if kind == "c":
        result = COMPLEX.format("r")
    plain = re.sub(r'"[^"]*"', "", text)
    targets = r"(?:^|;|(?<=\w),)\s*(\w+)(?=\s*(?:,\s*\w+\s*)*=[^=])"
    made = set(re.findall(targets, plain)) if kind == "s" else set()
    names = [
        name
        for name in OPERANDS
        if re.search(rf"(?<![\w.]){name}(?![\w(=]|\s*=[^=])", plain)
        and name not in made
    ]
    lines = "".join(f"    {part}\n" for part in body)
    return f"def f({', '.join(names)}):\n{lines}    return {result}\n", names


@pytest.fixture
def compiled(tmp_path, request):
    """The function of a line, from a file of its own."""
    text, names = written(request.getfixturevalue("line"))
    path = tmp_path / "subject.py"
    path.write_text(HEAD + text)
    spec = importlib.util.spec_from_file_location("subject", path)
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
        yield module.f, names


def slopes(function, args, place):
    """The derivative in every element of one argument, by differences."""
    flat = np.atleast_1d(np.array(args[place], float)).ravel()
    found = np.zeros_like(flat)
    for k in np.flatnonzero(~np.isnan(flat)):
        values = {}
        for step in (1, -1, 2, -2):
            moved = flat.copy()
            moved[k] += step * 1e-5
            given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
            is_array = isinstance(args[place], np.ndarray)
            whole = moved.reshape(np.shape(args[place]))
            given[place] = whole if is_array else float(moved[0])
            values[step] = function(*given)
        near, far = values[1] - values[-1], values[2] - values[-2]
        found[k] = (8 * near - far) / 12e-5
    return found.reshape(np.shape(args[place]))


@pytest.mark.parametrize(("family", "line"), MARKED)
def test_a_call_as_users_write_it(family, line, compiled):
    function, names = compiled
    args = [OPERANDS[n].copy() if np.ndim(OPERANDS[n]) else OPERANDS[n] for n in names]
    with np.errstate(all="ignore"):
        derivative = dpc.value_and_grad(function, wrt=tuple(names), branches="hard")
        wanted = [slopes(function, args, place) for place in range(len(args))]
        for call in (derivative, derivative.generic):
            given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
            value, found = call(*given)
            assert value == pytest.approx(function(*args), 1e-9)
            for bar, slope in zip(found, wanted):
                scale = max(1.0, np.max(np.abs(slope), initial=0.0))
                np.testing.assert_allclose(bar, slope, 1e-4, 1e-5 * scale)


def test_there_are_many_calls():
    assert len(LINES) > 1000
