"""A differentiable neural computer that learns to copy.

Beside looking by content, it finds free places by how much each is used, and remembers
in which order it wrote, so that it can read on from where it is (Graves et al., 2016).
The order of the free places comes from a sort, whose permutation has no derivative,
while what is sorted has one.

    python examples/neural_computer.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser
from copy_task import BITS, learn_to_copy, sequences

PLACES, WORD, UNITS = 24, 16, 64
# Keys to read and write, erase and write vectors, two strengths, three gates, a mode.
INTERFACE = 4 * WORD + 2 + 3 + 3


class Computer(NamedTuple):
    w1: np.ndarray  # (BITS + 1 + WORD, UNITS)
    b1: np.ndarray  # (UNITS,)
    face: np.ndarray  # (UNITS, INTERFACE)
    face_bias: np.ndarray  # (INTERFACE,)
    out: np.ndarray  # (UNITS + WORD, BITS)
    bias: np.ndarray  # (BITS,)


class State(NamedTuple):
    memory: np.ndarray  # (batch, PLACES, WORD)
    usage: np.ndarray  # (batch, PLACES)
    order: np.ndarray  # (batch, PLACES, PLACES): [i, j], i was written after j
    last: np.ndarray  # (batch, PLACES), how much each was written last
    reading: np.ndarray  # (batch, PLACES)
    writing: np.ndarray  # (batch, PLACES)


def by_content(memory, key, strength):
    """Weights over the places that are like the key."""
    squares = np.sum(memory**2, axis=2) * np.sum(key**2, axis=1)[:, None]
    alike = np.sum(memory * key[:, None], axis=2) / np.sqrt(squares + 1e-9)
    return dpc.softmax(strength[:, None] * alike, axis=1)


def free_places(usage):
    """Weights over the places, the least used first."""
    ranks = np.argsort(usage, axis=1)
    used = np.take_along_axis(usage, ranks, axis=1)
    before = np.cumprod(used, axis=1) / np.maximum(used, 1e-12)
    return np.take_along_axis((1 - used) * before, np.argsort(ranks, axis=1), axis=1)


def step(z, state):
    """The state after one instruction z, (batch, INTERFACE), and what is read."""
    read_key, write_key = np.tanh(z[:, :WORD]), np.tanh(z[:, WORD : 2 * WORD])
    erase = dpc.sigmoid(z[:, 2 * WORD : 3 * WORD])
    word = np.tanh(z[:, 3 * WORD : 4 * WORD])
    strengths = 1.0 + dpc.softplus(z[:, 4 * WORD : 4 * WORD + 2])
    gates = dpc.sigmoid(z[:, 4 * WORD + 2 : 4 * WORD + 5])
    free, allocate, write = gates[:, 0:1], gates[:, 1:2], gates[:, 2:3]
    mode = dpc.softmax(z[:, 4 * WORD + 5 :], axis=1)

    usage = state.usage + state.writing - state.usage * state.writing
    usage = 1e-6 + (1 - 1e-6) * usage * (1 - free * state.reading)
    found = by_content(state.memory, write_key, strengths[:, 1])
    writing = write * (allocate * free_places(usage) + (1 - allocate) * found)
    memory = state.memory * (1 - writing[:, :, None] * erase[:, None])
    memory = memory + writing[:, :, None] * word[:, None]

    kept = 1 - writing[:, :, None] - writing[:, None]
    order = kept * state.order + writing[:, :, None] * state.last[:, None]
    order = order * (1 - np.eye(PLACES))
    last = (1 - np.sum(writing, axis=1, keepdims=True)) * state.last + writing
    ahead = np.sum(order * state.reading[:, None], axis=2)
    back = np.sum(order * state.reading[:, :, None], axis=1)
    alike = by_content(memory, read_key, strengths[:, 0])
    reading = mode[:, 0:1] * back + mode[:, 1:2] * alike + mode[:, 2:3] * ahead
    read = np.sum(reading[:, :, None] * memory, axis=1)
    return State(memory, usage, order, last, reading, writing), read


def run(computer, inputs):
    """Scores of the bits after every input, and the weightings of both heads."""
    batch = inputs.shape[1]
    none = np.zeros((batch, PLACES))
    memory, order = np.zeros((batch, PLACES, WORD)), np.zeros((batch, PLACES, PLACES))
    state = State(memory, none, order, none, none, none)
    read = np.zeros((batch, WORD))
    scores, looked = [], []
    for x in inputs:
        h = np.tanh(np.concatenate([x, read], axis=1) @ computer.w1 + computer.b1)
        state, read = step(h @ computer.face + computer.face_bias, state)
        both = np.concatenate([h, read], axis=1)
        scores.append(both @ computer.out + computer.bias)
        looked.append((state.reading, state.writing))
    return scores, looked


@dpc.value_and_grad(branches="hard")
def loss(computer, inputs, bits):
    """Bits per sequence: the cross entropy of the second half of the steps."""
    scores, _ = run(computer, inputs)
    total = 0.0
    for t in range(len(bits)):
        s = scores[len(bits) + 1 + t]
        total += np.sum(dpc.softplus(s) - bits[t] * s)
    return total / (np.log(2.0) * bits.shape[1])


def initial(rng: np.random.Generator) -> Computer:
    def normal(rows: int, columns: int) -> np.ndarray:
        return rng.normal(size=(rows, columns)) / np.sqrt(rows)

    return Computer(
        normal(BITS + 1 + WORD, UNITS),
        np.zeros(UNITS),
        normal(UNITS, INTERFACE),
        np.zeros(INTERFACE),
        normal(UNITS + WORD, BITS),
        np.zeros(BITS),
    )


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "neural_computer").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *sequences(rng, 5, 3)).source)
        return {}
    return learn_to_copy(run, loss, initial(rng), rng, options)


if __name__ == "__main__":
    main()
