"""What the command lines of all examples share: options, a progress bar, a report.

--quick     a short run, to look at
--seed N    of the generated data and of the initial parameters
--data DIR  directory of the real data; where it is not given, nor $DPC_DATA set,
            an example generates data of the same shape and says so
--out FILE  where the picture goes, PNG or SVG by its ending
--source    print the gradient that dpc wrote, and nothing else
"""

import argparse
import os
from pathlib import Path

from tqdm import tqdm


def parser(page: str | None, name: str) -> argparse.ArgumentParser:
    """The common options; the first line of the page says what the program is."""
    title = (page or name).splitlines()[0]
    found = argparse.ArgumentParser(prog=f"{name}.py", description=title)
    found.add_argument("--quick", action="store_true", help="a short run, to look at")
    found.add_argument("--seed", type=int, default=0)
    found.add_argument(
        "--data",
        default=os.environ.get("DPC_DATA"),
        help="directory of the real data (default: $DPC_DATA)",
    )
    found.add_argument(
        "--out",
        type=Path,
        default=Path("out", f"{name}.png"),
        help="the picture (default: %(default)s)",
    )
    found.add_argument(
        "--source", action="store_true", help="print the generated gradient only"
    )
    return found


def data_file(directory: str | None, *names: str) -> list[Path] | None:
    """The files where all are there, else None and a line that says so.

    Raises FileNotFoundError where a directory was given that lacks one of them.
    """
    if directory is None:
        print("No --data and no DPC_DATA: generated data of the same shape.")
        return None
    paths = [Path(directory, name) for name in names]
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing; without --data, generated")
    return paths


def progress(steps: int, title: str) -> tqdm:
    """Counts the steps on a bar; nothing is shown where there is no terminal."""
    return tqdm(range(steps), desc=title, leave=False, disable=None)


def report(what: str, found: str, target: str) -> None:
    """One line of the result, beside what it should be."""
    print(f"{what:<44} {found:>16}   target {target}")
