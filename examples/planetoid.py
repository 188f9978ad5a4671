"""Citation graphs: the Planetoid files as published, the same as .npz, or generated.

A user who wants the real CiteSeer downloads the eight files ``ind.citeseer.*`` of
https://github.com/kimiyoung/planetoid into a directory and names it with ``--data``.
"""

import pickle
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

PARTS = ("x", "tx", "allx", "y", "ty", "ally", "graph")


class Rows(NamedTuple):
    """A sparse matrix in compressed rows: what ``scipy.sparse.csr_matrix`` takes."""

    data: np.ndarray  # (entries,)
    indices: np.ndarray  # (entries,), the column of each
    indptr: np.ndarray  # (rows + 1,)
    shape: tuple[int, int]


class Graph(NamedTuple):
    """Documents that cite each other, the words of each, and its topic."""

    name: str
    words: Rows  # (nodes, vocabulary), 1.0 where the word occurs
    edges: np.ndarray  # (2, edges): source and target, every link in both directions
    labels: np.ndarray  # (nodes,), 0 up to the number of classes
    train: np.ndarray  # node numbers
    validation: np.ndarray
    test: np.ndarray


def load(directory: str | Path, name: str = "citeseer") -> Graph:
    """Read ``NAME.npz`` or the files ``ind.NAME.*`` in a directory or its planetoid/.

    Raises FileNotFoundError where there is neither.
    """
    directory = Path(directory)
    if (directory / f"{name}.npz").is_file():
        return load_npz(directory / f"{name}.npz")
    for place in (directory, directory / "planetoid"):
        if (place / f"ind.{name}.graph").is_file():
            return load_planetoid(place, name)
    raise FileNotFoundError(f"no {name}.npz and no ind.{name}.graph in {directory}")


def load_npz(path: Path) -> Graph:
    with np.load(path, allow_pickle=False) as file:
        rows, columns = (int(size) for size in file["x_shape"])
        return Graph(
            name=path.stem,
            words=Rows(
                file["x_data"], file["x_indices"], file["x_indptr"], (rows, columns)
            ),
            edges=file["edge_index"],
            labels=file["y"],
            train=np.flatnonzero(file["train_mask"]),
            validation=np.flatnonzero(file["val_mask"]),
            test=np.flatnonzero(file["test_mask"]),
        )


def load_planetoid(directory: Path, name: str) -> Graph:
    """Join the published pieces: ``allx``, then the test rows in their stated order."""
    part = {key: _unpickle(directory / f"ind.{name}.{key}") for key in PARTS}
    published = np.loadtxt(directory / f"ind.{name}.test.index", dtype=np.int64)
    nodes = len(part["graph"])
    known = part["allx"].shape[0]

    # Row i of tx belongs to node published[i]; CiteSeer lacks 15 nodes of the range.
    row_of = np.full(nodes, -1)
    row_of[:known] = np.arange(known)
    row_of[published] = known + np.arange(published.size)

    one_hot = np.concatenate([part["ally"], part["ty"]])
    labels = np.where(row_of < 0, 0, np.argmax(one_hot[row_of], axis=1))
    train = np.arange(len(part["y"]))
    return Graph(
        name=name,
        words=_take_rows(_stack(part["allx"], part["tx"]), row_of),
        edges=_edges(part["graph"]),
        labels=labels,
        train=train,
        validation=np.arange(train.size, train.size + 500),
        test=np.sort(published),
    )


