"""An encoder and a decoder with attention (Bahdanau et al., 2015), as plain functions.

A bidirectional GRU reads the letters, another GRU writes the characters. Without
attention the whole text must fit in one vector; with it, every step of the decoder
takes a mean of the encoder's states, weighted by scores: additive, or a cosine.
"""

from typing import NamedTuple

import numpy as np

import dpc
from date_pairs import INPUTS, OUTPUTS

EMBED, ENCODER, DECODER = 16, 32, 64


class Gru(NamedTuple):
    w: np.ndarray  # (inputs, 3 * units): reset, update, candidate
    u: np.ndarray  # (units, 3 * units)
    b: np.ndarray  # (3 * units,)


class Model(NamedTuple):
    letters: np.ndarray  # (letters, EMBED)
    forward: Gru
    backward: Gru
    start: np.ndarray  # (2 * ENCODER, DECODER)
    marks: np.ndarray  # (characters and a start mark, EMBED)
    decoder: Gru
    query: np.ndarray  # (DECODER, 2 * ENCODER), of the scores
    key: np.ndarray  # (2 * ENCODER, 2 * ENCODER)
    scale: np.ndarray  # (2 * ENCODER,)
    out: np.ndarray  # (DECODER + 2 * ENCODER, characters)
    bias: np.ndarray  # (characters,)


def step(gru, x, h):
    """The next state of a GRU for inputs (batch, inputs)."""
    units = h.shape[1]
    a, b = x @ gru.w + gru.b, h @ gru.u
    gates = dpc.sigmoid(a[:, : 2 * units] + b[:, : 2 * units])
    r, z = gates[:, :units], gates[:, units:]
    return (1 - z) * np.tanh(a[:, 2 * units :] + r * b[:, 2 * units :]) + z * h


def read(gru, x, used, order):
    """The states after every letter, in that order of reading; padding is skipped."""
    h = np.zeros((x.shape[0], gru.u.shape[0]))
    states = []
    for t in order:
        seen = used[:, t : t + 1]
        h = seen * step(gru, x[:, t], h) + (1 - seen) * h
        states.append(h)
    return states


def encode(model, codes, used):
    """States of both directions, (batch, letters, 2 * ENCODER), the decoder's first."""
    x = model.letters[codes]
    last = codes.shape[1] - 1
    ahead = read(model.forward, x, used, range(last + 1))
    back = read(model.backward, x, used, range(last, -1, -1))
    states = np.concatenate([np.stack(ahead, 1), np.stack(back[::-1], 1)], axis=2)
    return states, np.tanh(np.concatenate([ahead[-1], back[-1]], axis=1) @ model.start)


def additive(model, s, keys):
    """v · tanh(W s + U h) for every state h, of which U h is the key."""
    return np.tanh((s @ model.query)[:, None] + keys) @ model.scale


def cosine(model, s, keys):
    """The cosine of W s and every key, times a learned sharpness."""
    q = (s @ model.query)[:, None]
    lengths = np.sqrt(np.sum(q**2, axis=2) * np.sum(keys**2, axis=2) + 1e-9)
    return np.sum(model.scale) * np.sum(q * keys, axis=2) / lengths


def write(score, model, s, mark, states, keys, used):
    """The decoder's next state, the scores of its character, and where it looked."""
    if score is None:
        weights, context = used, np.zeros((len(s), states.shape[2]))
    else:
        weights = dpc.softmax(score(model, s, keys) + 1e9 * (used - 1.0), axis=1)
        context = np.sum(weights[:, :, None] * states, axis=1)
    s = step(model.decoder, np.concatenate([model.marks[mark], context], axis=1), s)
    return s, np.concatenate([s, context], axis=1) @ model.out + model.bias, weights


def compiled(score):
    """The derivative of the loss with this kind of attention, or with None."""

    @dpc.value_and_grad(branches="hard")
    def loss(model, codes, used, iso):
        """Mean cross entropy of the characters, the right ones before given."""
        states, s = encode(model, codes, used)
        keys = states @ model.key
        rows = np.arange(len(iso))
        mark = np.full(len(iso), len(OUTPUTS))
        total = 0.0
        for place in range(iso.shape[1]):
            s, scores, _ = write(score, model, s, mark, states, keys, used)
            mark = iso[:, place]
            total += np.mean(dpc.logsumexp(scores, axis=1) - scores[rows, mark])
        return total / iso.shape[1]

    return loss


def initial(rng: np.random.Generator) -> Model:
    def glorot(rows: int, columns: int) -> np.ndarray:
        return rng.uniform(-1, 1, (rows, columns)) * np.sqrt(6 / (rows + columns))

    def gru(inputs: int, units: int) -> Gru:
        b = np.zeros(3 * units)
        return Gru(glorot(inputs, 3 * units), glorot(units, 3 * units), b)

    both = 2 * ENCODER
    return Model(
        letters=rng.normal(size=(len(INPUTS), EMBED)),
        forward=gru(EMBED, ENCODER),
        backward=gru(EMBED, ENCODER),
        start=glorot(both, DECODER),
        marks=rng.normal(size=(len(OUTPUTS) + 1, EMBED)),
        decoder=gru(EMBED + both, DECODER),
        query=glorot(DECODER, both),
        key=glorot(both, both),
        scale=rng.normal(size=both) * 0.3,
        out=glorot(DECODER + both, len(OUTPUTS)),
        bias=np.zeros(len(OUTPUTS)),
    )


def translate(score, model, codes, used) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest characters in turn, (batch, 10), and where it looked."""
    states, s = encode(model, codes, used)
    keys, mark = states @ model.key, np.full(len(codes), len(OUTPUTS))
    written, looked = [], []
    for _ in range(10):
        s, scores, weights = write(score, model, s, mark, states, keys, used)
        mark = np.argmax(scores, axis=1)
        written.append(mark)
        looked.append(weights)
    return np.stack(written, axis=1), np.stack(looked, axis=1)


KINDS = {"additive": additive, "cosine": cosine, "none": None}
LOSSES = {name: compiled(score) for name, score in KINDS.items()}
