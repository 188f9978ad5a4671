"""The table of the language: every row says what it refuses and what to write."""

import linecache
import textwrap
from types import FunctionType

import pytest

from dpc.errors import UnsupportedError
from dpc.frontend.constructs import CONSTRUCTS, Construct, Status
from dpc.frontend.read import read
from dpc.frontend.subset import scan, table


def define(body: str, filename: str = "<example>") -> FunctionType:
    """A function of x and y with this body, as a notebook would define it."""
    text = "def f(x, y):\n" + textwrap.indent(body, "    ") + "\n"
    if "nonlocal" in body:
        text = "def outer(total):\n" + textwrap.indent(text, "    ") + "    return f\n"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, FunctionType] = {}
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)
    return namespace["outer"](0.0) if "outer" in namespace else namespace["f"]


def parses(construct: Construct) -> bool:
    try:
        compile(construct.example, "", "exec")
    except SyntaxError as error:
        # Statements that only stand in functions compile there; newer syntax does not.
        return "outside" in str(error) or "module level" in str(error)
    return True


SOME = [construct for construct in CONSTRUCTS if parses(construct)]


@pytest.mark.parametrize(
    "construct", [c for c in SOME if c.status is Status.ACCEPTED], ids=lambda c: c.name
)
def test_accepted_examples_pass(construct):
    scan(read(define(construct.example)))


@pytest.mark.parametrize(
    "construct",
    [c for c in SOME if c.status is not Status.ACCEPTED],
    ids=lambda c: c.name,
)
def test_other_examples_are_refused_by_their_own_row(construct):
    with pytest.raises(UnsupportedError) as caught:
        scan(read(define(construct.example)))
    diagnostic = caught.value.diagnostic
    assert diagnostic.title == construct.title
    assert diagnostic.label == construct.label
    assert diagnostic.hint and "{names}" not in diagnostic.hint
    if construct.status is Status.NOT_YET:
        assert "yet" in diagnostic.title


def test_every_refused_row_has_a_message_and_a_rewrite():
    for construct in CONSTRUCTS:
        if construct.status is not Status.ACCEPTED:
            assert construct.title and construct.label and construct.hint
            assert len(construct.title) <= 72


def test_no_node_class_is_in_two_rows():
    keys = [key for construct in CONSTRUCTS for key in construct.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("body", "text", "line"),
    [
        ("y = x\ntry:\n    z = x\nfinally:\n    y = 0", "try", 3),
        ("class A(dict):\n    z = 1", "class", 2),
        ("async def g():\n    await x", "async def", 2),
        ("match x:\n    case _:\n        y = 1", "match", 2),
        ("z = (a async for a in x)", "(a async for a in x)", 2),
        ("z = 1 + eval('x')", "eval('x')", 2),
        ("z = [i for i in {a for a in x}]", "{a for a in x}", 2),
        ("if x:\n    for i in y:\n        z = (yield i)", "yield i", 4),
        ("z = lambda: (yield)", "yield", 2),
        ("def g():\n    import numpy\nreturn g", "import numpy", 3),
        ("del x, y[0]", "del x, y[0]", 2),
    ],
)
def test_caret_is_under_the_smallest_range(body, text, line):
    with pytest.raises(UnsupportedError) as caught:
        scan(read(define(body)))
    span = caught.value.diagnostic.span
    assert (span.text, span.line) == (text, line)


def test_the_first_offence_of_the_file_is_reported():
    with pytest.raises(UnsupportedError, match=r":3:5: `try` cannot"):
        scan(read(define("y = 1\ntry:\n    yield 1\nexcept ValueError:\n    del y")))


@pytest.mark.parametrize(
    "body",
    [
        "eval = x\nz = eval(y)",
        "def compile(a):\n    return a\nz = compile(y)",
        "z = x.eval(y)",
        "z = [locals(1) for locals in x]",
        "z: eval('x') = 1",
    ],
)
def test_names_are_resolved_not_spelt(body):
    scan(read(define(body)))


def test_builtins_under_their_own_name_in_globals_are_refused():
    f = define("return eval(x)")
    f.__globals__["eval"] = eval
    with pytest.raises(UnsupportedError):
        scan(read(f))
    f.__globals__["eval"] = abs
    scan(read(f))


def test_defaults_and_annotations_do_not_run_in_the_function():
    def f(x: eval("float") = eval("1.0")) -> eval("float"):
        return x

    scan(read(f))


def test_hints_are_in_the_words_of_the_user():
    for body, rewrite in [
        ("s = {a * x for a in y}", "[a * x for a in y]"),
        ("del y[x + 1]", "y.pop(x + 1)"),
        ("del y[1:2]", "y = y[:start] + y[stop:]"),
        ("yield from x", "values.extend(x)"),
        ("global step, count", "`step, count`"),
    ]:
        with pytest.raises(UnsupportedError) as caught:
            scan(read(define(body)))
        assert rewrite in caught.value.diagnostic.hint


def test_table_is_markdown_with_all_rows():
    lines = table().splitlines()
    assert len(lines) == len(CONSTRUCTS) + 2
    assert all(line.count(" | ") == 2 for line in lines)
    assert not any("{names}" in line or "{value}" in line for line in lines)
