"""Every compiled callable: source, variants, primal, program, report, export."""

import ast
import importlib
import os
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest

import dpc
from tests import trees
from tests.written import load

ROOT = Path(__file__).parents[2]

TEXT = """
import math
import numpy as np
import dpc

RATE = 0.5

def slope(v):
    return np.tanh(v) * RATE

def relax(x, gain, limit: float = 2.0):
    energy = 0.0
    for _ in range(20):
        x = slope(gain * x) + x * x
        if np.sum(x) > limit:
            break
        energy = energy + np.sum(x**2)
    return energy + np.sum(x)
"""


@pytest.fixture
def module(tmp_path):
    return load(tmp_path, TEXT)


@pytest.fixture
def derived(module):
    return dpc.value_and_grad(module.relax, wrt=("x", "gain"), branches="hard")


ARGS = np.array([0.3, 0.5]), 0.9


def test_source_is_there_before_any_call(derived):
    tree = ast.parse(derived.source)
    assert any(isinstance(node, ast.FunctionDef) for node in tree.body)


def test_source_does_not_change_by_calls(derived):
    before = derived.source
    derived(*ARGS)
    derived(1.0, 0.5)
    assert derived.source == before


def test_source_does_not_depend_on_values_or_loop_lengths(module):
    texts = set()
    for _ in range(2):
        derived = dpc.grad(module.relax, branches="hard")
        texts.add(derived.source)
    assert len(texts) == 1
    special = dpc.grad(module.relax, branches="hard").specialize
    few, many = special(np.ones(3), 0.1), special(np.ones(5), 0.7)
    assert few.source == many.source


