"""Reading: from a live callable to the tree of its own text."""

import ast
import doctest
import functools
import importlib.util
import linecache
import math
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import gast
import numpy as np
import pytest

from dpc.errors import ArgumentError, SourceError
from dpc.frontend.read import read, unwrap_partial

ROOT = Path(__file__).parents[2]


def load(path, name="subjects_of_a_test"):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


subjects = load(Path(__file__).with_name("subjects.py"))


def text(f):
    return ast.unparse(gast.gast_to_ast(read(f).tree))


def test_reading_has_what_the_function_reads():
    reading = read(subjects.plain)
    assert reading.function is subjects.plain
    assert reading.qualname == "plain"
    assert reading.globals is vars(subjects)
    assert reading.closure == {}
    assert reading.defaults == {"y": 2.0, "scale": 3.0}
    assert reading.source.line(reading.tree.lineno).startswith("def plain")
    span = reading.span(reading.tree.body[-1].value)
    assert span.text == "x * y * scale"


def test_closure_cells_are_references():
    inner = subjects.closure(1.0)
    reading = read(inner)
    assert list(reading.closure) == ["a", "b"]
    assert all(c in inner.__closure__ for c in reading.closure.values())


def test_decorators_above_and_below_belong_to_the_definition_not_to_the_tree():
    tree = read(subjects.decorated).tree
    assert tree.decorator_list == []
    assert text(subjects.decorated) == "def decorated(x):\n    return x + 2"


def test_wrapper_is_read_as_the_wrapper_that_it_is():
    assert text(subjects.logged).startswith("def wrapper(*args, **kwargs):")


def test_wrapper_in_c_is_refused_and_names_what_it_wraps():
    with pytest.raises(SourceError) as caught:
        read(subjects.cached)
    assert "cached.__wrapped__" in caught.value.diagnostic.hint
    assert text(subjects.cached.__wrapped__).endswith("return x + 1")


def test_indented_methods():
    spring = subjects.Spring(2.0)
    for f in (spring.energy, subjects.Spring.energy, subjects.Other.energy):
        assert read(f).qualname == "Spring.energy"
        assert read(f).tree.col_offset == 4
    assert text(spring.square) == "def square(x):\n    return x * x"
    assert text(vars(subjects.Spring)["square"]) == text(spring.square)
    assert text(spring.build).startswith("def build(cls, k)")
    assert text(subjects.Spring.length.fget).startswith("def length(self)")


def test_object_with_call():
    assert read(subjects.Spring(2.0)).qualname == "Spring.__call__"


def test_private_names_are_mangled_as_in_their_class():
    assert "self._Spring__k * d" in text(subjects.Spring.energy)
    private = subjects.Spring._Spring__private
    assert "def _Spring__private(self, _Spring__x=0.0)" in text(private)
    hidden = vars(subjects)["__Hidden"]
    assert "self._Hidden__k * x" in text(hidden.energy)
    assert "__init__" in text(subjects.Spring.__init__)


def test_lambdas_that_share_a_line():
    assert text(subjects.add) == "lambda x, y: x + y"
    assert text(subjects.sub) == "lambda x, y: x - y"
    assert text(subjects.nested) == "lambda x: lambda y: x * y"
    assert text(subjects.nested(1.0)) == "lambda y: x * y"
    assert [text(f) for f in subjects.same] == ["lambda x: x + 1"] * 2
    assert [text(f) for f in subjects.multi] == ["lambda x: x + 1", "lambda x: x - 1"]
    assert text(subjects.in_default.__defaults__[0]) == "lambda z: z * 4"
    assert read(subjects.in_default).defaults == {
        "f": subjects.in_default.__defaults__[0]
    }


def test_lambdas_in_statements_that_share_a_line():
    space = cell("f = lambda x: x + 1; g = lambda x: x + 2\n", "<one line>")
    assert text(space["f"]) == "lambda x: x + 1"
    assert text(space["g"]) == "lambda x: x + 2"


def test_definition_that_ran_of_two_with_one_name():
    assert text(subjects.conditional).endswith("return x + 4")


def test_partials():
    inner = functools.partial(functools.partial(subjects.plain, 1.0, scale=2.0), 3.0)
    method = functools.partial(subjects.Spring(1.0).energy, 2.0)
    f, args, kwargs = unwrap_partial(functools.partial(inner, scale=4.0))
    assert (f, args, kwargs) == (subjects.plain, (1.0, 3.0), {"scale": 4.0})
    assert unwrap_partial(subjects.plain) == (subjects.plain, (), {})
    assert read(inner).function is subjects.plain
    assert read(method).qualname == "Spring.energy"


