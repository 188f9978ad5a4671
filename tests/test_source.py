"""Places in source text, and the smallest place that a message is about."""

import pytest

from dpc.source import Source, Span, call_in, caller_span, keyword_in

TEXT = """\
def f(x):
    y = np.sum(np.unwrap(x)) + g(
        np.roots(x), unwrap(x)
    )
    if h(x):
        k(y)
    elif h(y):
        pass
    return É + np.é(x)
"""
SOURCE = Source.of_text("model.py", TEXT)


def statement(first: int, last: int) -> Span:
    end = len(SOURCE.line(last).encode())
    return Span(SOURCE, first, 4, last, end)


@pytest.mark.parametrize(
    ("span", "name", "text", "line"),
    [
        (statement(2, 4), "np.unwrap", "np.unwrap(x)", 2),
        (statement(2, 4), "numpy.roots", "np.roots(x)", 3),
        (statement(2, 4), "g", "g(\n        np.roots(x), unwrap(x)\n    )", 2),
        (statement(5, 6), "h", "h(x)", 5),
        (statement(5, 6), "k", "k(y)", 6),
        (statement(9, 9), "é", "np.é(x)", 9),
    ],
)
def test_call_within_a_statement(span, name, text, line):
    found = call_in(span, name)
    assert (found.text, found.line) == (text, line)


def test_whole_statement_where_the_call_is_not_written():
    assert call_in(statement(2, 4), "other") == statement(2, 4)
    assert call_in(statement(7, 8), "h") == statement(7, 8)  # `elif` is no statement.


def test_the_caller_is_the_innermost_call_from_elsewhere():
    assert caller_span("dpc").text == 'caller_span("dpc")'
    inner = eval("lambda: caller_span('dpc')", {**globals(), "__name__": "dpc.api"})
    assert inner().text == "inner()"


def test_keyword_of_a_call():
    source = Source.of_text("a.py", '@dpc.grad(wrt="w",\n  branches="hard")')
    call = Span(source, 1, 1, 2, 18)
    assert keyword_in(call, "wrt").text == 'wrt="w"'
    assert keyword_in(call, "branches").text == 'branches="hard"'
    assert keyword_in(call, "loops") == call


def test_lines_end_where_python_ends_them():
    source = Source.of_text("a.py", "a\r\nb\x0cc\rd\u2028e\n")
    assert source.lines == ("a", "b\x0cc", "d\u2028e", "")
    assert source.line(0) == source.line(9) == ""
