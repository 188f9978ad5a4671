"""Reading: from a live callable to the tree of its own text."""

import ast
import doctest
import functools
import linecache
import math
from pathlib import Path

import numpy as np
import pytest

from dpc.errors import ArgumentError, SourceError
from dpc.frontend.read import read, unwrap_partial
from tests.frontend.loading import cell, load, text

subjects = load(Path(__file__).with_name("subjects.py"))


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


def test_a_file_is_parsed_once_for_all_of_its_functions(tmp_path, monkeypatch):
    path = tmp_path / "long.py"
    path.write_text("".join(f"def f{i}(x):\n    return x * {i}\n" for i in range(3)))
    module, parse, texts = load(path), ast.parse, []

    def counted(text, *args, **kwargs):
        texts.append(text)
        return parse(text, *args, **kwargs)

    monkeypatch.setattr(ast, "parse", counted)
    for function in (module.f0, module.f1, module.f2):
        assert read(function).function is function
    assert texts.count(path.read_text()) == 1
