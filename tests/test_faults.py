"""A fault of dpc itself says so, where it was, and what to do."""

import pytest

import dpc
import dpc.pipeline
from dpc.errors import InternalError


def loss(x: float):
    y = x * 2
    return y * x


def broken(function, facts, library):
    raise KeyError("slot")


def test_a_fault_of_a_pass(monkeypatch):
    monkeypatch.setattr(dpc.pipeline, "PASSES", (broken,))
    with pytest.raises(InternalError) as raised:
        dpc.grad(loss, branches="hard")(1.0)
    text = str(raised.value)
    assert "the compiler has failed: KeyError: 'slot'" in text
    assert f"test_faults.py:{loss.__code__.co_firstlineno}" in text
    assert "raised in tests.test_faults:" in text
    assert "fault of dpc, not of your program" in text


def test_a_fault_at_a_statement_shows_the_statement(monkeypatch):
    def adjoint(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("dpc.transforms.reverse.cotangents", adjoint)
    with pytest.raises(InternalError) as raised:
        dpc.grad(loss, branches="hard")
    assert "return y * x" in str(raised.value)


def test_errors_of_the_program_are_not_faults():
    with pytest.raises(NameError):
        dpc.grad(lambda x: nowhere * x, branches="hard")(1.0)  # noqa: F821
