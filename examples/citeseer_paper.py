"""All figures of the general paper's section 5, on CiteSeer: its column beside ours.

Multilayer perceptrons, graph convolutions of two and three layers, other training sets,
random and removed links, attention by edges; ten seeds where the paper has one. What it
says of attention does not hold: normalised words are so small that the weight decay
takes queries and keys to zero, and "attention over neighbours" ends as their plain
mean. Words of length 1, a residual path and no decay of these weights repair it.

    python examples/citeseer_paper.py --data DIRECTORY              # 10 seeds, long
    python examples/citeseer_paper.py --data DIRECTORY --rows 3 --seeds 2
    python examples/citeseer_paper.py --data DIRECTORY --figure     # links removed
"""

import time
from collections.abc import Sequence

import numpy as np

from citeseer_models import attention, gcn, repaired
from citeseer_rows import ROWS, TRAIN, Row, of_links
from citeseer_training import off_the_mean, source_of, train
from command import parser, progress
from planetoid import Graph, generate, load
from style import panels, save


def run(row: Row, graph: Graph, seeds: int, epochs: int) -> np.ndarray:
    """Test accuracies of all seeds, in %."""
    found = []
    for seed in progress(seeds, row.program):
        settings = row.network, row.hidden, row.nodes, row.links
        params, accuracy, _ = train(graph, *settings, seed, epochs)
        found.append(100 * accuracy)
    if row.network in (attention, repaired) and row.links == "all":
        off = off_the_mean(row.network, params, graph)
        print(f"{'':4}largest difference of a weight from the mean: {off:.0e}")
    return np.array(found)


def draw_rows(rows: list[Row], found: dict[int, np.ndarray], out) -> None:
    """Every row: our seeds, their mean, and the paper's figure."""
    figure, ((axes,),) = panels(1, width=8.0, height=1.0 + 0.24 * len(rows))
    for place, row in enumerate(rows):
        seeds = found[place]
        axes.plot(seeds, [place] * len(seeds), "|", color="tab:blue", alpha=0.6)
        axes.plot(np.mean(seeds), place, "o", color="tab:blue", ms=5)
        if row.paper is not None:
            axes.plot(row.paper, place, "x", color="tab:red", ms=6)
    axes.plot([], [], "o", color="tab:blue", label="mean of our seeds (bars)")
    axes.plot([], [], "x", color="tab:red", label="paper, one seed")
    axes.set_yticks(range(len(rows)), [f"{row.program} ({row.name})" for row in rows])
    axes.tick_params(axis="y", labelsize=7)
    axes.invert_yaxis()
    axes.set(xlabel="test accuracy on CiteSeer, %")
    axes.legend(loc="lower left")
    save(figure, out)


def draw_links(graph: Graph, seeds: int, epochs: int, out) -> dict[str, float]:
    """Accuracy against the share of whole links removed, and of the paper's edges."""
    figure, ((axes,),) = panels(1, width=6.5, height=4.0)
    removed = (0, 20, 33, 50, 67, 80, 100)
    curve = []
    for share in removed:
        links = f"whole {1 - share / 100}"
        row = Row("", f"{share} %", None, "", gcn, (16,), TRAIN, links)
        curve.append(run(row, graph, seeds, epochs))
        print(f"{share:3} % of links removed: {np.mean(curve[-1]):.1f} %")
    means, spread = np.mean(curve, axis=1), np.std(curve, axis=1)
    axes.errorbar(removed, means, spread, marker="o", capsize=3, label="whole links")
    rows = [row for row in of_links() if row.paper is not None]
    paper = [(int(row.program.split()[2]), row.paper) for row in rows]
    axes.plot(*zip(*paper, strict=True), "x", color="tab:red", label="paper, edges")
    axes.set(xlabel="removed, %", ylabel="test accuracy, %")
    axes.set_title("a graph network with fewer and fewer links")
    axes.legend()
    save(figure, out)
    return {"none": float(means[0]), "all": float(means[-1])}


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    reader = parser(__doc__, "citeseer_paper")
    reader.add_argument("--seeds", type=int, default=10)
    reader.add_argument("--epochs", type=int, default=200)
    reader.add_argument("--rows", nargs="*", help="numbers of rows, such as 3 or 11b")
    reader.add_argument("--figure", action="store_true", help="draw links removed")
    options = reader.parse_args(arguments)
    if options.source:
        print(source_of(attention, generate()))
        return {}
    if not options.data:
        print("No --data and no DPC_DATA: a generated graph of CiteSeer's shape.")
    graph = load(options.data) if options.data else generate()
    seeds, epochs = (1, 15) if options.quick else (options.seeds, options.epochs)
    if options.figure:
        return draw_links(graph, seeds, epochs, options.out)
    chosen = ["3", "11"] if options.quick else options.rows
    rows = [row for row in ROWS if not chosen or row.name in chosen]
    found = {}
    print(f"{'':32} {'paper':>6} {'target':>9}   ours, % [range] and seconds a run")
    for place, row in enumerate(rows):
        start = time.perf_counter()
        found[place] = seen = run(row, graph, seeds, epochs)
        seconds = (time.perf_counter() - start) / seeds
        paper = "-" if row.paper is None else f"{row.paper:.1f}"
        print(
            f"{row.name:>3} {row.program:28} {paper:>6} {row.target:>9}   "
            f"{seen.mean():.1f} ± {seen.std(ddof=min(1, seeds - 1)):.1f} "
            f"[{seen.min():.1f}, {seen.max():.1f}]  {seconds:.1f} s",
            flush=True,
        )
    draw_rows(rows, found, options.out)
    return {
        f"{row.name} {row.program}": float(found[i].mean())
        for i, row in enumerate(rows)
    }


if __name__ == "__main__":
    main()
