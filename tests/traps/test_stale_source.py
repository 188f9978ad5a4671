"""`inspect.getsource` reads the file as it is now; dpc compiles what was loaded."""

import doctest
import linecache
import subprocess
import sys
import textwrap
from functools import wraps
from pathlib import Path

import numpy as np
import pytest

import dpc
from tests.oracle import gradient
from tests.written import load

ROOT = Path(__file__).parents[2]

TEXT = """
def before(x):
    return x


def program(x: float, scale=2.0):
    y = x * x
    return y * scale


def after(x):
    return x
"""


def edited(tmp_path, old, new):
    """The program as it was loaded, its file changed since."""
    module = load(tmp_path, TEXT)
    path = Path(module.__file__)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    linecache.checkcache(str(path))
    return module.program


@pytest.mark.parametrize(
    "old,new",
    [
        ("y * scale", "y + scale"),
        ("x * x", "x * 3"),
        ("x: float, scale", "scale, x"),
        ("scale=2.0):\n    y", "scale=2.0):\n    z = 1\n    y"),
        ("return y * scale", "return scale * x"),
        ("def program", "def other"),
        (TEXT, ""),
    ],
)
def test_a_changed_function_is_an_error(tmp_path, old, new):
    program = edited(tmp_path, old, new)
    with pytest.raises(dpc.SourceError):
        dpc.grad(program, branches="hard")


@pytest.mark.parametrize(
    "old,new",
    [
        ("def before", "# one\n# two\n# three\ndef before"),
        ("return x\n\n\ndef program", "return x + 1\n\n\ndef program"),
        ("def after(x):\n    return x", "def after(x):\n    return x * 4"),
        ("    y = x * x\n", "    y = x * x  # a comment\n"),
    ],
)
def test_a_change_elsewhere_is_an_error_or_harmless(tmp_path, old, new):
    program = edited(tmp_path, old, new)
    try:
        found = dpc.grad(program, branches="hard")(3.0)
    except dpc.SourceError:
        return
    assert found == 12.0


def test_a_file_that_is_gone(tmp_path):
    module = load(tmp_path, TEXT)
    Path(module.__file__).unlink()
    linecache.clearcache()
    with pytest.raises(dpc.SourceError):
        dpc.grad(module.program, branches="hard")


def test_code_without_a_file():
    space = {}
    exec("def program(x):\n    return x * x\n", space)
    with pytest.raises(dpc.SourceError):
        dpc.grad(space["program"], branches="hard")


def with_assertions(x):
    assert np.all(x > -100), "pytest rewrites this"
    total = np.sum(x * x)
    assert total >= 0
    return total


def test_assertions_rewritten_by_pytest():
    assert gradient(with_assertions, np.ones(2)).tolist() == [2.0, 2.0]


SCRIPT = """
import numpy as np
import dpc

def program(x):
    assert x.ndim == 1, "not a vector"
    y = x * x
    assert np.all(y >= 0)
    return np.sum(y)

print(dpc.grad(program, branches="hard")(np.ones(2)).tolist())
"""


@pytest.mark.parametrize(
    "flags", [["-O"], ["-OO"], ["-m", "trace", "--count", "--coverdir", "counts"]]
)
def test_other_ways_to_run_a_script(tmp_path, flags):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert "[2.0, 2.0]" in run([*flags, str(script)], tmp_path)


def test_under_coverage(tmp_path):
    pytest.importorskip("coverage")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert "[2.0, 2.0]" in run(["-m", "coverage", "run", str(script)], tmp_path)


def run(arguments, directory):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def notebook_cell(text, number):
    """Runs a cell as a notebook does: under a made-up name known to `linecache`."""
    name = f"<ipython-input-{number}-0123456789ab>"
    text = textwrap.dedent(text)
    lines = text.splitlines(keepends=True)
    linecache.cache[name] = (len(text), None, lines, name)
    space = {"__name__": "__main__", "np": np, "dpc": dpc}
    exec(compile(text, name, "exec"), space)
    return space


def test_a_notebook_cell():
    space = notebook_cell(
        """
        @dpc.grad(branches="hard")
        def program(x):
            y = x * x
            return np.sum(y)

        result = program(np.ones(2)).tolist()
        """,
        1,
    )
    assert space["result"] == [2.0, 2.0]


def test_a_doctest_cell():
    text = """
    >>> import dpc
    >>> @dpc.grad(branches="hard")
    ... def program(x: float):
    ...     return x * x * x
    >>> program(2.0)
    12.0
    """
    example = doctest.DocTestParser().get_doctest(text, {}, "cells", None, None)
    runner = doctest.DocTestRunner(verbose=False)
    assert runner.run(example) == doctest.TestResults(0, 3)


LEFT, RIGHT = (lambda x: x * x), (lambda x: x * x * x)  # fmt: skip


def test_lambdas_sharing_a_line():
    assert gradient(LEFT, 2.0) == 4.0
    assert gradient(RIGHT, 2.0) == 12.0


def test_lambdas_that_cannot_be_told_apart_are_an_error_or_right():
    same = [lambda x: x * 2.0, lambda x: x * 2.0]  # fmt: skip
    for function in same:
        try:
            assert gradient(function, 1.0) == 2.0
        except dpc.SourceError:
            continue


def test_a_lambda_inside_a_call():
    assert dpc.grad(lambda x: x * x, branches="hard")(2.0) == 4.0


def doubled(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return 2 * function(*args, **kwargs)

    return wrapper


def test_decorators_above_and_below():
    """Below ours: part of the program. Above ours: applied to the gradient."""

    @doubled
    @dpc.grad(branches="hard")
    @doubled
    def decorated_on_both_sides(x: float):
        return x * x

    assert decorated_on_both_sides(3.0) == 24.0


@doubled
def wrapped(x: float):
    return x**3


def test_functools_wraps_does_not_hide_the_wrapper():
    assert gradient(wrapped, 1.0) == 6.0


class Indented:
    class Deeper:
        rate = 3.0

        @dpc.grad(wrt="x", branches="hard")
        def gradient(self, x: float):
            return self.rate * x * x

        def plain(self, x: float):
            return self.rate * x


def test_indented_methods():
    assert Indented.Deeper().gradient(2.0) == 12.0
    assert dpc.grad(Indented.Deeper().plain, branches="hard")(2.0) == 3.0


def defaults(x: float, power=3, *, scale=2.0, table={"a": 5.0}):  # noqa: B006
    return x**power * scale * table["a"]


def test_default_arguments():
    derivative = dpc.grad(defaults, branches="hard")
    assert derivative(2.0) == 120.0
    assert derivative(2.0, 2) == 40.0
    assert derivative(2.0, scale=1.0, power=1) == 5.0


def test_defaults_are_those_of_the_function_object():
    table = {"a": 1.0}

    def program(x: float, table=table):
        return x * table["a"]

    derivative = dpc.grad(program, branches="hard")
    table["a"] = 7.0
    assert derivative(1.0) == 7.0
