"""A neural Turing machine that learns to copy.

It reads up to ten vectors of eight random bits, then must write them out again. A small
controller moves two soft heads over a memory: by content, by shifts, by sharpening
(Graves et al., 2014). What it learns on ten vectors carries over to twenty: it found
the algorithm. Guessing costs 8 bits a vector.

    python examples/turing_machine.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser
from copy_task import BITS, learn_to_copy, sequences

PLACES, WORD, UNITS = 32, 16, 64


class Head(NamedTuple):
    """From the controller's state to a key, its strength, a gate, shifts, a power."""

    w: np.ndarray  # (UNITS, WORD + 6)
    b: np.ndarray  # (WORD + 6,)
    start: np.ndarray  # (PLACES,), the weighting at first, before the softmax


class Machine(NamedTuple):
    w1: np.ndarray  # (BITS + 1 + WORD, UNITS), of the input and what was read
    b1: np.ndarray  # (UNITS,)
    reader: Head
    writer: Head
    erase: np.ndarray  # (UNITS, WORD)
    add: np.ndarray  # (UNITS, WORD)
    out: np.ndarray  # (UNITS + WORD, BITS)
    bias: np.ndarray  # (BITS,)
    read: np.ndarray  # (WORD,), what is read at first


def address(head, h, memory, previous):
    """The next weighting over places, (batch, PLACES)."""
    z = h @ head.w + head.b
    key = np.tanh(z[:, :WORD])
    strength = dpc.softplus(z[:, WORD])
    gate = dpc.sigmoid(z[:, WORD + 1])
    shift = dpc.softmax(z[:, WORD + 2 : WORD + 5], axis=1)
    power = 1.0 + dpc.softplus(z[:, WORD + 5])

    lengths = np.sqrt(np.sum(memory**2, axis=2) * np.sum(key**2, axis=1)[:, None])
    alike = np.sum(memory * key[:, None], axis=2) / (lengths + 1e-8)
    by_content = dpc.softmax(strength[:, None] * alike, axis=1)
    w = gate[:, None] * by_content + (1 - gate[:, None]) * previous
    back, ahead = np.roll(w, -1, axis=1), np.roll(w, 1, axis=1)
    w = shift[:, 0:1] * back + shift[:, 1:2] * w + shift[:, 2:3] * ahead
    sharp = (w + 1e-12) ** power[:, None]
    return sharp / np.sum(sharp, axis=1, keepdims=True)


def run(machine, inputs):
    """Scores of the bits after every input, and the weightings of both heads.

    Inputs are (steps, batch, BITS + 1), scores a list of (batch, BITS).
    """
    batch = inputs.shape[1]
    memory = np.full((batch, PLACES, WORD), 1e-6)
    reading = np.tile(dpc.softmax(machine.reader.start), (batch, 1))
    writing = np.tile(dpc.softmax(machine.writer.start), (batch, 1))
    found = np.tile(machine.read, (batch, 1))
    scores, looked = [], []
    for x in inputs:
        h = np.tanh(np.concatenate([x, found], axis=1) @ machine.w1 + machine.b1)
        writing = address(machine.writer, h, memory, writing)
        erase, add = dpc.sigmoid(h @ machine.erase), np.tanh(h @ machine.add)
        memory = memory * (1 - writing[:, :, None] * erase[:, None])
        memory = memory + writing[:, :, None] * add[:, None]
        reading = address(machine.reader, h, memory, reading)
        found = np.sum(reading[:, :, None] * memory, axis=1)
        scores.append(np.concatenate([h, found], axis=1) @ machine.out + machine.bias)
        looked.append((reading, writing))
    return scores, looked


@dpc.value_and_grad(branches="hard")
def loss(machine, inputs, bits):
    """Bits per sequence: the cross entropy of the second half of the steps."""
    scores, _ = run(machine, inputs)
    total = 0.0
    for t in range(len(bits)):
        s = scores[len(bits) + 1 + t]
        total += np.sum(dpc.softplus(s) - bits[t] * s)
    return total / (np.log(2.0) * bits.shape[1])


def initial(rng: np.random.Generator) -> Machine:
    def normal(rows: int, columns: int) -> np.ndarray:
        return rng.normal(size=(rows, columns)) / np.sqrt(rows)

    def head() -> Head:
        start = np.zeros(PLACES)
        start[0] = 5.0  # both heads begin at one place
        return Head(normal(UNITS, WORD + 6), np.zeros(WORD + 6), start)

    return Machine(
        w1=normal(BITS + 1 + WORD, UNITS),
        b1=np.zeros(UNITS),
        reader=head(),
        writer=head(),
        erase=normal(UNITS, WORD),
        add=normal(UNITS, WORD),
        out=normal(UNITS + WORD, BITS),
        bias=np.zeros(BITS),
        read=np.zeros(WORD),
    )


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "turing_machine").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *sequences(rng, 5, 3)).source)
        return {}
    return learn_to_copy(run, loss, initial(rng), rng, options)


if __name__ == "__main__":
    main()
