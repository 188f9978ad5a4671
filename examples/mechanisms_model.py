"""The modules of mechanisms.py: who takes part, and what they tell each other."""

from typing import NamedTuple

import numpy as np

import dpc

MODULES, UNITS, SYMBOLS, SHOWN = 6, 20, 6, 4
INPUTS = 2 * SYMBOLS + 1  # symbols, as many distractors, and the question


class Mechanisms(NamedTuple):
    query: np.ndarray  # (MODULES, UNITS, UNITS), what a module looks for
    key: np.ndarray  # (INPUTS, UNITS)
    value: np.ndarray  # (INPUTS, UNITS)
    w: np.ndarray  # (MODULES, UNITS, 3 * UNITS), of each module's GRU
    u: np.ndarray  # (MODULES, UNITS, 3 * UNITS)
    b: np.ndarray  # (MODULES, 3 * UNITS)
    ask: np.ndarray  # (MODULES, UNITS, 3 * UNITS), queries, keys, values among them
    out: np.ndarray  # (MODULES * UNITS, SYMBOLS)


def gru(net, x, h):
    """Every module's next state by its own weights: (batch, MODULES, UNITS)."""
    a = np.einsum("bmi,mio->bmo", x, net.w) + net.b
    c = np.einsum("bmi,mio->bmo", h, net.u)
    r = dpc.sigmoid(a[:, :, :UNITS] + c[:, :, :UNITS])
    z = dpc.sigmoid(a[:, :, UNITS : 2 * UNITS] + c[:, :, UNITS : 2 * UNITS])
    return (1 - z) * np.tanh(a[:, :, 2 * UNITS :] + r * c[:, :, 2 * UNITS :]) + z * h


def step(net, x, h, count):
    """The next states for inputs (batch, INPUTS), and which ``count`` took part."""
    wanted = np.einsum("bmi,mio->bmo", h, net.query)
    score = np.sum(wanted * (x @ net.key)[:, None], axis=2) / np.sqrt(UNITS)
    least = np.sort(score, axis=1)[:, -count]
    active = (score >= least[:, None])[:, :, None] * 1.0
    seen = dpc.sigmoid(score)[:, :, None] * (x @ net.value)[:, None]
    new = gru(net, seen, h)
    asked = np.einsum("bmi,mio->bmo", new, net.ask)
    q, k, v = asked[..., :UNITS], asked[..., UNITS : 2 * UNITS], asked[..., 2 * UNITS :]
    weights = dpc.softmax(q @ np.swapaxes(k, 1, 2) / np.sqrt(UNITS), axis=2)
    new = new + weights @ v
    return active * new + (1 - active) * h, active[:, :, 0]


def rim(net, x, count):
    """Scores of the symbols at the last SHOWN steps, and who was active at each."""
    h = np.zeros((x.shape[0], MODULES, UNITS))
    found, took_part = [], []
    for t in range(x.shape[1]):
        h, active = step(net, x[:, t], h, count)
        took_part.append(active)
        if t >= x.shape[1] - SHOWN:
            found.append(h.reshape(x.shape[0], -1) @ net.out)
    return found, took_part


@dpc.value_and_grad(branches="hard")
def loss(net, x, symbols, count):
    """Mean cross entropy of the symbols, (batch, SHOWN)."""
    found, _ = rim(net, x, count)
    rows = np.arange(len(symbols))
    total = 0.0
    for k in range(SHOWN):
        chosen = found[k][rows, symbols[:, k]]
        total += np.mean(dpc.logsumexp(found[k], axis=1) - chosen)
    return total / SHOWN


def sequences(rng: np.random.Generator, batch: int, distractors: int):
    """Inputs (batch, 2 SHOWN + distractors, INPUTS) and symbols (batch, SHOWN)."""
    symbols = rng.integers(0, SYMBOLS, (batch, SHOWN))
    noise = SYMBOLS + rng.integers(0, SYMBOLS, (batch, distractors))
    question = np.full((batch, SHOWN), 2 * SYMBOLS)
    return np.eye(INPUTS)[np.concatenate([symbols, noise, question], axis=1)], symbols


def initial(rng: np.random.Generator) -> Mechanisms:
    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape) / np.sqrt(shape[-2])

    return Mechanisms(
        query=normal(MODULES, UNITS, UNITS),
        key=rng.normal(size=(INPUTS, UNITS)),
        value=rng.normal(size=(INPUTS, UNITS)),
        w=normal(MODULES, UNITS, 3 * UNITS),
        u=normal(MODULES, UNITS, 3 * UNITS),
        b=np.zeros((MODULES, 3 * UNITS)),
        ask=normal(MODULES, UNITS, 3 * UNITS),
        out=normal(MODULES * UNITS, SYMBOLS),
    )
