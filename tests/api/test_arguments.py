"""Options and `wrt` that do not exist or fit are refused, and the message says why."""

import numpy as np
import pytest

import dpc


def program(x, n=2):
    return np.sum(x**n)


WRONG = ["y", 2, -3, ("x", "x"), ("x", 0), (), 1.5, None, ["x"]]


@pytest.mark.parametrize("wrt", WRONG)
def test_wrt_that_does_not_fit(wrt):
    with pytest.raises(dpc.ArgumentError) as raised:
        dpc.grad(program, wrt=wrt, branches="hard")(np.ones(2))
    assert "wrt" in str(raised.value)


def test_a_misspelt_name_is_answered_with_the_parameters():
    with pytest.raises(dpc.ArgumentError, match="x"):
        dpc.grad(program, wrt="xx", branches="hard")


@pytest.mark.parametrize(
    "options",
    [
        {"branches": "medium"},
        {"loops": "softly"},
        {"temperature": -0.5},
        {"temperature": True},
        {"max_steps": 0},
        {"backend": "torch"},
        {"checkpoint": "cube"},
        {"checkpoint": 0},
        {"checkpoint": ("revolve", 0)},
    ],
)
def test_options_that_do_not_exist_or_are_not_built(options):
    with pytest.raises(dpc.ArgumentError) as raised:
        dpc.grad(program, **{"branches": "hard", **options})
    assert next(iter(options)) in str(raised.value)


def test_an_unknown_option():
    with pytest.raises((dpc.ArgumentError, TypeError)):
        dpc.grad(program, speed="fast")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"branches": "hard"},
        {"loops": "unrolled"},
        {"backend": "numpy"},
        {"backend": "auto"},
        {"checkpoint": None},
    ],
)
def test_options_at_what_exists(options):
    assert dpc.grad(program, **options)(np.ones(2)).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("thing", [3, "program", None, [program]])
def test_what_is_not_callable(thing):
    with pytest.raises((dpc.ArgumentError, TypeError)):
        dpc.grad(thing, wrt=0)(np.ones(2))


NO_FLOATS = [np.arange(2), 3, "text", None, True, [1, "a"], {}]


@pytest.mark.parametrize("argument", NO_FLOATS)
def test_an_argument_without_a_floating_leaf(argument):
    with pytest.raises(dpc.ArgumentError) as raised:
        dpc.grad(program, branches="hard")(argument)
    assert "x" in str(raised.value)


def test_an_object_that_is_no_container_is_refused():
    with pytest.raises(dpc.ArgumentError):
        dpc.grad(program, branches="hard")(object())


def test_every_error_derives_from_one():
    for name in ("UnsupportedError", "NoRuleError", "SourceError", "ArgumentError"):
        assert issubclass(getattr(dpc, name), dpc.DpcError)
