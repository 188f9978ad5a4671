"""The networks of the paper's section 5: MLP, graph convolutions, attention by edges.

Every network takes its parameters, the words (sparse, row-normalised), what says who is
whose neighbour, and a dropout mask for each hidden layer; it returns scores.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np

import dpc

HEADS, WIDTH = 6, 120


class Edges(NamedTuple):
    target: np.ndarray  # the node at the end of each edge
    source: np.ndarray  # the node it comes from
    adding: Any  # sparse, (nodes, edges): adds up in each node the edges that end there


class Attention(NamedTuple):
    w1: np.ndarray  # (words, WIDTH)
    b1: np.ndarray  # (WIDTH,)
    w_in: np.ndarray  # (WIDTH, 3 * WIDTH): queries, keys, values
    b_in: np.ndarray  # (3 * WIDTH,)
    w_out: np.ndarray  # (WIDTH, WIDTH)
    b_out: np.ndarray  # (WIDTH,)
    w2: np.ndarray  # (WIDTH, classes)
    b2: np.ndarray  # (classes,)


def mlp(layers, words, neighbours, keeps):
    """Linear layers with ReLU between; neighbours are not looked at."""
    w, b = layers[0]
    h = words @ w + b
    for (w, b), keep in zip(layers[1:], keeps, strict=True):
        h = (dpc.relu(h) * keep) @ w + b
    return h


def gcn(layers, words, adjacency, keeps):
    """Graph convolutions: what each layer finds is spread over the neighbours."""
    w, b = layers[0]
    h = adjacency @ (words @ w) + b
    for (w, b), keep in zip(layers[1:], keeps, strict=True):
        h = adjacency @ ((dpc.relu(h) * keep) @ w) + b
    return h


def weights(q, k, edges):
    """How much of every edge's source its target takes: (edges, HEADS)."""
    target, source, adding = edges
    q, k = by_head(q[target]), by_head(k[source])
    weight = np.exp(np.einsum("ehd,ehd->eh", q, k) / np.sqrt(WIDTH // HEADS))
    return weight / (adding @ weight)[target]


def equal_weights(edges):
    """The shares of the edges where those of one target count the same: (edges, 1)."""
    target, _, adding = edges
    return 1 / (adding @ np.ones((target.size, 1)))[target]


def heads(v, edges, weight):
    """The values at the sources of a node's edges, weighted: (nodes, WIDTH)."""
    _, source, adding = edges
    return adding @ (weight[:, :, None] * by_head(v[source])).reshape(-1, WIDTH)


def by_head(x):
    """The columns of each head by themselves: (edges, HEADS, WIDTH // HEADS)."""
    return x.reshape(-1, HEADS, WIDTH // HEADS)


def attention(p, words, edges, keeps):
    """The paper's network: attention between two linear layers, no residual path."""
    h = (words @ p.w1 + p.b1) * keeps[0]
    q, k, v = np.split(h @ p.w_in + p.b_in, 3, axis=1)
    found = heads(v, edges, weights(q, k, edges)) @ p.w_out + p.b_out
    return (dpc.relu(found) * keeps[1]) @ p.w2 + p.b2


def average(p, words, edges, keeps):
    """The paper's network with the plain mean over neighbours in place of attention."""
    h = (words @ p.w1 + p.b1) * keeps[0]
    _, _, v = np.split(h @ p.w_in + p.b_in, 3, axis=1)
    found = heads(v, edges, equal_weights(edges)) @ p.w_out + p.b_out
    return (dpc.relu(found) * keeps[1]) @ p.w2 + p.b2


def repaired(p, words, edges, keeps):
    """The paper's network with a residual path around the attention, after a ReLU.

    It is trained on words of length 1 and without decay of the attention's weights.
    """
    h = dpc.relu(words @ p.w1 + p.b1) * keeps[0]
    q, k, v = np.split(h @ p.w_in + p.b_in, 3, axis=1)
    found = heads(v, edges, weights(q, k, edges)) @ p.w_out + p.b_out
    return ((h + found) * keeps[1]) @ p.w2 + p.b2


def everywhere(p, words, asked, keeps):
    """The paper's network with attention over all nodes: scores of the nodes `asked`.

    Each head holds a matrix of the asked by all.
    """
    h = (words @ p.w1 + p.b1) * keeps[0]
    z, size, found = h @ p.w_in + p.b_in, WIDTH // HEADS, []
    for head in range(HEADS):
        q, k, v = [z[:, part * WIDTH + head * size :][:, :size] for part in range(3)]
        found.append(dpc.softmax(q[asked] @ k.T / np.sqrt(size), axis=1) @ v)
    out = np.concatenate(found, axis=1) @ p.w_out + p.b_out
    return (dpc.relu(out) * keeps[1]) @ p.w2 + p.b2


ATTENTIVE = (attention, average, repaired, everywhere)


def compiled(network):
    """The derivative of the mean cross entropy over the chosen rows."""

    @dpc.value_and_grad(branches="hard")
    def loss(params, words, neighbours, keeps, rows, labels):
        """Mean cross entropy over the chosen rows."""
        scores = network(params, words, neighbours, keeps)[rows]
        chosen = scores[np.arange(rows.size), labels[rows]]
        return np.mean(dpc.logsumexp(scores, axis=1) - chosen)

    return loss


LOSSES = {f: compiled(f) for f in (mlp, gcn, *ATTENTIVE)}


def linear(rng: np.random.Generator, rows: int, columns: int) -> tuple:
    """Weights and biases uniform within 1 / sqrt(rows)."""
    limit = 1 / np.sqrt(rows)
    w = rng.uniform(-limit, limit, (rows, columns))
    return w, rng.uniform(-limit, limit, columns)


def glorot(rng: np.random.Generator, rows: int, columns: int) -> tuple:
    """Glorot's uniform weights, zero biases."""
    limit = np.sqrt(6 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns)), np.zeros(columns)


def initial(network, rng, words: int, hidden: tuple[int, ...], classes: int):
    """The parameters of a network with these hidden sizes."""
    if network in ATTENTIVE:
        w1, b1 = linear(rng, words, WIDTH)
        w_in, b_in = glorot(rng, WIDTH, 3 * WIDTH)
        w_out, _ = linear(rng, WIDTH, WIDTH)
        w2, b2 = linear(rng, WIDTH, classes)
        return Attention(w1, b1, w_in, b_in, w_out, np.zeros(WIDTH), w2, b2)
    make = linear if network is mlp else glorot
    sizes = (words, *hidden, classes)
    return [make(rng, *pair) for pair in itertools.pairwise(sizes)]
