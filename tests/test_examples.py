"""The examples do what they say: read what is published, differentiate, and learn."""

import os
import pickle
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse

import citeseer
import demo
import dpc
import optimisers
import planetoid

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("DPC_DATA", ROOT.parent / "shared" / "data"))

needs_data = pytest.mark.skipif(
    not (DATA / "citeseer.npz").is_file(),
    reason="CiteSeer is not distributed with dpc; DPC_DATA names its directory",
)


class TestLoader:
    """Six nodes, of which 5 has neither words nor a label, as some of CiteSeer have."""

    words = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
    labels = np.array([0, 1, 1, 0, 1])

    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        sparse = scipy.sparse.csr_matrix(self.words.astype(np.float32))
        one_hot = np.eye(2, dtype=np.int32)[self.labels]
        cited = {0: [1, 1], 1: [0, 2], 2: [1, 2], 3: [], 4: [5], 5: []}
        parts = {
            "x": sparse[:2],
            "allx": sparse[:3],
            "tx": sparse[3:],
            "y": one_hot[:2],
            "ally": one_hot[:3],
            "ty": one_hot[3:],
            "graph": defaultdict(list, cited),
        }
        for name, part in parts.items():
            path = tmp_path / f"ind.tiny.{name}"
            path.write_bytes(pickle.dumps(part, protocol=3))
        # The first row of tx is node 4, the second is node 3.
        (tmp_path / "ind.tiny.test.index").write_text("4\n3\n")
        return tmp_path

    def test_rows_labels_and_edges(self, directory: Path) -> None:
        graph = planetoid.load(directory, "tiny")
        rows = graph.words
        dense = scipy.sparse.csr_matrix(rows[:3], shape=rows.shape).toarray()
        np.testing.assert_array_equal(dense[:3], self.words[:3])
        np.testing.assert_array_equal(dense[[4, 3]], self.words[3:])
        np.testing.assert_array_equal(dense[5], 0)
        np.testing.assert_array_equal(graph.labels, [0, 1, 1, 1, 0, 0])
        links = [[0, 1, 1, 2, 4, 5], [1, 0, 2, 1, 5, 4]]
        np.testing.assert_array_equal(graph.edges, links)
        np.testing.assert_array_equal(graph.train, [0, 1])
        np.testing.assert_array_equal(graph.test, [3, 4])

    def test_a_pickle_that_would_run_code_is_refused(self, directory: Path) -> None:
        class Attack:
            def __reduce__(self) -> tuple[object, tuple[str]]:
                return os.mkdir, (str(directory / "ran"),)

        (directory / "ind.tiny.graph").write_bytes(pickle.dumps(Attack(), protocol=2))
        with pytest.raises(pickle.UnpicklingError, match="mkdir, which is no array"):
            planetoid.load(directory, "tiny")
        assert not (directory / "ran").exists()

    def test_a_directory_without_data_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="citeseer"):
            planetoid.load(tmp_path)

    @needs_data
    def test_both_formats_hold_the_same_graph(self) -> None:
        packed, published = planetoid.load(DATA), planetoid.load(DATA / "planetoid")
        for one, other in zip(packed.words, published.words, strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(packed[2:], published[2:], strict=True):
            np.testing.assert_array_equal(one, other)

    @needs_data
    def test_scipy_is_not_needed(self) -> None:
        program = (
            "import sys, planetoid; planetoid.load(sys.argv[1]);"
            "assert 'scipy' not in sys.modules"
        )
        directory = str(DATA / "planetoid")
        examples = ROOT / "examples"
        subprocess.run(
            [sys.executable, "-c", program, directory], cwd=examples, check=True
        )


def test_the_generated_graph_has_citeseers_shape() -> None:
    graph = planetoid.generate()
    source, target = graph.edges
    assert graph.words.shape == (3327, 3703)
    assert set(graph.words.data) == {1.0}
    assert 30 < graph.words.data.size / 3327 < 33
    assert source.size == 2 * 4552
    assert not np.any(source == target)
    links = set(zip(source.tolist(), target.tolist(), strict=True))
    assert len(links) == source.size
    assert all((j, i) in links for i, j in links)
    assert 0.72 < np.mean(graph.labels[source] == graph.labels[target]) < 0.76
    assert 3327 - np.unique(source).size == 48
    np.testing.assert_array_equal(np.bincount(graph.labels[graph.train]), [20] * 6)
    sizes = graph.train.size, graph.validation.size, graph.test.size
    assert sizes == (120, 500, 1000)
    assert np.unique(np.concatenate(graph[4:])).size == 1620


class Pair(NamedTuple):
    weight: np.ndarray
    bias: float


class TestOptimisers:
    def test_parameters_keep_their_structure(self) -> None:
        tree = {"layers": [Pair(np.ones((2, 3)), 0.5), Pair(np.zeros(3), 1.0)], "n": 3}
        slope = {
            "layers": [Pair(np.ones((2, 3)), 1.0), Pair(np.ones(3), 1.0)],
            "n": None,
        }
        for optimiser in (
            optimisers.SGD(0.1, momentum=0.9, weight_decay=0.1),
            optimisers.Adam(0.1, weight_decay=0.1),
            optimisers.RMSprop(0.1, weight_decay=0.1),
        ):
            for _ in range(2):
                new = optimiser.step(tree, slope)
            assert new["n"] == 3
            assert isinstance(new["layers"][0], Pair)
            assert new["layers"][0].weight.shape == (2, 3)
            assert np.all(new["layers"][0].weight < 1)
            assert np.all(tree["layers"][0].weight == 1)

    def test_momentum_adds_up(self) -> None:
        optimiser = optimisers.SGD(0.1, momentum=0.5)
        first = optimiser.step(1.0, 2.0)
        second = optimiser.step(first, 2.0)
        assert first == pytest.approx(1 - 0.1 * 2)
        assert second == pytest.approx(first - 0.1 * (0.5 * 2 + 2))

    def test_adam_takes_its_first_step_at_its_rate(self) -> None:
        # Bias correction makes the first step rate * sign(gradient).
        step = optimisers.Adam(0.01).step(np.zeros(3), np.array([1e-3, -5.0, 200.0]))
        np.testing.assert_allclose(step, [-0.01, 0.01, -0.01], rtol=1e-4)

    def test_adam_decays_through_the_gradient(self) -> None:
        decayed = optimisers.Adam(0.01, weight_decay=0.5).step(2.0, 3.0)
        assert decayed == optimisers.Adam(0.01).step(2.0, 3.0 + 0.5 * 2.0)

    def test_rmsprop(self) -> None:
        step = optimisers.RMSprop(0.1, decay=0.75).step(1.0, 2.0)
        assert step == pytest.approx(1 - 0.1 * 2 / np.sqrt(0.25 * 4))


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
    words = citeseer.normalised_words(graph)
    adjacency = citeseer.normalised_adjacency(graph)
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
        assert "mean of 2 seeds" in done.stdout
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
        assert 0.68 <= history.test[-1] <= 0.73

    @needs_data
    @pytest.mark.slow
    def test_ten_seeds_reach_the_published_accuracy(self) -> None:
        graph = planetoid.load(DATA)
        final = [citeseer.train(graph, seed, 200).test[-1] for seed in range(10)]
        mean = np.mean(final)
        print(f"CiteSeer, 10 seeds: mean test accuracy {mean:.2%}")
        assert 0.700 <= mean <= 0.715
