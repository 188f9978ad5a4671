"""The rows of the paper's table: which links they leave, and what cannot be learned."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import citeseer_models
import citeseer_reach
import citeseer_training
import planetoid
from citeseer_rows import of_links
from optimisers import leaves


@pytest.fixture(scope="module")
def graph() -> planetoid.Graph:
    return planetoid.generate()


def test_edges_kept_by_the_papers_loop(graph: planetoid.Graph) -> None:
    rng = np.random.default_rng(0)
    kept = [citeseer_training.links_of(graph, row.links, rng) for row in of_links()]
    sizes = [edges.shape[1] for edges in kept]
    assert sizes == [7283, 6828, 6069, 4552, 4552, 3035, 2276, 1821]
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
    own = citeseer_reach.edges_of(np.arange(nodes), np.arange(nodes), nodes)
    network = citeseer_models.attention
    params = citeseer_models.initial(network, rng, 7, (), 3)
    rows, labels = np.arange(4), rng.integers(0, 3, nodes)
    _, slope = citeseer_models.LOSSES[network](
        params, words, own, [1.0, 1.0], rows, labels
    )
    width = citeseer_models.WIDTH
    np.testing.assert_array_equal(slope.w_in[:, : 2 * width], 0.0)
    assert np.any(slope.w_in[:, 2 * width :] != 0)


NETWORKS = (citeseer_models.mlp, citeseer_models.gcn, *citeseer_models.ATTENTIVE)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.__name__)
def test_what_a_loss_sees_is_all_that_it_depends_on(network: Any) -> None:
    rng, nodes, hidden = np.random.default_rng(0), 90, (8, 5)
    words = scipy.sparse.random(nodes, 7, 0.5, format="csr", random_state=3)
    edges, labels = rng.integers(0, nodes, (2, 60)), rng.integers(0, 6, nodes)
    rows = np.arange(5, 15)
    graph = planetoid.Graph("small", words, edges, labels, rows, rows, rows)
    neighbours = citeseer_training.neighbours_of(network, graph)
    params = citeseer_models.initial(network, rng, words.shape[1], hidden, 6)
    keeps = citeseer_training.masks(network, hidden, nodes, rng)
    part = citeseer_reach.reach(network, 3, words, neighbours, rows)
    assert part.scored.size < nodes
    loss = citeseer_models.LOSSES[network]
    value, slope = loss(params, *part.of(keeps, labels))
    whole, whole_slope = loss(params, words, neighbours, keeps, rows, labels)
    assert value == pytest.approx(whole, rel=1e-12)
    for found, wanted in zip(leaves(slope), leaves(whole_slope), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-14)


def test_the_mean_is_attention_without_queries_and_keys(graph: planetoid.Graph) -> None:
    rng, nodes = np.random.default_rng(0), graph.labels.size
    words = scipy.sparse.random(nodes, 7, 0.5, format="csr", random_state=3)
    attention = citeseer_models.attention
    params = citeseer_models.initial(attention, rng, 7, (), 6)
    width = citeseer_models.WIDTH
    params.w_in[:, : 2 * width] = 0.0
    edges = citeseer_training.neighbours_of(attention, graph)
    np.testing.assert_allclose(
        citeseer_models.average(params, words, edges, [1.0, 1.0]),
        attention(params, words, edges, [1.0, 1.0]),
        rtol=1e-9,
        atol=1e-12,
    )
