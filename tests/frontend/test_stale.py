"""A file that is not what was loaded is refused, and what runs it does not matter."""

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dpc.errors import SourceError
from dpc.frontend.read import read
from tests.frontend.loading import load, text

ROOT = Path(__file__).parents[2]
subjects = load(Path(__file__).with_name("subjects.py"))


ORIGINAL = '''
import math
LIMIT = 3

def before(x):
    return x

def f(x, y):
    """Says what."""
    d = x - y
    z = x * 2.0
    for i in range(3):
        z = z + math.sin(y) if x < 1 and y > 2 else z[0]
    g = lambda a: a + z
    return g(z)

def after(x):
    return x
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x * 2.0", "x * 3.0"),
        ("x * 2.0", "x * 2"),
        ("x * 2.0", "x * 20"),
        ("x * 2.0", "x + 2.0"),
        ("x * 2.0", "y * 2.0"),
        ("x * 2.0", "u * 2.0"),
        ("x < 1", "x > 1"),
        ("x < 1 and y > 2", "y < 1 and x > 2"),
        ("d = x - y", "d = y - x"),
        ("math.sin", "math.cos"),
        ("z[0]", "z(0)"),
        ("a + z", "a - z"),
        ("a + z", "a + y"),
        ("lambda a: a", "lambda b: b"),
        ("range(3)", "range(4)"),
        ("Says what", "Says more"),
        ("(x, y):", "(y, x):"),
        ("f(x, y)", "f(x, *y)"),
        ("f(x, y)", "h(x, y)"),
        ("    z = x", "    z = x; print(z)\n    z = x"),
        ("    return g(z)", "    return z"),
        ("LIMIT = 3", "LIMIT = 3\n\n"),  # moved down
        ("LIMIT = 3\n", ""),  # moved up
        ("def before", "def before(:"),  # no longer Python
        ("    return g(z)", "    break"),  # Python by grammar only
        (ORIGINAL, "# gone\n"),
    ],
)
def test_changed_file_is_refused(tmp_path, old, new):
    path = tmp_path / "edited.py"
    path.write_text(ORIGINAL)
    module = load(path)
    assert text(module.f).startswith("def f(x, y)")
    path.write_text(ORIGINAL.replace(old, new))
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="has changed since `f` was loaded"):
        read(module.f)


@pytest.mark.parametrize(
    ("old", "new"),
    [("LIMIT = 3", "LIMIT = 4"), ("def after(x):\n    return x", "def after(x): pass")],
)
def test_changes_elsewhere_in_the_file_do_not_matter(tmp_path, old, new):
    path = tmp_path / "edited.py"
    path.write_text(ORIGINAL)
    module = load(path)
    read(module.f)
    path.write_text(ORIGINAL.replace(old, new))
    os.utime(path, ns=(1, 1))
    assert text(module.f).startswith("def f(x, y)")


def test_removed_file_is_refused(tmp_path):
    path = tmp_path / "removed.py"
    path.write_text(ORIGINAL)
    module = load(path)
    path.unlink()
    with pytest.raises(SourceError, match="not available"):
        read(module.f)


# Assertions: pytest rewrites them, `python -O` drops them.


def test_assertions_rewritten_by_pytest():
    local = checked_here
    names = {name for name in local.__code__.co_varnames if name.startswith("@py")}
    assert names, "this module is expected to be rewritten"
    assert "assert x > 0" in text(local)


def checked_here(x, y):
    """Holds assertions of all kinds; the rest of it must still be compared."""
    assert x > 0
    assert x > 0 and y > 0, f"both positive, not {x} and {y}"
    total = 0.0
    for i in range(3):
        assert isinstance(i, int), "an integer"
        if i > 1:
            assert all(a > 0 for a in [x, y])
        else:
            total = total + x
        while y < 0:
            assert y
        total += i
    assert (z := x) == x
    assert sum(v for v in [total]) in (total,)
    g = lambda a: a * x
    assert g
    if total:
        assert total
    return g(total)


@pytest.mark.parametrize(
    ("old", "new"),
    [("total + x", "total - x"), ("a * x", "a * y"), ("return g", "return (g)")],
)
def test_changes_beside_rewritten_assertions_are_seen(tmp_path, old, new):
    from _pytest.assertion.rewrite import rewrite_asserts

    source = Path(__file__).with_name("subjects.py").read_text()
    path = tmp_path / "rewritten.py"
    path.write_text(source)
    tree = ast.parse(source)
    rewrite_asserts(tree, source.encode(), str(path))
    space = {"__name__": "rewritten"}
    exec(compile(tree, str(path), "exec"), space)
    assert any(n.startswith("@py") for n in space["checked"].__code__.co_varnames)
    read(space["checked"])
    path.write_text(source.replace(old, new))
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="has changed"):
        read(space["checked"])


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-X", "no_debug_ranges"]])
def test_other_ways_to_run_python(options):
    script = textwrap.dedent("""
        import ast, sys, gast
        sys.path.insert(0, "tests/frontend")
        import subjects as s
        from dpc.errors import ArgumentError, SourceError
        from dpc.frontend.read import read
        for f in (s.checked, s.plain, s.Spring.energy, s.closure(1)):
            read(f)
        try:
            print(ast.unparse(gast.gast_to_ast(read(s.sub).tree)))
        except SourceError as error:
            print(error.diagnostic.hint)
    """)
    # The columns of code objects are fixed when they are compiled: no old .pyc files.
    run = subprocess.run(
        [
            sys.executable,
            "-B",
            "-X",
            f"pycache_prefix={os.devnull}",
            *options,
            "-c",
            script,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    expected = {
        "-O": "lambda x, y: x - y\n",
        "-OO": "lambda x, y: x - y\n",
        "-X": "write each lambda on a line of its own\n",
    }
    assert run.stdout == expected[options[0]]


def test_under_a_tracer():
    """Coverage tools and debuggers trace; code objects stay what they are."""
    previous = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        for _ in range(50):
            subjects.plain(1.0)
        assert text(subjects.plain).startswith("def plain")
    finally:
        sys.settrace(previous)


def test_warm_code_is_recognised():
    """The interpreter specialises the instructions of what ran often."""
    for _ in range(200):
        subjects.plain(1.0)
        subjects.add(1.0, 2.0)
    assert text(subjects.plain).startswith("def plain")
    assert text(subjects.add) == "lambda x, y: x + y"
