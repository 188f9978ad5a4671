"""Programs of one call with their adjoints and tangents, built from the rule alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.evaluate import evaluate
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Assign, Atom, Const, Function, Param, Slot
from dpc.rules.all import LIBRARY, RULES
from dpc.rules.apply import cotangents, materialised
from dpc.rules.composed import Sweep
from dpc.rules.domains import Call
from dpc.rules.pushed import tangent
from dpc.rules.ruleset import Refused, Rule
from dpc.rules.trace import NOT_KNOWN, Traced
from tests.rules import known, numbers

# Floating operands that programs write as literals.
LITERALS = {"ord", "q"}

FactOf = Callable[[Any], Fact]


def nothing_known(value: Any) -> Fact:
    """As in a function without annotations, before its first call."""
    return F.ANY


@dataclass
class Program:
    """`out = fn(operands)` under construction, with a parameter a floating operand."""

    key: str
    rule: Rule
    build: Builder
    call: Apply
    out: Slot
    params: dict[str, Slot]  # by the names of the primal's parameters
    values: dict[str, Any]

    @property
    def tested(self) -> dict[str, Any]:
        """The operands whose derivatives are compared, by name."""
        known = derived_in(self) - set(self.rule.constant)
        return {name: value for name, value in self.values.items() if name in known}

    def run(self, result: Atom, extra: dict[Slot, Any]) -> Any:
        """Evaluate up to `result`, which may use further parameters."""
        slots = [*self.params.values(), *extra]
        params = tuple(Param(slot) for slot in slots)
        code = Function("f", params, tuple(self.build.block), result)
        with np.errstate(all="ignore"):
            return evaluate(code, [*self.values.values(), *extra.values()])

    def input(self, name: str, value: Any, fact_of: FactOf) -> Slot:
        """A further parameter."""
        return self.build.slot(name, fact_of(value))


def serving(rule: Rule, sample: Call) -> Rule:
    """The rule, or the one beside it that has the operands of this call."""
    try:
        rule.bind(sample.args, sample.kwargs)
    except Refused:
        return rule.otherwise or rule
    return rule


def program(key: str, sample: Call, fact_of: FactOf) -> Program:
    """The call itself. Operands that are not floating stand in it as literals."""
    rule, build = serving(RULES[key], sample), Builder(LIBRARY)
    params: dict[str, Slot] = {}
    values: dict[str, Any] = {}

    def atom(name: str, value: Any) -> Atom:
        fixed = not numbers.has_floating(value) and not isinstance(value, np.ndarray)
        if fixed or (name in LITERALS and not key.startswith("scipy.stats")):
            return Const(value)
        params[name] = build.slot(name, fact_of(value))
        values[name] = value
        return params[name]

    names = list(
        rule.operands[: rule.variadic] if rule.variadic >= 0 else rule.operands
    )
    names += [f"*{i}" for i in range(len(sample.args))]
    args = tuple(atom(n, a) for n, a in zip(names, sample.args, strict=False))
    kwargs = tuple((n, atom(n, a)) for n, a in sample.kwargs.items())
    call = Apply(key, args, kwargs)
    out = build.assign(Slot("out"), call)
    build.simplify = True
    return Program(key, rule, build, call, out, params, values)


def derived_in(made: Program) -> set[str]:
    """The floating operands in which the rule has, or denies, a derivative."""
    rule, names = made.rule, set(made.params)
    if rule.kind != "elementwise" or rule.variadic >= 0:
        return names
    build = Builder(LIBRARY, dict(made.build.facts))
    bound = {
        name: Traced(build, atom) if isinstance(atom, Slot) else atom.value
        for name, atom in rule.bind(made.call.args, dict(made.call.kwargs)).items()
    }
    slopes = rule.body(**bound, out=Traced(build, made.out))
    slopes = slopes if isinstance(slopes, tuple) else (slopes,)
    pairs = zip(rule.operands, slopes, strict=False)
    return names - {name for name, slope in pairs if slope is NOT_KNOWN}


def adjoints(made: Program, g: Atom) -> dict[str, Atom]:
    """The cotangents of the parameters, in full shape."""
    names: dict[Any, str] = {slot: name for name, slot in made.params.items()}
    known = derived_in(made)
    wanted = lambda atom: names.get(atom) in known
    found = cotangents(made.build, made.rule, made.call, made.out, g, wanted=wanted)
    out: dict[str, Atom] = {}
    for operand, amounts in found.items():
        if operand in names:
            total = amounts[0]
            for amount in amounts[1:]:
                total = made.build.apply("operator.add", total, amount)
            if made.build.fact(operand).kind not in ("list", "tuple", "any"):
                total = materialised(made.build, total, operand)
            out[names[operand]] = total
    return out


@dataclass
class Prepared:
    """A program with its adjoints, and what it is run with."""

    program: Program
    bars: dict[str, Atom]
    given: dict[Slot, Any]

    def run(self) -> tuple[dict[str, Any], Program]:
        """Cotangents of the floating operands by name."""
        result = self.program.build.apply("tuple", *self.bars.values())
        found = self.program.run(result, self.given)
        return dict(zip(self.bars, found, strict=True)), self.program


def prepared(key: str, sample: Call, u: Any, fact_of: FactOf) -> Prepared:
    """The program of a call with its adjoints for the cotangent `u`."""
    made = program(key, sample, fact_of)
    g = made.input("out_bar", u, fact_of)
    return Prepared(made, adjoints(made, g), {g: u})


def reverse(
    key: str, sample: Call, u: Any, fact_of: FactOf
) -> tuple[dict[str, Any], Program]:
    """Cotangents of the floating operands by name, for the cotangent `u`."""
    return prepared(key, sample, u, fact_of).run()


def forward(key: str, sample: Call, dots: dict[str, Any], fact_of: FactOf) -> Any:
    """The tangent of the result, for tangents of operands by name."""
    made = program(key, sample, fact_of)
    slots = {n: made.input(f"{n}_dot", v, fact_of) for n, v in dots.items()}
    result = tangent(made.build, made.rule, made.call, made.out, dict(slots))
    return made.run(result, {slots[n]: v for n, v in dots.items()})


def second_order(
    key: str, sample: Call, u: Any, v: dict[str, Any], fact_of: FactOf
) -> dict[str, Any]:
    """The gradient of `sum(v * x_bar(u))` in the operands: reverse over reverse."""
    made = program(key, sample, fact_of)
    build = made.build
    g = made.input("out_bar", u, fact_of)
    bars = adjoints(made, g)
    steps = [s for s in build.block if isinstance(s, Assign)]
    steps = [s for s in steps if isinstance(s.value, Apply)]
    sweep = Sweep(build, steps, {g, *(made.params[n] for n in derived_in(made))})
    directions = {n: made.input(f"{n}_direction", v[n], fact_of) for n in bars}
    for name, bar in bars.items():
        sweep.add(bar, directions[name])
    sweep.run()
    wanted = {n: s for n, s in made.params.items() if s in sweep.found}
    result = build.apply("tuple", *(sweep.found[slot] for slot in wanted.values()))
    extra = {g: u, **{directions[n]: v[n] for n in bars}}
    return dict(zip(wanted, made.run(result, extra), strict=True))


KNOWN, UNKNOWN = known.fact_of, nothing_known
