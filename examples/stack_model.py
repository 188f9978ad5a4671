"""The network of stack.py: a soft stack moved by what it reads."""

from typing import NamedTuple

import numpy as np

import dpc

UNITS, DEPTH = 12, 24
A, B = 0, 1
EMPTY = -1.0  # where nothing was pushed


class Net(NamedTuple):
    letter: np.ndarray  # (2, UNITS)
    top: np.ndarray  # (UNITS,), what the top of the stack says
    bias: np.ndarray  # (UNITS,)
    act: np.ndarray  # (UNITS, 3), to push, to pop, to do nothing
    push: np.ndarray  # (UNITS,), the symbol that is pushed
    out: np.ndarray  # (UNITS + 1, 2)


def step(net, letters, stack, sharp):
    """One letter of every word, (batch,): units, and stack (batch, DEPTH)."""
    h = dpc.sigmoid(net.letter[letters] + stack[:, :1] * net.top + net.bias)
    act = dpc.softmax(sharp * (h @ net.act), axis=1)
    push, pop, keep = act[:, 0:1], act[:, 1:2], act[:, 2:3]
    moved = keep * stack
    moved[:, 1:] += push * stack[:, :-1]
    moved[:, :-1] += pop * stack[:, 1:]
    moved[:, 0] += push[:, 0] * dpc.sigmoid(h @ net.push)
    moved[:, -1] -= pop[:, 0]
    return h, moved


def scores(net, h, stack):
    """Of the next letter, (batch, 2)."""
    return np.concatenate([h, stack[:, :1]], axis=1) @ net.out


@dpc.value_and_grad(branches="hard")
def loss(net, words):
    """Mean cross entropy of the letters after the first: words (batch, letters)."""
    batch, length = words.shape
    stack = np.full((batch, DEPTH), EMPTY)
    rows = np.arange(batch)
    total = 0.0
    for t in range(length - 1):
        h, stack = step(net, words[:, t], stack, 1.0)
        found = scores(net, h, stack)
        total += np.mean(dpc.logsumexp(found, axis=1) - found[rows, words[:, t + 1]])
    return total / (length - 1)


def sequences(rng: np.random.Generator, batch: int, length: int, longest: int):
    """Words a^n b^n one after the other, n from 1 to the longest, cut to a length."""
    rows = []
    for _ in range(batch):
        letters: list[int] = []
        while len(letters) < length:
            n = int(rng.integers(1, longest + 1))
            letters += [A] * n + [B] * n
        rows.append(letters[:length])
    return np.array(rows)


def initial(rng: np.random.Generator) -> Net:
    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape) / np.sqrt(shape[0])

    letter, top = rng.normal(size=(2, UNITS)), rng.normal(size=UNITS)
    out = normal(UNITS, 3), normal(UNITS), normal(UNITS + 1, 2)
    return Net(letter, top, np.zeros(UNITS), *out)
