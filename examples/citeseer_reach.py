"""The part of the graph of citeseer_paper.py that a loss over some nodes sees.

A layer looks at the neighbours and no farther, so a step of training on 120 of 3327
nodes needs few of the others: the value and the gradient are those of the whole graph.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from citeseer_models import Edges, everywhere, gcn, mlp


class Reach(NamedTuple):
    words: Any  # sparse, (nodes, words)
    neighbours: Any  # as the network takes them, among the nodes
    nodes: np.ndarray  # those that are looked at, in order
    scored: np.ndarray  # those that the network gives scores of, in order
    rows: np.ndarray  # those of the loss

    def of(self, keeps: list, labels: np.ndarray) -> tuple:
        """The arguments of the loss, from masks and labels of the whole graph."""
        keeps = [*(k[self.nodes] for k in keeps[:-1]), keeps[-1][self.scored]]
        places = np.searchsorted(self.scored, self.rows)
        return self.words, self.neighbours, keeps, places, labels[self.scored]


def edges_of(target: np.ndarray, source: np.ndarray, nodes: int) -> Edges:
    """Edges between so many nodes, with the matrix that adds them up."""
    entries = np.ones(target.size), (target, np.arange(target.size))
    shape = nodes, target.size
    return Edges(target, source, scipy.sparse.csr_matrix(entries, shape=shape))


def reach(network, layers: int, words, neighbours, rows: np.ndarray) -> Reach:
    """What a network of so many layers sees from `rows`."""
    if network is everywhere:
        return Reach(words, rows, np.arange(words.shape[0]), rows, rows)
    nodes = rows
    if network is gcn:
        for _ in range(layers):
            nodes = np.union1d(nodes, neighbours[nodes].indices)
        neighbours = neighbours[nodes][:, nodes]
    elif network is not mlp:
        # Every node has an edge from itself.
        seen = np.isin(neighbours.target, rows)
        ends = [end[seen] for end in neighbours[:2]]
        nodes = np.unique(ends[1])
        neighbours = edges_of(*np.searchsorted(nodes, ends), nodes.size)
    return Reach(words[nodes], neighbours, nodes, nodes, rows)
