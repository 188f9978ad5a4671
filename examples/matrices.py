"""A citation graph as the sparse matrices that graph networks multiply with."""

import numpy as np
import scipy.sparse

from planetoid import Graph


def normalised_words(graph: Graph) -> scipy.sparse.csr_matrix:
    """Each row divided by its sum; the few documents without words stay empty."""
    rows = graph.words
    counts = scipy.sparse.csr_matrix(rows[:3], shape=rows.shape, dtype=np.float64)
    totals = np.maximum(counts.sum(axis=1), 1.0)
    return scipy.sparse.csr_matrix(counts.multiply(1 / totals))


def normalised_adjacency(graph: Graph) -> scipy.sparse.csr_matrix:
    """D^-1/2 (A + I) D^-1/2, where A[i, j] counts the edges from j to i."""
    nodes = graph.labels.size
    source, target = graph.edges
    ones = np.ones(source.size)
    looped = scipy.sparse.csr_matrix((ones, (target, source)), shape=(nodes, nodes))
    looped = looped + scipy.sparse.identity(nodes, format="csr")
    scale = scipy.sparse.diags(1 / np.sqrt(np.asarray(looped.sum(axis=1)).ravel()))
    return scipy.sparse.csr_matrix(scale @ looped @ scale)
