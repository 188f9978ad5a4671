"""Training one row of citeseer_paper.py: links, dropout, Adam for 200 epochs."""

import numpy as np

import dpc
from citeseer_models import (
    ATTENTIVE,
    LOSSES,
    WIDTH,
    equal_weights,
    everywhere,
    gcn,
    initial,
    mlp,
    repaired,
    weights,
)
from citeseer_reach import edges_of, reach
from matrices import normalised_adjacency, normalised_words
from optimisers import Adam
from planetoid import Graph

DECAY = 5e-4


def links_of(graph: Graph, kind: str, rng: np.random.Generator) -> np.ndarray:
    """The edges that a row leaves, (2, edges): source and target."""
    nodes, count = graph.labels.size, graph.edges.shape[1]
    if kind == "all":
        return graph.edges
    if kind == "own":
        return np.zeros((2, 0), dtype=int)
    if kind == "directed":
        return rng.integers(0, nodes, (2, count))
    if kind == "both ways":
        one_way = rng.integers(0, nodes, (2, count // 2))
        return np.concatenate([one_way, one_way[::-1]], axis=1)
    if kind.startswith("whole"):
        # A share of the links, each with both of its directions.
        source, target = graph.edges
        one_way = graph.edges[:, source < target]
        share = float(kind.split()[1])
        one_way = one_way[:, rng.random(one_way.shape[1]) < share]
        return np.concatenate([one_way, one_way[::-1]], axis=1)
    # Every k-th column, or all but those: the first goes, the second stays.
    divisor, keeps_multiples = int(kind.split("%")[1]), kind.startswith("not")
    number = np.arange(count)
    kept = (number % divisor == 0) == keeps_multiples
    kept[:2] = False, True
    return graph.edges[:, kept]


def neighbours_of(network, graph: Graph):
    """What a network looks at: a matrix, or edges, of each node one to itself."""
    nodes = graph.labels.size
    if network is mlp:
        return None
    if network is everywhere:
        return np.arange(nodes)
    if network is gcn:
        return normalised_adjacency(graph)
    own = np.arange(nodes)
    source, target = (np.concatenate([end, own]) for end in graph.edges)
    return edges_of(target, source, nodes)


def masks(network, hidden, nodes: int, rng: np.random.Generator) -> list:
    """Dropout of every hidden layer, none after the second of the wide perceptron."""
    if network in ATTENTIVE:
        kept = ((0.2, WIDTH), (0.8, WIDTH))
    elif network is mlp and len(hidden) == 2:
        kept = ((0.5, hidden[0]), (1.0, hidden[1]))
    else:
        kept = tuple((0.5, width) for width in hidden)
    return [(rng.random((nodes, width)) < share) / share for share, width in kept]


def train(
    graph: Graph, network, hidden, nodes: range, links: str, seed: int, epochs=200
):
    """Parameters, test accuracy and last loss."""
    rng = np.random.default_rng(seed)
    graph = graph._replace(edges=links_of(graph, links, rng))
    words, neighbours = normalised_words(graph), neighbours_of(network, graph)
    classes = int(graph.labels.max()) + 1
    if network is repaired:
        words.data = np.sqrt(words.data)  # rows of length 1, not of sum 1
    params = initial(network, rng, words.shape[1], hidden, classes)
    optimiser = Adam(rate=0.01, weight_decay=DECAY)
    part = reach(network, len(hidden) + 1, words, neighbours, np.array(nodes))
    for _ in range(epochs):
        keeps = masks(network, hidden, graph.labels.size, rng)
        value, gradient = LOSSES[network](params, *part.of(keeps, graph.labels))
        if network is repaired:
            # Queries, keys and values are not decayed: they would go to zero.
            gradient = gradient._replace(w_in=gradient.w_in - DECAY * params.w_in)
        params = optimiser.step(params, gradient)
    scores = network(params, words, neighbours, [1.0] * len(keeps))
    right = np.argmax(scores[graph.test], axis=1) == graph.labels[graph.test]
    return params, float(np.mean(right)), float(value)


def source_of(network, graph: Graph) -> str:
    """The gradient of a network for arrays like a graph's, as text."""
    rng, words = np.random.default_rng(0), normalised_words(graph)
    params = initial(network, rng, words.shape[1], (16,), 6)
    keeps = masks(network, (16,), graph.labels.size, rng)
    neighbours = neighbours_of(network, graph)
    arguments = params, words, neighbours, keeps, graph.train, graph.labels
    return LOSSES[network].specialize(*arguments).source


def off_the_mean(network, params, graph: Graph) -> float:
    """How far any weight of the attention is from the plain mean of the neighbours."""
    words, edges = normalised_words(graph), neighbours_of(network, graph)
    h = words @ params.w1 + params.b1
    if network is repaired:
        words.data = np.sqrt(words.data)
        h = dpc.relu(words @ params.w1 + params.b1)
    q, k, _ = np.split(h @ params.w_in + params.b_in, 3, axis=1)
    return float(np.max(np.abs(weights(q, k, edges) - equal_weights(edges))))
