"""The rows of the paper's table: which links they leave, and what cannot be learned."""

import numpy as np
import pytest
import scipy.sparse

import citeseer_models
import citeseer_training
import planetoid
from citeseer_rows import of_links


@pytest.fixture(scope="module")
def graph() -> planetoid.Graph:
    return planetoid.generate()


def test_edges_kept_by_the_papers_loop(graph: planetoid.Graph) -> None:
    rng = np.random.default_rng(0)
    kept = [citeseer_training.links_of(graph, row.links, rng) for row in of_links()]
    sizes = [edges.shape[1] for edges in kept]
    assert sizes == [7283, 6828, 6069, 4552, 3035, 2276, 1821]
    for edges in kept:
        np.testing.assert_array_equal(edges[:, 0], graph.edges[:, 1])


def test_random_links_go_both_ways(graph: planetoid.Graph) -> None:
    rng = np.random.default_rng(0)
    source, target = citeseer_training.links_of(graph, "both ways", rng)
    assert source.size == graph.edges.shape[1]
    np.testing.assert_array_equal(
        source[: source.size // 2], target[source.size // 2 :]
    )
    half = citeseer_training.links_of(graph, "whole 0.5", rng)
    assert 0.45 < half.shape[1] / graph.edges.shape[1] < 0.55


def test_attention_to_oneself_cannot_learn_queries_and_keys() -> None:
    rng, nodes = np.random.default_rng(0), 9
    words = scipy.sparse.random(nodes, 7, 0.5, format="csr", random_state=3)
    own = [scipy.sparse.identity(nodes, format="csr")] * 2
    network = citeseer_models.attention
    params = citeseer_models.initial(network, rng, 7, (), 3)
    rows, labels = np.arange(4), rng.integers(0, 3, nodes)
    _, slope = citeseer_models.LOSSES[network](
        params, words, own, [1.0, 1.0], rows, labels
    )
    width = citeseer_models.WIDTH
    np.testing.assert_array_equal(slope.w_in[:, : 2 * width], 0.0)
    assert np.any(slope.w_in[:, 2 * width :] != 0)
