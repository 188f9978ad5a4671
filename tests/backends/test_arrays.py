"""Which array module a call runs on."""

import sys
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest

from dpc.backends.arrays import array_module, counterpart
from dpc.errors import ArgumentError


@pytest.fixture
def cupy(monkeypatch):
    """A module by the name of CuPy, with arrays of its own."""
    module = ModuleType("cupy")
    module.ndarray = type("ndarray", (), {})
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module


@dataclass
class State:
    weights: object


def test_numpy_is_the_default():
    assert array_module("auto", 1.0, np.ones(2), "text") is np
    assert array_module("auto") is np


def test_arrays_of_cupy_are_found_in_containers(cupy):
    array = cupy.ndarray()
    for value in (array, [array], {"w": (1.0, array)}, State(array)):
        assert array_module("auto", value) is cupy


def test_a_backend_may_be_asked_for(cupy):
    assert array_module("cupy", 1.0) is cupy
    assert array_module("numpy", 1.0) is np


def test_arrays_of_both_are_refused(cupy):
    with pytest.raises(ArgumentError, match="cannot be mixed"):
        array_module("auto", np.ones(2), [cupy.ndarray()])


def test_scipy_gives_way_to_its_counterpart_on_the_device(cupy, monkeypatch):
    names = ["cupyx", "cupyx.scipy", "cupyx.scipy.special"]
    made = {name: ModuleType(name) for name in names}
    for name, module in made.items():
        module.__path__ = []
        monkeypatch.setitem(sys.modules, name, module)
    special = made["cupyx.scipy.special"]
    assert counterpart("scipy.special", cupy, whole=True) is special
    assert counterpart("scipy.special", cupy, whole=False) is made["cupyx.scipy"]
    assert counterpart("scipy.special", np, whole=False) is None
    assert counterpart("math", cupy, whole=False) is None
    assert counterpart("numpy", cupy, whole=False) is cupy
