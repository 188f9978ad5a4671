"""SML2010: the climate of a house every quarter of an hour, cut into windows.

UCI Machine Learning Repository, data set 274 (Zamora-Martínez et al., 2014).
"""

from pathlib import Path

import numpy as np

from command import data_file

WINDOW, TRAIN, TEST = 10, 3200, 537
FILES = "sml2010/NEW-DATA-1.T15.txt", "sml2010/NEW-DATA-2.T15.txt"
# Columns from 0: without the target, rain, three that are constant, and the weekday.
TARGET, DRIVERS = 3, [2, *range(4, 11), *range(12, 18), 21, 22]
NAMES = """dining room °C|forecast °C|dining room CO2|room CO2|dining room humidity
room humidity|dining room light|room light|twilight|wind|sun west|sun east|sun south
radiation|outdoors °C|outdoors humidity""".replace("\n", "|").split("|")


def rows_of(path: Path) -> np.ndarray:
    """The 24 columns as numbers; date and time are 0."""
    lines = [line for line in path.read_text().splitlines() if line[:2].isdigit()]
    lines = [line for line in lines if "/" in line.split()[0]]
    return np.array([[0.0] * 2 + [float(x) for x in row.split()[2:]] for row in lines])


def made_up(seed: int) -> np.ndarray:
    """A room that follows sixteen slow series with a delay: (4137, 24)."""
    rng = np.random.default_rng(seed)
    table = np.cumsum(rng.normal(size=(4137, 24)), axis=0)
    table = table - np.linspace(0, 1, 4137)[:, None] * table[-1]
    pull = rng.normal(size=len(DRIVERS)) / 16
    for t in range(1, len(table)):
        gap = table[t - 1, DRIVERS] @ pull - table[t - 1, TARGET]
        table[t, TARGET] = table[t - 1, TARGET] + 0.1 * np.tanh(gap)
        table[t, TARGET] += 0.02 * rng.normal()
    return table


def whole(directory: str | None, seed: int) -> tuple[tuple, float]:
    """All windows in order, (drivers, past, target), and the target's spread in °C.

    Drivers are (rows, WINDOW, 16), past values (rows, WINDOW - 1), targets (rows,), all
    standardised by the first TRAIN rows of the table.
    """
    paths = data_file(directory, *FILES)
    table = (
        made_up(seed) if paths is None else np.concatenate(list(map(rows_of, paths)))
    )
    mean, spread = np.mean(table[:TRAIN], axis=0), np.std(table[:TRAIN], axis=0)
    table = (table - mean) / np.where(spread > 0, spread, 1.0)
    ends = np.arange(WINDOW - 1, len(table))
    steps = ends[:, None] - np.arange(WINDOW - 1, -1, -1)
    target = table[steps, TARGET]
    drivers = table[steps][:, :, DRIVERS]
    return (drivers, target[:, :-1], target[:, -1]), float(spread[TARGET])


def windows(directory: str | None, seed: int) -> tuple[list, list, float]:
    """The training and the test part of all windows, and the target's spread."""
    parts, spread = whole(directory, seed)
    train = [part[: TRAIN - WINDOW + 1] for part in parts]
    return train, [part[-TEST:] for part in parts], spread


def linear_error(train: list, test: list) -> float:
    """Root mean squared error of least squares on all that a window holds."""

    def inputs(part: list) -> np.ndarray:
        drivers, past, _ = part
        ones = np.ones((len(past), 1))
        return np.concatenate([drivers.reshape(len(past), -1), past, ones], axis=1)

    found = np.linalg.lstsq(inputs(train), train[2], rcond=None)[0]
    return float(np.sqrt(np.mean((inputs(test) @ found - test[2]) ** 2)))
