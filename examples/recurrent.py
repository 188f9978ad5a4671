"""Recurrent networks as loops over time: tanh, LSTM and GRU.

Each takes a cell and a batch of sequences, and returns its last state.
"""

from typing import NamedTuple

import numpy as np

import dpc


class Cell(NamedTuple):
    """One recurrent network; LSTM and GRU hold their gates side by side."""

    w: np.ndarray  # (inputs, gates * units)
    u: np.ndarray  # (units, gates * units)
    b: np.ndarray  # (gates * units,)
    out: np.ndarray  # (units,)
    shift: np.ndarray  # ()


def rnn(cell, x):
    """Last state of a tanh network for x (batch, steps, inputs)."""
    h = np.zeros((x.shape[0], cell.u.shape[0]))
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ cell.w + h @ cell.u + cell.b)
    return h


def lstm(cell, x):
    """Last state; the gates are input, forget, output, and the candidate."""
    units = cell.u.shape[0]
    h = np.zeros((x.shape[0], units))
    c = np.zeros((x.shape[0], units))
    for t in range(x.shape[1]):
        z = x[:, t] @ cell.w + h @ cell.u + cell.b
        gates = dpc.sigmoid(z[:, : 3 * units])
        i, f, o = gates[:, :units], gates[:, units : 2 * units], gates[:, 2 * units :]
        c = f * c + i * np.tanh(z[:, 3 * units :])
        h = o * np.tanh(c)
    return h


def gru(cell, x):
    """Last state; the gates are reset, update, and the candidate."""
    units = cell.u.shape[0]
    h = np.zeros((x.shape[0], units))
    for t in range(x.shape[1]):
        a = x[:, t] @ cell.w + cell.b
        b = h @ cell.u
        r = dpc.sigmoid(a[:, :units] + b[:, :units])
        z = dpc.sigmoid(a[:, units : 2 * units] + b[:, units : 2 * units])
        candidate = np.tanh(a[:, 2 * units :] + r * b[:, 2 * units :])
        h = (1 - z) * candidate + z * h
    return h


def initial(rng: np.random.Generator, gates: int, units: int) -> Cell:
    def uniform(*shape: int) -> np.ndarray:
        return rng.uniform(-1, 1, shape) / np.sqrt(units)

    width = gates * units
    parts = uniform(2, width), uniform(units, width), uniform(width)
    return Cell(*parts, uniform(units), np.zeros(()))
