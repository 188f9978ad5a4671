"""A generated module as a file that does not need dpc."""

import ast
import builtins
import dis
import sys
from types import CodeType, FunctionType, ModuleType

import numpy as np
import pytest

from dpc import runtime
from dpc.backends.export import export
from dpc.backends.python import emit
from dpc.errors import ArgumentError
from dpc.ir.library import Library
from dpc.ir.nodes import Object, Slot
from dpc.ir.program import Program
from tests.backends.written import Writer


def exported(program):
    return export(emit(program, Library()), runtime)


def run(text, *args, **kwargs):
    namespace = {}
    exec(text, namespace)
    return namespace["program"](*args, **kwargs)


def imports(text):
    return [
        ast.unparse(s)
        for s in ast.parse(text).body
        if isinstance(s, ast.Import | ast.ImportFrom)
    ]


def test_functions_of_the_runtime_are_written_at_the_top():
    write = Writer()
    g, x = Slot("g"), Slot("x")
    text = exported(write.program([g, x], write("dpc.unbroadcast", g, x)))
    assert "dpc" not in "".join(imports(text))
    found = run(text, np.ones((3, 2)), np.zeros(2))
    assert found.tolist() == [3.0, 3.0]


OFFERED = sorted(name for name, value in vars(runtime).items() if callable(value))


@pytest.mark.parametrize("name", OFFERED)
def test_every_function_of_the_runtime_can_be_written(name):
    write = Writer()
    x = Slot("x")
    text = exported(write.program([x], write(f"dpc.{name}", x)))
    namespace = {}
    exec(text, namespace)
    assert name in namespace
    known = {*namespace, *vars(builtins)}
    for function in list(namespace.values()):
        if isinstance(function, FunctionType):
            assert globals_of(function.__code__) <= known


def globals_of(code):
    """The global names that a function reads, at any depth."""
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    own = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    return own.union(*map(globals_of, inner))


def test_a_program_without_runtime_is_written_as_it_is():
    write = Writer()
    x = Slot("x")
    program = write.program([x], write("np.tanh", x))
    assert exported(program) == emit(program, Library()).text


def test_closure_values_become_keyword_parameters():
    write = Writer()
    x = Slot("x")
    rate = write("operator.mul", x, Object("closure", ("rate",)))
    weights = write("operator.add", rate, Object("closure", ("state", "weights")))
    state = ModuleType("state")
    state.weights = 1.0
    program = write.program([x], weights, rate=2.0, state=state)
    text = exported(program)
    assert "def program(x, *, rate=2.0, state):" in text
    assert "return x * rate + state.weights" in text
    assert run(text, 3.0, state=state) == 7.0
    assert run(text, 3.0, state=state, rate=0.0) == 1.0


def test_a_keyword_parameter_gives_way_to_variables():
    write = Writer()
    x = Slot("x")
    rate = write("math.sin", x, to="rate")
    total = write("operator.add", rate, Object("closure", ("rate",)))
    text = exported(write.program([x], total, rate=2.0))
    assert "def program(x, *, rate_=2.0):" in text
    assert run(text, 0.0) == 2.0


def scoped(scope, variables):
    write = Writer()
    program = write.program([], write("operator.add", Object(scope, ("rate",)), 1))
    return Program(program.function, {}, scopes={scope: variables})


def test_globals_of_main_become_keyword_parameters():
    text = exported(scoped("__main__", {"rate": 2.0}))
    assert imports(text) == []
    assert run(text) == 3.0


def test_modules_of_the_user_are_imported_by_name():
    module = ModuleType("rates_of_the_user")
    module.rate = 2.0
    sys.modules[module.__name__] = module
    try:
        text = exported(scoped(module.__name__, vars(module)))
        assert imports(text) == ["import rates_of_the_user"]
        assert run(text) == 3.0
    finally:
        del sys.modules[module.__name__]


def test_globals_of_modules_that_need_dpc_become_keyword_parameters():
    text = exported(scoped("user", {"rate": 2.0, "runtime": runtime}))
    assert imports(text) == []
    assert run(text, rate=4.0) == 5.0


def test_what_is_compiled_when_it_is_reached_cannot_be_written():
    write = Writer()
    x = Slot("x")
    pair = write("vjp", Object("closure", ("helper",)), x)
    with pytest.raises(ArgumentError, match="vjp"):
        exported(write.program([x], pair, helper=abs))