def test_source_is_the_same_in_every_process(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(TEXT)
    script = (
        "import dpc, program\n"
        "d = dpc.grad(program.relax, wrt=(0, 1), branches='hard')\n"
        "print(d.source, d.report)\n"
    )
    texts = set()
    for seed in ("0", "1", "2"):
        done = run_python(script, tmp_path, PYTHONHASHSEED=seed, PYTHONPATH=str(ROOT))
        texts.add(done)
    assert len(texts) == 1


def run_python(script, directory, **variables):
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=directory,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_specialize_gives_the_variant_for_arguments_like_these(derived):
    variant = derived.specialize(*ARGS)
    ast.parse(variant.source)
    trees.assert_same(variant(*ARGS), derived(*ARGS))
    scalar = derived.specialize(0.3, 0.9)
    assert scalar.source != variant.source
    trees.assert_same(scalar(0.3, 0.9), derived(0.3, 0.9))


def test_specialize_runs_nothing(module):
    x = np.array([0.3, 0.5])
    derived = dpc.grad(module.relax, branches="hard")
    derived.specialize(x, 0.9)
    assert x.tolist() == [0.3, 0.5]
    assert derived.specialize(x, 0.9) is derived.specialize(x * 2, 0.1)


def test_a_new_length_adds_at_most_one_variant(module):
    derived = dpc.grad(module.relax, branches="hard")
    variants = {
        id(derived.specialize(np.ones(n) * 0.1, 0.9)) for n in (2, 3, 5, 8, 13, 21)
    }
    assert len(variants) <= 2


def test_primal_is_the_function_that_was_decorated(module, derived):
    assert derived.primal is module.relax


def test_program_can_be_printed(derived):
    text = str(derived.program)
    assert "relax" in text
    assert "tanh" in text


def test_report_gives_one_line_each_with_the_source_line(derived):
    lines = str(derived.report).splitlines()
    assert lines
    assert any("saved" in line for line in lines)


def entry(text, name):
    """The public function of an exported module: the last one with the name in it."""
    functions = [node.name for node in ast.parse(text).body if hasattr(node, "args")]
    return [found for found in functions if name in found][-1]


BLOCKED = """
import sys
import traceback
sys.modules["dpc"] = None
"""


def test_export_runs_without_dpc(tmp_path, derived):
    path = tmp_path / "exported.py"
    derived.export(path)
    text = path.read_text()
    assert "import dpc" not in text
    assert "from dpc" not in text
    function = entry(text, "relax")
    script = BLOCKED + (
        "import numpy as np\n"
        f"from exported import {function}\n"
        f"print(repr({function}(np.array([0.3, 0.5]), 0.9, 2.0)))\n"
    )
    printed = run_python(script, tmp_path, PYTHONPATH=str(tmp_path))
    assert printed.strip() == repr(derived(*ARGS))


def test_a_specialised_variant_is_exported_too(tmp_path, derived):
    path = tmp_path / "special.py"
    derived.specialize(*ARGS).export(path)
    function = entry(path.read_text(), "relax")
    script = BLOCKED + (
        "import numpy as np\n"
        f"from special import {function}\n"
        f"print(repr({function}(np.array([0.3, 0.5]), 0.9, 2.0)))\n"
    )
    printed = run_python(script, tmp_path, PYTHONPATH=str(tmp_path))
    assert printed.strip() == repr(derived(*ARGS))


def closure():
    rate = 3.0

    def program(x: float):
        return x * x * rate

    return program


def test_closure_values_become_keyword_parameters(tmp_path):
    path = tmp_path / "closed.py"
    dpc.grad(closure(), branches="hard").export(path)
    function = entry(path.read_text(), "program")
    script = BLOCKED + (
        f"from closed import {function}\nprint({function}(2.0, rate=5.0))\n"
    )
    printed = run_python(script, tmp_path, PYTHONPATH=str(tmp_path))
    assert printed.strip() == "20.0"


def repeated(x: float, c: float, n: int):
    return x * c if n == 0 else repeated(x * x * c, c, n - 1) + x


class Layers:
    def apply(self, x, n):
        return x if n == 0 else self.apply(x * x, n - 1)


def through_a_method(layers, x: float):
    return layers.apply(x, 2)


@pytest.mark.parametrize("f", [repeated, through_a_method])
def test_what_is_compiled_when_it_is_reached_is_not_exported(tmp_path, f):
    derived = dpc.grad(f, wrt="x", branches="hard")
    with pytest.raises(dpc.ArgumentError, match="cannot do without dpc"):
        derived.export(tmp_path / "late.py")


def test_names_of_two_files_of_the_runtime_do_not_meet(tmp_path):
    # Both the blend of numbers and that of containers are written out.
    path = tmp_path / "chosen.py"
    derived = dpc.value_and_grad(chosen, branches="soft")
    derived.export(path)
    function = entry(path.read_text(), "chosen")
    script = BLOCKED + (
        "import numpy as np\n"
        f"from chosen import {function}\n"
        f"print(repr({function}(np.array([0.3, 0.5]), 0.2)))\n"
    )
    printed = run_python(script, tmp_path, PYTHONPATH=str(tmp_path))
    assert printed.strip() == repr(derived(np.array([0.3, 0.5]), 0.2))


def chosen(x, c):
    t = x[0]
    if x[1] > c:
        t = (t - c) * x[1]
    return t * t


def test_a_module_with_the_name_of_what_is_written_is_refused(tmp_path, monkeypatch):
    (tmp_path / "share_of.py").write_text(
        "rate = 2.0\n"
        "def program(x, ball):\n"
        "    t = x if x > rate else 2 * ball\n"
        "    return t * rate\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("share_of")
    derived = dpc.grad(module.program, branches="soft")
    with pytest.raises(dpc.ArgumentError, match="`share_of` has the name"):
        derived.export(tmp_path / "out.py")


def test_what_cannot_be_exported_is_named(tmp_path):
    table = [object()]

    def program(x, f):
        return f(x) * len(table)

    derived = dpc.grad(program, branches="hard")
    path = tmp_path / "odd.py"
    try:
        derived.export(path)
    except dpc.ArgumentError as error:
        assert "f" in str(error)
    else:
        ast.parse(path.read_text())


def test_traceback_shows_lines_of_generated_source(derived):
    try:
        derived(np.ones(2), np.ones(3))
    except ValueError as error:
        frames = traceback.extract_tb(error.__traceback__)
        assert all(frame.line for frame in frames)
    else:
        pytest.fail("shapes that do not fit must raise as in the primal")


def damped(x: float, t: float):
    return np.exp(-t * x) * rate(x)


def rate(x):
    return x * x


def test_arguments_that_prove_nothing_need_no_program_of_their_own():
    derivative = dpc.grad(damped, branches="hard")
    assert derivative.specialize(0.3, 1.0).compiled is derivative.generic.compiled
    other = derivative.specialize(np.float32(0.3), 1.0)
    assert other.compiled is not derivative.generic.compiled


def test_arguments_that_prove_nothing_after_a_global_has_changed(monkeypatch):
    derivative = dpc.grad(damped, branches="hard")
    monkeypatch.setattr(sys.modules[__name__], "rate", lambda x: 3 * x)
    found = derivative(0.3, 1.0)
    assert found == pytest.approx(3 * np.exp(-0.3) * (1 - 0.3))


def test_arguments_that_prove_nothing_after_a_rule_is_declared():
    def opaque(x):
        return x * x

    def f(x: float):
        return 2 * opaque(x)

    derivative = dpc.grad(f, branches="hard")

    @dpc.rule(opaque)
    def opaque_rule(x, *, out, out_bar):
        return 5.0 * out_bar

    assert derivative(0.3) == 10.0
