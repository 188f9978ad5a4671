"""A pass alone: what it does to the gradient of a program, as a difference of texts."""

import difflib
import inspect
from collections.abc import Callable
from typing import Any

from dpc import pipeline
from dpc.derived import COMPILERS
from dpc.frontend.read import read
from dpc.ir.check import check
from dpc.ir.nodes import Function
from dpc.ir.show import show
from dpc.signature import Symbols, fact_of
from dpc.transforms.outputs import Request, reverse
from dpc.wrt import choose


def change(
    optimise: pipeline.Pass, function: Callable[..., Any], args: Any, options: Any
) -> str:
    """The lines that a pass takes out and puts in, with a line around them.

    options: `wrt`, and what else `value_and_grad` takes that is not the default.

    A pass that is run more than once is taken where it first changes something.
    """
    before, after = _around(optimise, function, args, options)
    lines = difflib.unified_diff(
        show(before).splitlines(), show(after).splitlines(), n=1, lineterm=""
    )
    shown = ["..." if line.startswith("@@") else line for line in lines]
    return "\n".join(line.rstrip() for line in shown[3:])


def _around(
    optimise: pipeline.Pass, function: Callable[..., Any], args: Any, options: Any
) -> tuple[Function, Function]:
    signature, symbols = inspect.signature(function), Symbols()
    names = signature.bind(*args).arguments
    facts = {name: fact_of(value, symbols) for name, value in names.items()}
    chosen = choose(options.get("wrt", 0), signature, None)
    request = Request("value_and_grad", chosen.names, chosen.single)
    primal = pipeline.lifted(read(function), facts, (), COMPILERS)
    if options.get("branches") == "soft":
        primal = pipeline.relaxed(primal, request, 1.0, None)
    primal = pipeline.expanded(primal)
    program = reverse(primal, request, pipeline.RULES, pipeline.LIBRARY)
    current, found = program.function, None
    for each in pipeline.PASSES:
        new = each(current, program.facts, pipeline.LIBRARY)
        check(new, program.facts)
        if each is optimise and (found is None or show(found[0]) == show(found[1])):
            found = current, new
        current = new
    assert found is not None
    return found
