"""Text from syntax: the same meaning, few parentheses, and ruff's own layout."""

import ast
import subprocess
import sys
from pathlib import Path

import gast
import pytest

from dpc import runtime
from dpc.backends.marks import BlankLine, CommentLine, Docstring
from dpc.backends.printer import Printer
from tests.backends.expressions import Sentences


def printed(text: str) -> str:
    """The text, read and printed again."""
    body: list[gast.AST] = []
    for statement in gast.parse(text).body:
        body += [statement, BlankLine(), BlankLine()]
    return Printer(gast.Module(body, [])).text


def formatted(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    "text",
    [
        "a - (b - c)",
        "a - b - c",
        "a / (b * c)",
        "-(x**2)",
        "(-x) ** 2",
        "x**-1",
        "(x**y) ** z",
        "x ** y[0]",
        "x ** y**z",
        "(a + b) ** 2",
        "f(x) ** 2",
        "x.size**2",
        "-x * y",
        "-(x * y)",
        "not (a and b)",
        "not a and b",
        "(a or b) and c",
        "a if b else c",
        "(a if b else c) + d",
        "a < b < c",
        "(a < b) == c",
        "(a, b)[0]",
        "[a, *b]",
        "f(*args, **kwargs)",
        "b[:, 0]",
        "x[i + 1 :]",
        "x[i : i + 2, ::2]",
        "x[: n - 1]",
        "x[a.b : c]",
        "x[1:-1, ...]",
        "x[a + 1 :: 2]",
        "x[(1, 2),]",
        "(1).real",
        "(1.5).real",
        "1e9",
        "1e-6",
        "0.001",
        "100.0",
        "2.5e20",
        "(lambda x: x)(1)",
        "[v for v in xs if v]",
        "sum(v * v for v in xs)",
        "{k: v for k, v in d.items()}",
        "'say \"so\"'",
        '"it\'s"',
        "f\"{x}, {y:.3f}, {z!r} and {d['key']}\"",
        "(y := f(x))",
        "a @ b.T",
        "1 + 2j",
    ],
)
def test_expressions_are_printed_as_they_are_written(text):
    assert printed(f"y = {text}") == f"y = {text}\n"


def test_statements_are_printed_as_they_are_written():
    text = '''\
def program(x, /, y=1.0, *rest, key, other=None, **more):
    """A docstring."""
    a, b = x
    (c,) = y
    x[i] += 1
    state.field = a
    for k, (u, v) in enumerate(zip(a, b)):
        if u:
            continue
        elif v:
            pass
        else:
            break
    while not x:
        x = f(x)
    with np.errstate(all="ignore") as state:
        raise ValueError("no")
    assert x, "message"

    def pullback(g):
        return g

    return a, b
'''
    assert printed(text) == text
    assert formatted(text) == text


def test_a_long_signature_is_broken():
    names = ", ".join(f"some_parameter_{k}" for k in range(6))
    for text in (f"def f({names}): pass", f"def f({names}, *, key=None, **more): pass"):
        assert printed(text) == formatted(text)


def test_comments_docstrings_and_blank_lines():
    lines = [
        Docstring("One line."),
        BlankLine(),
        CommentLine("x = f(x)"),
        Docstring("Two\nlines."),
    ]
    expected = '"""One line."""\n\n# x = f(x)\n"""Two\nlines.\n"""\n'
    assert Printer(gast.Module(lines, [])).text == expected


def test_a_long_comment_is_cut_where_the_line_ends():
    text = Printer(gast.Module([CommentLine("x = " + "y + " * 40)], [])).text
    assert len(text.rstrip()) <= 88
    assert text.endswith(" ...\n")


@pytest.mark.parametrize("seed", range(3))
def test_random_statements_mean_the_same_and_look_as_ruff_leaves_them(seed):
    text = Sentences(seed).module(150)
    mine = printed(text)
    assert ast.dump(ast.parse(mine)) == ast.dump(ast.parse(text))
    assert mine == formatted(mine)


def test_the_runtime_survives_being_printed():
    for path in sorted(Path(runtime.__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        again = ast.parse(printed(text))
        for tree in (first := ast.parse(text), again):
            for node in ast.walk(tree):
                _plain(node)
        assert ast.dump(again) == ast.dump(first), path


def _plain(node):
    """Take out what is not printed: annotations; and the layout of docstrings."""
    if isinstance(node, ast.FunctionDef):
        node.returns = None
    if isinstance(node, ast.arg):
        node.annotation = None
    body = getattr(node, "body", None)
    if isinstance(body, list):
        node.body = [_unannotated(s) for s in body if not _is_declaration(s)]
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            if ast.get_docstring(node) is not None:
                node.body[0].value.value = ast.get_docstring(node).strip()
    for name in ("orelse", "finalbody"):
        if isinstance(getattr(node, name, None), list):
            setattr(node, name, [_unannotated(s) for s in getattr(node, name)])


def _is_declaration(statement):
    return isinstance(statement, ast.AnnAssign) and statement.value is None


def _unannotated(statement):
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return ast.Assign([statement.target], statement.value)
    return statement
