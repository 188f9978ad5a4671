"""`python -m tests.bench`: speed, memory and length against hand-written adjoints.

Needs the reference programs (see `reference.py`). Exits with 1 if a target is missed.
"""

import os
import sys

# Before NumPy is imported, which reads it once.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from tests.bench.figures import all_figures


def main() -> int:
    missed = 0
    for figure in all_figures():
        print(figure, flush=True)
        missed += figure.missed
    print(f"{missed} targets missed" if missed else "all targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
