"""Second derivatives of every rule as programs take them: by nesting two compilers."""

from typing import Any

import numpy as np
import pytest

from dpc.ir.build import Builder
from dpc.ir.evaluate import evaluate
from dpc.ir.nodes import Derivative, Function, Param, Recipe, Slot
from dpc.ir.program import Program
from dpc.pipeline import expanded
from dpc.rules.all import FAMILIES, LIBRARY, RULES
from dpc.rules.domains import Call
from dpc.transforms.outputs import Request, reverse
from tests import trees
from tests.rules import numbers, programs
from tests.rules.samples import generator, suited
from tests.rules.test_derivatives import primal

OURS = [rule for family in FAMILIES for rule in family if rule.kind == "elementwise"]
# A weight beside its test, which does not broadcast.
BESIDE = {"dpc.against"}
KEYS = sorted({key for rule in OURS for key in rule.keys} - BESIDE)
SAMPLE = {
    "np.tanh",
    "np.hypot",
    "operator.truediv",
    "math.pow",
    "np.maximum",
    "scipy.special.gammaln",
}


def nested(key: str, call: Call) -> tuple[Program, list[Any], list[str]]:
    """The program of `sum(v * grad(sum(u * fn(operands))))`, and its arguments."""
    made = programs.program(key, call, programs.KNOWN)
    build: Builder = made.build
    out = made.run(made.out, {})
    tested = [name for name in made.tested if numbers.is_floating(made.values[name])]
    extra: dict[Slot, Any] = {}

    def given(name: str, value: Any) -> Slot:
        slot = made.input(name, value, programs.KNOWN)
        extra[slot] = value
        return slot

    rng = generator(key, "nested")
    weights = given("u", numbers.drawn_like(rng, out))
    total = build.apply("np.sum", build.apply("operator.mul", made.out, weights))
    region = tuple(build.block)
    build.block.clear()
    inner = [made.params[name] for name in tested]
    outer = [build.slot(slot.name, build.fact(slot)) for slot in inner]
    targets = [build.slot(f"{slot.name}_grad", build.fact(slot)) for slot in inner]
    recipe = Recipe("grad", tuple(slot.name for slot in inner), single=False)
    parts = tuple(inner), tuple(outer), region, total, "f"
    build.emit(Derivative(tuple(targets), recipe, *parts))
    result = None
    for name, target in zip(tested, targets, strict=True):
        v = given(f"{name}_direction", numbers.drawn_like(rng, made.values[name]))
        term = build.apply("np.sum", build.apply("operator.mul", target, v))
        result = term if result is None else build.apply("operator.add", result, term)
    others = [slot for name, slot in made.params.items() if name not in tested]
    params = tuple(map(Param, (*outer, *others, *extra)))
    function = Function("g", params, tuple(build.block), result)
    values = [made.values[n] for n in (*tested, *(s.name for s in others))]
    return Program(function, build.facts), [*values, *extra.values()], tested


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, marks=[] if key in SAMPLE else [pytest.mark.slow])
        for key in KEYS
    ],
)
def test_second_derivatives_are_those_of_differences(key: str) -> None:
    for call in suited(RULES[key], key):
        operands = *call.args, *call.kwargs.values(), primal(key, call)
        if not all(map(_is_double, operands)):
            continue
        with np.errstate(all="ignore"):
            program, args, tested = nested(key, call)
            if not tested:
                continue
            first = expanded(program)
            request = Request("grad", tuple(tested), single=False)
            second = reverse(first, request, RULES, LIBRARY)
            found = evaluate(second, trees.copied(args))
            for place, bar in enumerate(found):

                def value(at: Any, place: int = place, args: Any = args) -> float:
                    moved = [*args[:place], at, *args[place + 1 :]]
                    return float(evaluate(first, trees.copied(moved)))

                for path, index, slope in numbers.slopes(value, args[place]):
                    mine = numbers.at(bar, path, index)
                    np.testing.assert_allclose(mine, slope, 1e-5, 1e-6, str(call))


def _is_double(value: Any) -> bool:
    dtype = np.asarray(value).dtype
    return dtype.kind in "biuf" and dtype.itemsize not in (2, 4)