@pytest.mark.parametrize("f", [math.sin, np.exp, np.dot, len, int, dict.get])
def test_what_is_not_python_has_no_source(f):
    with pytest.raises(SourceError) as caught:
        read(f)
    diagnostic = caught.value.diagnostic
    assert "no source" in diagnostic.title or "a class" in diagnostic.title
    assert diagnostic.span.text == "read(f)"  # where dpc was called
    assert diagnostic.hint


@pytest.mark.parametrize("f", [3.0, "f", None, np.ones(3)])
def test_what_cannot_be_called_is_a_wrong_argument(f):
    with pytest.raises(ArgumentError, match="only a function"):
        read(f)


def test_code_without_a_file_is_refused():
    space = {}
    exec("def f(x):\n    return x", space)
    with pytest.raises(SourceError, match="not available") as caught:
        read(space["f"])
    assert "linecache" in caught.value.diagnostic.hint


def cell(source, filename="<ipython-input-1-abcdef>", flags=0):
    """Define functions as a notebook does: the text is known to linecache only."""
    source = textwrap.dedent(source)
    entry = (len(source), None, source.splitlines(True), filename)
    linecache.cache[filename] = entry
    space = {}
    exec(compile(source, filename, "exec", flags, dont_inherit=True), space)
    return space


def test_notebook_cell():
    f = cell("y = 1\ndef f(x):\n    return x + y\n")["f"]
    assert text(f) == "def f(x):\n    return x + y"
    g = cell("def f(x):\n    return x - 1\n")["f"]  # The cell is run again, edited.
    assert text(g) == "def f(x):\n    return x - 1"
    with pytest.raises(SourceError, match="has changed"):
        read(f)


def test_cell_with_await_at_its_top():
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    source = "def f(x):\n    return x\nif False:\n    await f(1)\n"
    filename = "<ipython-input-2>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    space = {}
    code = compile(source, filename, "exec", flags, dont_inherit=True)
    for constant in code.co_consts:
        if hasattr(constant, "co_name") and constant.co_name == "f":
            space["f"] = type(read)(constant, {})
    assert text(space["f"]).endswith("return x")


def test_future_annotations_of_an_earlier_cell():
    import __future__

    flag = __future__.annotations.compiler_flag
    space = cell(
        "def f(x):\n    y: Undefined = x\n    g = lambda a: a\n    return g(y)\n"
    )
    late = cell(
        "def f(x):\n    def g(a: Unknown): return a\n    return g(x)\n", "<cell>", flag
    )
    assert "y: Undefined" in text(space["f"])
    assert "Unknown" in text(late["f"])


def test_doctest():
    """A function of a doctest has its text only while the test runs."""
    source = """
    >>> def f(x):
    ...     return x * 7
    >>> print(text(f))
    def f(x):
        return x * 7
    """
    runner = doctest.DocTestRunner(verbose=False)
    example = doctest.DocTestParser().get_doctest(source, {"text": text}, "t", "t", 0)
    assert runner.run(example).failed == 0


def test_text_with_other_encodings_and_line_ends(tmp_path):
    path = tmp_path / "latin.py"
    body = (
        "# -*- coding: latin-1 -*-\r\ns = 'é'\r\ndef f(x):\r\n    y = 'é'; return x\r\n"
    )
    path.write_bytes(body.encode("latin-1"))
    reading = read(load(path).f)
    assert reading.span(reading.tree.body[1]).text == "return x"


# A file that changed since it was loaded.

ORIGINAL = '''
import math
LIMIT = 3

def before(x):
    return x

def f(x, y):
    """Says what."""
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


def test_later_functions_of_a_file_are_cheap(tmp_path):
    body = "".join(f"    y = np.sin(x * {i}.0) + y[{i}:] * x\n" for i in range(30))
    path = tmp_path / "long.py"
    path.write_text(
        "import numpy as np\n"
        + "".join(f"def f{i}(x, y):\n{body}    return y\n" for i in range(5))
    )
    module = load(path)
    read(module.f0)
    best = min(elapsed(lambda: read(f)) for f in (module.f1, module.f2, module.f3))
    assert best < 3e-3


def elapsed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
