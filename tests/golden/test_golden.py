"""Generated gradients, kept as modules: compared, linted, imported, run.

`pytest --update-golden` writes them anew; the difference is to be read.
"""

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import dpc
import dpc.runtime
from dpc.backends.load import load
from dpc.variant import LATE
from dpc.runtime import copy_tree
from tests import differences
from tests.golden.programs import PROGRAMS
from tests.golden.strict_arrays import Array, strict, unwrapped, wrapped

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("DPC_REFERENCE", HERE.parents[2] / "shared/reference"))


def module_at(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@cache
def reference():
    """The reference programs, by name, with the adjoints written by hand."""
    path = SHARED / "programs.py"
    if not path.exists():
        return {}
    found = module_at(path, "programs").PROGRAMS
    return {name: (f, wrt, args, hand) for name, f, hand, wrt, args in found}


def cases():
    return [*PROGRAMS, *reference()]


def program(name):
    return PROGRAMS[name] if name in PROGRAMS else reference()[name][:3]


@cache
def variant(name):
    function, wrt, args = program(name)
    chosen = wrt if len(wrt) > 1 else wrt[0]
    derived = dpc.grad(function, wrt=chosen, branches="hard")
    return derived.specialize(*copy_tree(args))


def gradient(name, call):
    found = call(*copy_tree(program(name)[2]))
    return found if len(program(name)[1]) > 1 else (found,)


@pytest.mark.parametrize("name", cases())
def test_text(name, update_golden):
    path = HERE / f"{name}_grad.py"
    text = variant(name).source
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_look():
    """They pass the formatter and the linter that the project passes."""
    files = sorted(map(str, HERE.glob("*_grad.py")))
    for command in (["format", "--check"], ["check", "--select", "E,F,W"]):
        line = [sys.executable, "-m", "ruff", *command, "--isolated", *files]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", cases())
def test_imported_module_gives_the_gradient(name):
    module = module_at(HERE / f"{name}_grad.py", f"golden_{name}")
    call = getattr(module, f"{name}_grad")
    if name in PROGRAMS:
        function, wrt, args = program(name)
        expected = differences.gradient(function, copy_tree(args), wrt).gradient
    else:
        expected = reference()[name][3](*program(name)[2])
        expected = expected if isinstance(expected, tuple) else (expected,)
    differences.assert_close(gradient(name, call), expected)


@pytest.mark.parametrize("name", cases())
def test_exported_module_needs_no_dpc(name, tmp_path):
    path = tmp_path / "exported.py"
    variant(name).export(path)
    assert "import dpc" not in path.read_text()
    assert "from dpc" not in path.read_text()
    module = module_at(path, f"exported_{name}")
    found = gradient(name, getattr(module, f"{name}_grad"))
    differences.assert_close(found, gradient(name, variant(name)))


def over(convert, value):
    if isinstance(value, dict):
        return {key: over(convert, item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(over(convert, item) for item in value)
    return convert(value) if isinstance(value, np.ndarray | Array) else value


@pytest.mark.parametrize("name", cases())
def test_another_array_module_gives_the_same(name):
    def runtime(key):
        return LATE[key] if key in LATE else getattr(dpc.runtime, key)

    made = variant(name).compiled.module
    call = load(made, runtime, strict)[made.name]
    args = over(wrapped, copy_tree(program(name)[2]))
    found = call(*args)
    found = found if len(program(name)[1]) > 1 else (found,)
    expected = gradient(name, variant(name))
    differences.assert_close(over(unwrapped, found), expected)
