"""The graph network on CiteSeer: its gradient, and what it learns."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import citeseer
import demo
import dpc
import matrices
import planetoid

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DPC_DATA", ROOT.parent / "shared" / "data"))

needs_data = pytest.mark.skipif(
    not (DATA / "citeseer.npz").is_file(),
    reason="CiteSeer is not distributed with dpc; DPC_DATA names its directory",
)


def hand_written_gradient(params, words, adjacency, keep, rows, labels):
    """The adjoint of the network as one would write it, in one piece."""
    activation = adjacency @ (words @ params.w1) + params.b1
    hidden = np.maximum(activation, 0.0) * keep
    scores = (adjacency @ (hidden @ params.w2) + params.b2)[rows]
    exp = np.exp(scores)
    norm = np.sum(exp, axis=1)
    chosen = np.arange(rows.size), labels[rows]
    value = np.mean(np.log(norm) - scores[chosen])

    picked_bar = exp / norm[:, None]
    picked_bar[chosen] -= 1.0
    scores_bar = np.zeros((words.shape[0], params.b2.size))
    scores_bar[rows] = picked_bar / rows.size
    spread_bar = adjacency.T @ scores_bar
    activation_bar = (spread_bar @ params.w2.T) * keep * (activation > 0)
    return value, citeseer.Parameters(
        words.T @ (adjacency.T @ activation_bar),
        np.sum(activation_bar, axis=0),
        hidden.T @ spread_bar,
        np.sum(scores_bar, axis=0),
    )


@pytest.fixture(scope="module")
def arguments() -> tuple:
    graph = planetoid.generate()
    rng = np.random.default_rng(1)
    words = matrices.normalised_words(graph)
    adjacency = matrices.normalised_adjacency(graph)
    keep = citeseer.dropout(rng, 3327, 16)
    params = citeseer.initial(rng, 3703, 16, 6)
    params = params._replace(b1=rng.normal(size=16), b2=rng.normal(size=6))
    return params, words, adjacency, keep, graph.train, graph.labels


class TestCiteseer:
    def test_rows_of_words_sum_to_one_or_zero(self, arguments: tuple) -> None:
        sums = np.asarray(arguments[1].sum(axis=1)).ravel()
        np.testing.assert_allclose(sums[sums > 0], 1.0)

    def test_the_adjacency_is_normalised(self, arguments: tuple) -> None:
        # sqrt(degree) is the eigenvector of D^-1/2 (A + I) D^-1/2 for eigenvalue 1.
        adjacency = arguments[2]
        root = np.sqrt(np.diff(adjacency.indptr))
        np.testing.assert_allclose(adjacency @ root, root)

    def test_the_gradient_is_the_hand_written_one(self, arguments: tuple) -> None:
        value, gradient = citeseer.loss(*arguments)
        expected_value, expected = hand_written_gradient(*arguments)
        assert value == pytest.approx(expected_value, rel=1e-12)
        assert isinstance(gradient, citeseer.Parameters)
        for found, right in zip(gradient, expected, strict=True):
            assert np.max(np.abs(found - right)) <= 1e-10 * np.max(np.abs(right))

    def test_the_gradient_agrees_with_differences(self) -> None:
        rng = np.random.default_rng(2)
        nodes, vocabulary, hidden, classes = 7, 5, 4, 3
        words = scipy.sparse.random(
            nodes, vocabulary, 0.5, format="csr", random_state=3
        )
        adjacency = scipy.sparse.random(nodes, nodes, 0.5, format="csr", random_state=4)
        params = citeseer.Parameters(
            rng.normal(size=(vocabulary, hidden)),
            rng.normal(size=hidden),
            rng.normal(size=(hidden, classes)),
            rng.normal(size=classes),
        )
        keep = citeseer.dropout(rng, nodes, hidden)
        rows, labels = np.array([0, 2, 5]), rng.integers(classes, size=nodes)
        dpc.check_grad(
            citeseer.loss.primal,
            params,
            words,
            adjacency,
            keep,
            rows,
            labels,
            wrt="params",
            branches="hard",
        )

    def test_it_runs_as_a_program(self, tmp_path: Path) -> None:
        curve = tmp_path / "new" / "curve.png"
        environment = {k: v for k, v in os.environ.items() if k != "DPC_DATA"}
        done = subprocess.run(
            [sys.executable, "citeseer.py", "--quick", "--seeds", "2", "--out", curve],
            cwd=ROOT / "examples",
            env=environment | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "a generated graph" in done.stdout
        assert "standard deviation over seeds" in done.stdout
        assert curve.read_bytes().startswith(b"\x89PNG")

    def test_the_demo_shows_the_gradient_for_real_arrays(self) -> None:
        shown = demo.network_beside_gradient(200)
        assert "def network(params, words, adjacency, keep):" in shown
        assert "def loss_value_and_grad(" in shown
        # The shapes are known, so no reduction is left that looks for them.
        assert "unbroadcast" not in shown

    @needs_data
    def test_it_learns_citeseer(self) -> None:
        history = citeseer.train(planetoid.load(DATA), seed=0, epochs=200)
        assert 0.68 <= history["test"][-1] <= 0.73

    @needs_data
    @pytest.mark.slow
    def test_ten_seeds_reach_the_published_accuracy(self) -> None:
        graph = planetoid.load(DATA)
        final = [citeseer.train(graph, seed, 200)["test"][-1] for seed in range(10)]
        mean = np.mean(final)
        print(f"CiteSeer, 10 seeds: mean test accuracy {mean:.2%}")
        assert 0.700 <= mean <= 0.715
