"""Generated pushforwards, kept as modules: compared, linted, imported, run."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest

import dpc
import dpc.runtime
from dpc.backends.load import load
from dpc.variant import LATE
from dpc.runtime import copy_tree
from tests import differences
from tests.along import direction, paired
from tests.golden.strict_arrays import strict, unwrapped, wrapped
from tests.golden.test_golden import HERE, cases, gradient, module_at, over, program
from tests.golden.test_golden import variant as reverse


@cache
def variant(name):
    function, wrt, args = program(name)
    derived = dpc.pushforward(function, wrt=wrt, branches="hard")
    return derived.specialize(*copy_tree(args))


def dots(name):
    """A tangent of each differentiated argument."""
    _, wrt, args = program(name)
    names = list(variant(name).owner.signature.parameters)
    rng = np.random.default_rng(3)
    return tuple(direction(args[names.index(w)], rng) for w in wrt)


def run(name, call):
    named = dict(zip(variant(name).owner.dots, dots(name), strict=True))
    return call(*copy_tree(program(name)[2]), **named)


@pytest.mark.parametrize("name", cases())
def test_text(name, update_golden):
    path = HERE / f"{name}_jvp.py"
    text = variant(name).source
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_look():
    files = sorted(map(str, HERE.glob("*_[jh]vp.py")))
    for command in (["format", "--check"], ["check", "--select", "E,F,W"]):
        line = [sys.executable, "-m", "ruff", *command, "--isolated", *files]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", cases())
def test_imported_module_gives_the_tangent(name):
    module = module_at(HERE / f"{name}_jvp.py", f"golden_forward_{name}")
    _, out_dot = run(name, getattr(module, f"{name}_jvp"))
    slope, scale = paired(gradient(name, reverse(name)), dots(name))
    assert abs(out_dot - slope) <= 1e-12 * scale


@pytest.mark.parametrize("name", cases())
def test_exported_module_needs_no_dpc(name, tmp_path):
    path = tmp_path / "exported.py"
    variant(name).export(path)
    assert "import dpc" not in path.read_text()
    assert "from dpc" not in path.read_text()
    module = module_at(path, f"exported_forward_{name}")
    found = run(name, getattr(module, f"{name}_jvp"))
    expected = variant(name)(*copy_tree(program(name)[2]), tangents=dots(name))
    differences.assert_close(found, expected)


@pytest.mark.parametrize("name", cases())
def test_another_array_module_gives_the_same(name):
    def runtime(key):
        return LATE[key] if key in LATE else getattr(dpc.runtime, key)

    made = variant(name).compiled.module
    call = load(made, runtime, strict)[made.name]
    args = over(wrapped, copy_tree(program(name)[2]))
    named = dict(zip(variant(name).owner.dots, over(wrapped, dots(name)), strict=True))
    found = over(unwrapped, call(*args, **named))
    expected = variant(name)(*copy_tree(program(name)[2]), tangents=dots(name))
    differences.assert_close(found, expected)


PRODUCTS = [name for name in ("chain", "relax", "rnn", "jacobi_2d") if name in cases()]


@cache
def product(name):
    function, wrt, args = program(name)
    return dpc.hvp(function, wrt=wrt, branches="hard").specialize(*copy_tree(args))


@pytest.mark.parametrize("name", PRODUCTS)
def test_text_of_a_hessian_product(name, update_golden):
    path = HERE / f"{name}_hvp.py"
    text = product(name).source
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PRODUCTS)
def test_imported_product_is_a_difference_of_gradients(name):
    module = module_at(HERE / f"{name}_hvp.py", f"golden_product_{name}")
    found = run(name, getattr(module, f"{name}_hvp"))
    names = list(variant(name).owner.signature.parameters)
    wrt, args = program(name)[1:]

    def at(step):
        given = list(copy_tree(args))
        for place, dot in zip(map(names.index, wrt), dots(name), strict=True):
            given[place] = given[place] + step * dot
        return reverse(name)(*given)

    for part, above, below in zip(found, at(1e-5), at(-1e-5), strict=True):
        expected = (np.asarray(above) - below) / 2e-5
        scale = np.max(np.abs(expected))
        np.testing.assert_allclose(part, expected, atol=1e-6 * scale)
