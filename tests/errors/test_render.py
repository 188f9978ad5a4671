"""The renderer: one layout for every diagnostic."""

import copy
import pickle

import pytest

import dpc.errors
from dpc.errors import (
    ArgumentError,
    Diagnostic,
    DpcError,
    InternalError,
    UnsupportedError,
    nearest,
    render,
    shown_path,
)
from dpc.source import Source, Span, definition_span


def lines_of(text, *places, **more):
    span = Span(Source.of_text("model.py", text), *places)
    return render(Diagnostic("title", "label", span, **more)).splitlines()


def test_layout():
    text = "\n".join(["", "def f(x):", "    return x ? 2"])
    shown = lines_of(text, 3, 13, 3, 14, notes=("first", "second"), hint="write\n  it")
    assert shown == [
        "model.py:3:14: title",
        "",
        "  3 |     return x ? 2",
        "    |              ^ label",
        "",
        "  note: first",
        "  note: second",
        "  hint: write",
        "          it",
    ]


def test_a_span_of_many_lines_marks_the_first():
    assert lines_of("f(a,\n  b)  \n", 1, 0, 2, 4)[2:] == [
        "  1 | f(a,",
        "    | ^^^^ label",
    ]


def test_columns_count_characters_and_carets_count_cells():
    text = "\té = '日本', x"
    start = len("\té = ".encode())
    stop = len("\té = '日本'".encode())
    assert lines_of(text, 1, start, 1, stop) == [
        "model.py:1:6: title",
        "",
        "  1 | \té = '日本', x",
        "    | \t    ^^^^^^ label",
    ]


def test_gutter_is_as_wide_as_the_number():
    shown = lines_of("\n" * 99 + "x", 100, 0, 100, 1)
    assert shown[2:] == ["  100 | x", "      | ^ label"]


def test_empty_span_still_has_a_caret():
    assert lines_of("x", 1, 1, 1, 1)[3] == "    |  ^ label"


def test_without_label_and_without_span():
    source = Source.of_text("a.py", "x")
    assert render(Diagnostic("title", "", Span(source, 1, 0, 1, 1))).endswith("| ^")
    assert render(Diagnostic("title", "label", None)) == "title: label"


def test_without_span_the_call_of_dpc_is_shown():
    error = ArgumentError(Diagnostic("title", "", None))
    assert error.diagnostic.span.text == 'ArgumentError(Diagnostic("title", "", None))'
    assert __file__.endswith(shown_path(error.diagnostic.span.source.filename)[-20:])


def test_definition_of_a_function_is_its_name():
    span = definition_span(test_layout)
    assert (span.text, span.source.line(span.line)) == (
        "test_layout",
        "def test_layout():",
    )
    decorated = definition_span(fixture_with_a_decorator)
    assert decorated.text == "fixture_with_a_decorator"
    assert definition_span(lambda: 1).text.startswith("assert definition_span(lambda")
    assert definition_span(len) is None


@pytest.mark.usefixtures()
def fixture_with_a_decorator(): ...


def test_errors_are_named_as_users_import_them():
    for name in dpc.errors.__dict__:
        cls = getattr(dpc.errors, name)
        if isinstance(cls, type) and issubclass(cls, Exception):
            assert issubclass(cls, DpcError)
            assert cls.__module__ == "dpc"


def test_a_fault_of_dpc_says_so_and_asks_for_a_report():
    shown = str(InternalError(Diagnostic("no printer for node", "", None)))
    assert "fault of dpc" in shown and "report" in shown


def test_errors_travel_between_processes():
    error = UnsupportedError(Diagnostic("title", "label", None, ("note",), "hint"))
    assert str(copy.copy(error)) == str(error)
    # By import path, as everything that has a public name.
    assert pickle.dumps(error.diagnostic)


def test_paths_are_relative_below_the_working_directory(monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shown_path(str(tmp_path / "a" / "b.py")) == "a/b.py"
    monkeypatch.chdir(tmp_path / "a")
    assert shown_path(str(tmp_path / "c.py")) == str(tmp_path / "c.py")
    assert shown_path("<ipython-input-1>") == "<ipython-input-1>"


def test_nearest_name():
    assert nearest("weight", ["x", "weights"]) == "weights"
    assert nearest("q", ["alpha", "beta"]) is None
