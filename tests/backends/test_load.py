"""Generated text as running code: its lines, its array module, the user's variables."""

import inspect
import linecache
import sys
import traceback
from types import ModuleType

import numpy as np
import pytest

from dpc.backends.load import Live, load, register
from dpc.backends.python import emit
from dpc.ir.library import Library
from dpc.ir.nodes import Function, Object, Param, Slot
from dpc.ir.program import Program
from tests.backends.written import Writer, runtime


def loaded(program, arrays=np, runtime=runtime):
    return load(emit(program, Library()), runtime, arrays)["program"]


def test_tracebacks_show_the_lines_of_the_text():
    write = Writer()
    x = Slot("x")
    y = write("operator.truediv", 1, x, to="y")
    function = loaded(write.program([x], y))
    with pytest.raises(ZeroDivisionError) as caught:
        function(0)
    (frame,) = traceback.extract_tb(caught.tb)[-1:]
    assert frame.line == "y = 1 / x"
    assert frame.filename.startswith("<dpc program ")


def test_inspect_finds_the_text():
    write = Writer()
    x = Slot("x")
    function = loaded(write.program([x], write("operator.add", x, 1)))
    assert inspect.getsource(function) == "def program(x):\n    return x + 1\n"


def test_the_pseudo_file_is_the_same_for_the_same_text_and_is_not_forgotten():
    name = register("x = 1\n", "f")
    assert register("x = 1\n", "f") == name
    assert register("x = 2\n", "f") != name
    linecache.checkcache()
    assert linecache.getline(name, 1) == "x = 1\n"


def test_np_is_the_array_module_of_the_call():
    write = Writer()
    x = Slot("x")
    program = write.program([x], write("np.tanh", x))
    strange = ModuleType("strange")
    strange.tanh = lambda value: ("strange", value)
    assert loaded(program, strange)(1) == ("strange", 1)
    assert loaded(program)(0.0) == 0.0


def test_closures_are_read_when_called_and_never_written():
    write = Writer()
    cell = (lambda: cell_value).__closure__[0] if (cell_value := 1.0) else None
    rate = write("operator.add", Object("closure", ("rate",)), 1)
    program = write.program([], rate, rate=cell)
    function = loaded(program)
    assert function() == 2.0
    cell.cell_contents = 5.0
    assert function() == 6.0


def test_globals_of_a_module_are_read_when_called():
    module = ModuleType("a_module_of_the_user")
    module.rate = 1.0
    sys.modules[module.__name__] = module
    try:
        function = loaded(_reading(module.__name__, vars(module)))
        assert function() == 2.0
        module.rate = 2.0
        assert function() == 3.0
    finally:
        del sys.modules[module.__name__]


def test_globals_without_a_module_are_read_when_called():
    variables = {"rate": 1.0}
    function = loaded(_reading("package.not_imported", variables))
    assert function() == 2.0
    variables["rate"] = 2.0
    assert function() == 3.0


def _reading(scope, variables):
    write = Writer()
    result = write("operator.add", Object(scope, ("rate",)), 1)
    program = write.program([], result)
    return Program(program.function, {}, scopes={scope: variables})


def test_the_text_imports_what_it_uses_and_nothing_else():
    write = Writer()
    x = Slot("x")
    value = write("np.tanh", write("math.sin", x))
    value = write("dpc.unbroadcast", value, Object("package.rates", ("rate",)))
    value = write("scipy.special.expit", value)
    text = emit(write.program([x], value), Library()).text
    lines = [line for line in text.split("\n") if "import" in line]
    assert lines == [
        "import math",
        "import numpy as np",
        "import scipy.special",
        "from dpc.runtime import unbroadcast",
        "from package import rates",
    ]
    plain = emit(Writer().program([], None), Library()).text
    assert "import" not in plain


def test_functions_of_the_runtime_come_from_where_they_are_asked_for():
    write = Writer()
    x = Slot("x")
    program = write.program([x], write("dpc.sigmoid", x))
    found = {"sigmoid": lambda value: ("sigmoid", value)}
    assert loaded(program, runtime=found.__getitem__)(1) == ("sigmoid", 1)


@pytest.mark.parametrize("name", ["absent", "unassigned"])
def test_a_variable_that_does_not_exist_is_a_name_error(name):
    def unassigned():
        return later

    live = Live({"unassigned": unassigned.__closure__[0]})
    with pytest.raises(NameError, match=name):
        getattr(live, name)
    if unassigned is None:
        later = 1


def test_a_live_variable_is_not_written():
    with pytest.raises(AttributeError, match="not write"):
        Live({"rate": 1.0}).rate = 2.0


def test_signatures_are_those_of_the_primal():
    names = ["x", "rest", "rate", "more"]
    kinds = ["positional", "args", "keyword", "kwargs"]
    defaults = [None, None, "0.5", None]
    params = tuple(
        Param(Slot(n), k, d) for n, k, d in zip(names, kinds, defaults, strict=True)
    )
    function = Function("program", params, (), params[2].slot)
    assert str(inspect.signature(loaded(Program(function, {})))) == (
        "(x, *rest, rate=0.5, **more)"
    )
