"""How the pictures of all examples look."""

import time
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

START = time.perf_counter()

matplotlib.rcParams.update(
    {
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.labelsize": 9,
        "font.size": 9,
        "grid.alpha": 0.25,
        "legend.frameon": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "dpc",  # the same picture is the same file
    }
)


def panels(
    columns: int = 1, rows: int = 1, width: float = 4.5, height: float = 3.4
) -> tuple[Figure, np.ndarray]:
    """A figure and its axes, (rows, columns); no window and no display needed."""
    size = (columns * width, rows * height)
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def save(figure: Figure, path: Path) -> None:
    """Write the figure, its directory too, and say where, and how long all took."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    print(f"picture: {path}, after {time.perf_counter() - START:.0f} s")


def smooth(values, window: int) -> np.ndarray:
    """The mean of every so many values in a row."""
    window = min(window, len(values))
    return np.convolve(values, np.ones(window) / window, mode="valid")