class _StoredRows:
    """Stands in for SciPy's class, so that reading the pickles does not need SciPy."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.rows = Rows(
            state["data"], state["indices"], state["indptr"], state["_shape"]
        )


class _ArraysOnly(pickle.Unpickler):
    """Admits what the published files name and nothing else, so no code can run."""

    admitted: ClassVar = {
        ("scipy.sparse.csr", "csr_matrix"): _StoredRows,
        ("scipy.sparse._csr", "csr_matrix"): _StoredRows,
        ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
        ("numpy._core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("collections", "defaultdict"): defaultdict,
        ("__builtin__", "list"): list,
        ("builtins", "list"): list,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.admitted[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"the file names {module}.{name}, which is no array type"
            ) from None


def _unpickle(path: Path) -> Any:
    with path.open("rb") as file:
        # Python 2 wrote the files; its byte strings are arrays' contents.
        value = _ArraysOnly(file, encoding="latin1").load()
    return value.rows if isinstance(value, _StoredRows) else value


def _stack(top: Rows, bottom: Rows) -> Rows:
    return Rows(
        np.concatenate([top.data, bottom.data]),
        np.concatenate([top.indices, bottom.indices]),
        np.concatenate([top.indptr, top.indptr[-1] + bottom.indptr[1:]]),
        (top.shape[0] + bottom.shape[0], top.shape[1]),
    )


def _take_rows(rows: Rows, order: np.ndarray) -> Rows:
    """The rows in the given order, an empty one where it says -1."""
    starts, ends = rows.indptr[:-1][order], rows.indptr[1:][order]
    counts = np.where(order < 0, 0, ends - starts)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    # Entry k of row r lies at starts[r] + k in the old arrays.
    entries = np.repeat(starts - indptr[:-1], counts) + np.arange(indptr[-1])
    return Rows(
        rows.data[entries],
        rows.indices[entries],
        indptr.astype(np.int32),
        (order.size, rows.shape[1]),
    )


def _edges(neighbours: dict[int, list[int]]) -> np.ndarray:
    """Every link in both directions, once, without self loops, sorted by source."""
    links = np.array([(i, j) for i in neighbours for j in neighbours[i] if i != j])
    return np.unique(np.concatenate([links, links[:, ::-1]]), axis=0).T


@cache
def generate(seed: int = 0) -> Graph:
    """A random citation graph of CiteSeer's shape and about its difficulty.

    3327 nodes in 6 classes with about 31 of 3703 words each, 4552 links of which 74 %
    join nodes of one class, 120 nodes to train on, 500 to validate and 1000 to test.
    """
    rng = np.random.default_rng(seed)
    labels = _draw_labels(rng)
    return Graph(
        name="generated",
        words=_draw_words(rng, labels),
        edges=_draw_edges(rng, labels),
        labels=labels,
        train=np.arange(120),
        validation=np.arange(120, 620),
        test=np.arange(2327, 3327),
    )


def _draw_labels(rng: np.random.Generator) -> np.ndarray:
    """Class sizes like CiteSeer's; the first 120 nodes hold 20 of each."""
    sizes = np.array([264, 590, 668, 701, 596, 508])
    first = rng.permutation(np.repeat(np.arange(6), 20))
    rest = rng.permutation(np.repeat(np.arange(6), sizes - 20))
    return np.concatenate([first, rest])


def _draw_words(rng: np.random.Generator, labels: np.ndarray) -> Rows:
    """Words by a power law; each class favours some, and not every document obeys."""
    vocabulary, favoured, strength = 3703, 300, 2.4
    popularity = -0.8 * np.log(np.arange(1, vocabulary + 1) + 10)
    topics = np.zeros((6, vocabulary))
    for topic in topics:
        topic[rng.choice(vocabulary, favoured, replace=False)] = strength
    clarity = rng.random((labels.size, 1))
    score = popularity + clarity * topics[labels]
    # The k largest of score + Gumbel noise are k draws without replacement.
    score += rng.gumbel(size=score.shape)
    counts = np.clip(rng.normal(31.6, 6.0, labels.size), 1, 60).astype(int)
    order = np.argsort(-score, axis=1)
    indices = np.concatenate(
        [np.sort(row[:count]) for row, count in zip(order, counts, strict=True)]
    )
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return Rows(np.ones(indices.size), indices, indptr, (labels.size, vocabulary))


def _draw_edges(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """Links between nodes of unequal appeal, 74 % of them within a class."""
    links, isolated, homophily = 4552, 48, 0.74
    order = rng.permutation(labels.size)
    appeal = rng.pareto(2.5, labels.size) + 0.3
    appeal[order[:isolated]] = 0.0
    within = [np.cumsum(appeal * (labels == label)) for label in range(6)]
    across = [np.cumsum(appeal * (labels != label)) for label in range(6)]
    chosen: set[tuple[int, int]] = set()
    # Every node but the isolated ones cites once, then some cite again.
    waiting = list(order[isolated:])
    while len(chosen) < links:
        source = waiting.pop() if waiting else rng.choice(order[isolated:])
        total = (within if rng.random() < homophily else across)[labels[source]]
        target = np.searchsorted(total, rng.random() * total[-1], side="right")
        if source != target:
            chosen.add((int(min(source, target)), int(max(source, target))))
    one_way = np.array(sorted(chosen))
    return np.unique(np.concatenate([one_way, one_way[:, ::-1]]), axis=0).T
