"""The network of memory_network.py: three hops over the facts of a story."""

from typing import NamedTuple

import numpy as np

import dpc

WIDTH, HOPS, BATCH = 20, 3, 32


class Net(NamedTuple):
    """Embedding k gives the keys of hop k and the values of the hop before."""

    words: np.ndarray  # (HOPS + 1, words, WIDTH)
    times: np.ndarray  # (HOPS + 1, FACTS, WIDTH), how old a fact is


def position(length):
    """Weights (length, WIDTH) of a word's features by where it stands."""
    j = np.arange(1, length + 1)[:, None] - (length + 1) / 2
    k = np.arange(1, WIDTH + 1) - (WIDTH + 1) / 2
    return 1 + 4 * j * k / (length * WIDTH)


def sentences(words, codes):
    """Vectors of sentences: (..., words) to (..., WIDTH). Word 0 counts nothing."""
    weights = position(codes.shape[-1]) * (codes > 0)[..., None]
    return np.sum(words[codes] * weights, axis=-2)


def answers(net, facts, question, linear):
    """Scores of the words, (batch, words), and the weights of every hop.

    ``linear`` leaves out the softmax over memory, as at the start of training.
    """
    told = np.sum(facts, axis=2) > 0
    state = sentences(net.words[0], question)
    looked = []
    for hop in range(HOPS):
        keys = sentences(net.words[hop], facts) + net.times[hop]
        values = sentences(net.words[hop + 1], facts) + net.times[hop + 1]
        scores = np.sum(keys * state[:, None], axis=2)
        if linear:
            weights = scores * told
        else:
            weights = dpc.softmax(scores + 1e9 * (told - 1.0), axis=1)
        state = state + np.sum(weights[:, :, None] * values, axis=1)
        looked.append(weights)
    return state @ net.words[HOPS].T, looked


@dpc.value_and_grad(branches="hard")
def loss(net, facts, question, answer, linear):
    """Cross entropy, summed over the batch."""
    scores, _ = answers(net, facts, question, linear)
    chosen = scores[np.arange(len(answer)), answer]
    return np.sum(dpc.logsumexp(scores, axis=1) - chosen)
