"""Functions of one expression each, and their slopes by differences.

A line is an expression of the operands below. Before it may stand `t` for a tuple of
results, `c` for a complex result, `s` for statements that leave their result in `r`,
and the letters that a test gives a meaning.
"""

import ast
import importlib.util
import re
import warnings

import numpy as np

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


def drawn_complex(*shape):
    return RANDOM.normal(size=shape) + 1j * RANDOM.normal(size=shape)


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
    "z": drawn_complex(3),
    "w": drawn_complex(3),
    "Z": drawn_complex(2, 3),
    "W": drawn_complex(3, 3),
    "Q": drawn_complex(2, 3, 3),
    "d": 0.4 - 0.8j,
}

PROBE = "np.sum(np.sin({0}) * 0.7 + {0} * {0})"
COMPLEX = "np.sum(np.real({0} * (0.3 + 0.7j)) + np.imag({0}) * np.real({0}))"


def marked(line):
    """The letters that stand before a line, and the line."""
    found = re.fullmatch(r"(?:([a-z]+):)?(.*)", line)
    return found[1] or "", found[2]


def written(line):
    """The function that a line stands for, and the names of its parameters."""
    kind, text = marked(line)
    body = (
        [part.strip() for part in text.split(";")] if "s" in kind else [f"r = {text}"]
    )
    probe = COMPLEX if "c" in kind else PROBE
    result = probe.format("r")
    if "t" in kind:
        result = f"sum([{probe.format('part')} for part in r])"
    found = [n for n in ast.walk(ast.parse("\n".join(body))) if type(n) is ast.Name]
    made = {name.id for name in found if isinstance(name.ctx, ast.Store)}
    read = {name.id for name in found} - made
    names = [name for name in OPERANDS if name in read]
    lines = "".join(f"    {part}\n" for part in body)
    return f"def f({', '.join(names)}):\n{lines}    return {result}\n", names


def loaded(line, folder):
    """The function of a line, from a file of its own, and the names of its
    parameters."""
    text, names = written(line)
    path = folder / "subject.py"
    path.write_text(HEAD + text)
    spec = importlib.util.spec_from_file_location("subject", path)
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module.f, names


def arguments(names):
    """Fresh arguments for the parameters of these names."""
    return [OPERANDS[n].copy() if np.ndim(OPERANDS[n]) else OPERANDS[n] for n in names]


def slopes(function, args, place):
    """The derivative in every element of one argument, by differences."""
    flat = np.atleast_1d(np.array(args[place])).ravel()
    found = np.zeros_like(flat)
    for k in np.flatnonzero(~np.isnan(flat)):
        for unit in (1.0, -1j) if np.iscomplexobj(flat) else (1.0,):
            # The gradient in `x + 1j * y` is `df/dx - 1j * df/dy`.
            found[k] += unit * slope(function, args, place, k, 1 / unit)
    return found.reshape(np.shape(args[place]))


def slope(function, args, place, k, direction, step=1e-5):
    def value(steps):
        given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
        moved = np.array(args[place])
        moved.reshape(-1)[k] += steps * step * direction
        given[place] = moved if moved.ndim else moved.item()
        return function(*given)

    near, far = value(1) - value(-1), value(2) - value(-2)
    return (8 * near - far) / (12 * step)
