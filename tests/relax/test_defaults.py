"""What holds where no option is given: soft branches, of which the first is told."""

import logging

import numpy as np
import pytest

import dpc
from dpc.options import Options
from tests.programs.corpus import CORPUS


def test_the_defaults():
    plain = Options()
    assert (plain.branches, plain.loops) == ("soft", "unrolled")
    assert (plain.temperature, plain.max_steps) == (1.0, 100)


def heated(temp: float, target: float):
    power = 3.0 if temp < target else 0.2 * temp
    return power * power


def test_no_option_means_soft_at_temperature_one():
    given = {"branches": "soft", "loops": "unrolled", "temperature": 1.0}
    said = dpc.value_and_grad(heated, wrt=(0, 1), **given, max_steps=100)
    assert dpc.value_and_grad(heated, wrt=(0, 1))(1.0, 2.0) == said(1.0, 2.0)
    assert dpc.vjp(heated, 1.0, 2.0)[0] == said(1.0, 2.0)[0]
    assert dpc.check_grad(heated, 1.0, 2.0, wrt=(0, 1)) < 1e-8


def test_the_first_relaxation_that_nobody_asked_for_is_logged_once(caplog):
    def chosen(x: float, c: float):
        return x * x if x > c else 3 * x

    for _ in range(2):
        derivative = dpc.grad(chosen)
        derivative(1.0, 2.0)
        derivative(np.float32(1.0), 2.0)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("dpc", logging.WARNING)
    title, *lines, hint = record.getMessage().split("\n")
    assert "chosen (tests/relax/test_defaults.py:" in title
    assert [line.partition(": ")[2] for line in lines] == [
        "the test is relaxed, and blends its values"
    ]
    assert 'branches="hard"' in hint


def test_nothing_is_logged_where_it_was_asked_for_or_nothing_is_relaxed(caplog):
    def chosen(x: float, c: float):
        return x * x if x > c else 3 * x

    def by_count(x: float, n: int):
        return x * x if n > 2 else 3 * x

    dpc.grad(chosen, branches="soft")(1.0, 2.0)
    dpc.grad(chosen, temperature=1.0)(1.0, 2.0)
    dpc.grad(chosen, branches="hard")(1.0, 2.0)
    dpc.soften(chosen)(1.0, 2.0)
    dpc.grad(by_count)(1.0, 2)
    assert not caplog.records


def agree(name):
    """The default and hard branches give one text where no test is relaxed."""
    case = CORPUS[name]
    args, keywords = case.args(), case.keywords()
    hard = dpc.value_and_grad(case.function, wrt=case.wrt, branches="hard")
    try:
        soft = dpc.value_and_grad(case.function, wrt=case.wrt)
        variant = soft.specialize(*args, **keywords)
    except (dpc.UnsupportedError, dpc.SoftMergeError):
        return False
    if "relaxed" in variant.report:
        return False
    assert variant.source == hard.specialize(*args, **keywords).source
    return True


@pytest.mark.parametrize("name", sorted(CORPUS)[::40])
def test_a_test_that_does_not_vary_costs_nothing(name, capsys):
    agree(name)


@pytest.mark.slow
def test_no_program_of_the_corpus_is_changed_but_by_relaxed_tests(capsys):
    assert sum(map(agree, CORPUS)) > 0.85 * len(CORPUS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_relaxed_in_the_corpus_is_right_or_refused(capsys):
    checked = 0
    for case in CORPUS.values():
        try:
            derivative = dpc.value_and_grad(case.function, wrt=case.wrt)
            variant = derivative.specialize(*case.args(), **case.keywords())
            if "relaxed" not in variant.report:
                continue
            dpc.check_grad(derivative, *case.args(), kwargs=case.keywords(), rtol=1e-4)
        except (dpc.UnsupportedError, dpc.SoftMergeError):
            continue
        checked += 1
    assert checked >= 25
