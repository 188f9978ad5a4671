"""The network of da_rnn.py: attention over series, then over steps."""

from typing import NamedTuple

import numpy as np

import dpc
from indoor import WINDOW

UNITS, BATCH = 64, 128


class Lstm(NamedTuple):
    w: np.ndarray  # (inputs, 4 * UNITS): input, forget, output, candidate
    u: np.ndarray  # (UNITS, 4 * UNITS)
    b: np.ndarray  # (4 * UNITS,)


class Model(NamedTuple):
    series_query: np.ndarray  # (2 * UNITS, WINDOW), of the attention over series
    series_key: np.ndarray  # (WINDOW, WINDOW)
    series_score: np.ndarray  # (WINDOW,)
    encoder: Lstm
    step_query: np.ndarray  # (2 * UNITS, UNITS), of the attention over steps
    step_key: np.ndarray  # (UNITS, UNITS)
    step_score: np.ndarray  # (UNITS,)
    decoder: Lstm
    mix: np.ndarray  # (UNITS + 1,), of context and the last value
    out: np.ndarray  # (2 * UNITS,)
    bias: np.ndarray  # ()


def lstm(cell, x, h, c):
    """The next state and memory for inputs (batch, inputs)."""
    z = x @ cell.w + h @ cell.u + cell.b
    gates = dpc.sigmoid(z[:, : 3 * UNITS])
    c = gates[:, UNITS : 2 * UNITS] * c + gates[:, :UNITS] * np.tanh(z[:, 3 * UNITS :])
    return gates[:, 2 * UNITS :] * np.tanh(c), c


def forecast(model, drivers, past):
    """The next value (batch,), with the weights over series and over steps.

    ``drivers`` are (batch, WINDOW, series), ``past`` values of the target (batch,
    WINDOW - 1).
    """
    batch = drivers.shape[0]
    h, c = np.zeros((batch, UNITS)), np.zeros((batch, UNITS))
    keys = np.swapaxes(drivers, 1, 2) @ model.series_key
    states, looked = [], []
    for t in range(WINDOW):
        query = np.concatenate([h, c], axis=1) @ model.series_query
        scores = np.tanh(query[:, None] + keys) @ model.series_score
        weights = dpc.softmax(scores, axis=1)
        h, c = lstm(model.encoder, weights * drivers[:, t], h, c)
        states.append(h)
        looked.append(weights)
    encoded = np.stack(states, axis=1)

    keys = encoded @ model.step_key
    d, s = np.zeros((batch, UNITS)), np.zeros((batch, UNITS))
    context, weights = np.zeros((batch, UNITS)), np.zeros((batch, WINDOW))
    for t in range(WINDOW):
        query = np.concatenate([d, s], axis=1) @ model.step_query
        scores = np.tanh(query[:, None] + keys) @ model.step_score
        weights = dpc.softmax(scores, axis=1)
        context = np.sum(weights[:, :, None] * encoded, axis=1)
        if t < WINDOW - 1:
            known = np.concatenate([context, past[:, t : t + 1]], axis=1) @ model.mix
            d, s = lstm(model.decoder, known[:, None], d, s)
    return (
        np.concatenate([d, context], axis=1) @ model.out + model.bias,
        looked,
        weights,
    )


@dpc.value_and_grad(branches="hard")
def loss(model, drivers, past, target):
    """Mean squared error, of standardised values."""
    found, _, _ = forecast(model, drivers, past)
    return np.mean((found - target) ** 2)


def initial(rng: np.random.Generator, series: int) -> Model:
    def normal(rows: int, *columns: int) -> np.ndarray:
        return rng.normal(size=(rows, *columns)) / np.sqrt(rows)

    def cell(inputs: int) -> Lstm:
        b = np.zeros(4 * UNITS)
        return Lstm(normal(inputs, 4 * UNITS), normal(UNITS, 4 * UNITS), b)

    first = normal(2 * UNITS, WINDOW), normal(WINDOW, WINDOW), normal(WINDOW)
    second = normal(2 * UNITS, UNITS), normal(UNITS, UNITS), normal(UNITS)
    last = normal(UNITS + 1), normal(2 * UNITS), np.zeros(())
    return Model(*first, cell(series), *second, cell(1), *last)
