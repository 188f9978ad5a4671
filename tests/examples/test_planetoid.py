"""The loader reads what is published, and nothing that could run."""

import os
import pickle
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import planetoid

ROOT = Path(__file__).parents[2]
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
