"""The programs of the paper's section 5, and figures of another implementation."""

from typing import Any, NamedTuple

from citeseer_models import attention, average, everywhere, gcn, mlp, repaired

TRAIN, VALIDATION = range(120), range(120, 620)


class Row(NamedTuple):
    name: str
    program: str
    paper: float | None  # accuracy, %
    target: str  # an independent implementation's mean and deviation, %
    network: Any
    hidden: tuple[int, ...]
    nodes: range
    links: str = "all"


def of_sizes() -> list[Row]:
    """The rows that train on the first so many nodes."""
    sizes = (50, 70, 400, 500, 620, 800, 1000, 1500)
    paper = (62.1, 63.6, 77.0, 77.3, 77.0, 76.8, 76.2, 76.9)
    own = "65.1±2.1 67.1±1.2 76.8±0.2 76.3±0.6 75.9±0.8 75.8±0.7 76.2±0.8 77.0±0.5"
    rows = zip(sizes, paper, own.split(), strict=True)
    return [
        Row("6", f"GCN 16, first {n}", p, o, gcn, (16,), range(n)) for n, p, o in rows
    ]


def of_links() -> list[Row]:
    """The rows with a share of the edges removed: which columns are kept."""
    text = """
        20 | i % 5     | 67.7 | 68.1±0.8
        25 | i % 4     | 68.7 | 69.1±0.7
        33 | i % 3     | 67.1 | 67.6±0.4
        50 | i % 2     | 68.1 | 67.8±0.9
        50 | not i % 2 |      | 64.0±0.7
        66 | not i % 3 | 62.0 | 62.5±1.0
        75 | not i % 4 | 61.1 | 61.4±1.8
        80 | not i % 5 | 59.2 | 58.6±2.1
    """
    rows = []
    for line in text.strip().splitlines():
        share, kept, paper, own = (word.strip() for word in line.split("|"))
        even = ", even left" if kept == "not i % 2" else " removed"
        name, figure = (
            f"GCN 16, {share} % of edges{even}",
            float(paper) if paper else None,
        )
        rows.append(Row("8", name, figure, own, gcn, (16,), TRAIN, kept))
    return rows


FIRST = range(1500)
ROWS = [
    Row("1", "MLP 16", 58.2, "56.7±2.1", mlp, (16,), TRAIN),
    Row("1v", "MLP 16, validation", None, "69.2±1.5", mlp, (16,), VALIDATION),
    Row("2", "MLP 512/256", 59.0, "58.0±1.4", mlp, (512, 256), TRAIN),
    Row("2v", "MLP 512/256, validation", 68.0, "67.7±1.6", mlp, (512, 256), VALIDATION),
    Row("3", "GCN 16", 71.4, "70.7±0.7", gcn, (16,), TRAIN),
    Row("3v", "GCN 16, validation", 76.2, "75.6±0.7", gcn, (16,), VALIDATION),
    Row("4", "GCN 16/16", 67.4, "63.0±2.2", gcn, (16, 16), TRAIN),
    Row("4v", "GCN 16/16, validation", None, "69.6±3.9", gcn, (16, 16), VALIDATION),
    Row("5", "GCN 256/256", 62.0, "65.3±1.2", gcn, (256, 256), TRAIN),
    Row("5v", "GCN 256/256, validation", 73.3, "71.9±0.7", gcn, (256, 256), VALIDATION),
    *of_sizes(),
    Row("7", "GCN 16, random edges", 16.5, "19.0±1.5", gcn, (16,), TRAIN, "directed"),
    Row("7u", "GCN 16, random links", None, "33.8±1.7", gcn, (16,), TRAIN, "both ways"),
    *of_links(),
    Row("9", "attention, all nodes", 18.1, "one class", everywhere, (), TRAIN),
    Row("9b", "the same, first 1500", 23.1, "one class", everywhere, (), FIRST),
    Row("10", "attention, own node", 51.3, "52.5±2.1", attention, (), TRAIN, "own"),
    Row("10b", "the same, first 1500", 69.1, "68.0±2.2", attention, (), FIRST, "own"),
    Row("11", "attention, neighbours", 65.4, "61.6±2.1", attention, (), TRAIN),
    Row("11b", "the same, first 1500", 73.0, "72.5±0.7", attention, (), FIRST),
    Row("11m", "the mean of neighbours", None, "60.5±3.6", average, (), TRAIN),
    Row("11mb", "the same, first 1500", None, "72.9±1.3", average, (), FIRST),
    Row("r", "repaired attention", None, "-", repaired, (), TRAIN),
    Row("rb", "the same, first 1500", None, "-", repaired, (), FIRST),
]
