"""Time from decoration to the first gradient, in a fresh process with dpc imported."""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROCESSES = 10

SCRIPT = """
import time
import dpc
from tests.bench import reference

module = reference.load()
args = module.thirty_lines_arguments()
begin = time.perf_counter()
dpc.grad(module.thirty_lines, branches="hard")(*args)
print(time.perf_counter() - begin)
"""


def seconds() -> float:
    """The median of ten processes."""
    return statistics.median(_once() for _ in range(PROCESSES))


def _once() -> float:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
