"""`python -m dpc source FILE.py:FUNCTION`: generated source beside the original."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TEXT = """\
import numpy as np


def loss(w, x):
    z = np.tanh(w * x)
    return np.sum(z * z)


class Model:
    def energy(self, x):
        return x * x


def refused(x):
    yield x
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(TEXT)
    return path


def source(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dpc", "source", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_prints_generated_source_beside_the_original(file):
    done = source(f"{file}:loss")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("z = np.tanh(w * x)") >= 2
    assert "with respect to w." in done.stdout


def test_wrt_is_chosen_by_name(file):
    done = source(f"{file}:loss", "--wrt", "x")
    assert done.returncode == 0, done.stderr
    assert "with respect to x." in done.stdout


def test_a_method_is_named_through_its_class(file):
    done = source(f"{file}:Model.energy", "--wrt", "x")
    assert done.returncode == 0, done.stderr
    assert "2 * x" in done.stdout


@pytest.mark.parametrize("name", ["refused", "absent"])
def test_errors_are_printed_without_a_traceback(file, name):
    done = source(f"{file}:{name}")
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_does_not_exist(tmp_path):
    done = source(f"{tmp_path / 'absent.py'}:loss")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
