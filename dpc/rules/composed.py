"""Functions that are stated as array code: both modes and all orders follow from it.

`np.ediff1d(x)` is `x.ravel()[1:] - x.ravel()[:-1]`, whoever computes it. The primal
stays the call that the user wrote; a derivative traces the composition, beside the
primal, and goes through its steps. What of it no adjoint reads is dropped later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Fact
from dpc.ir.library import Infer, Library
from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot
from dpc.rules import results
from dpc.rules.apply import as_real, cotangents, materialised_part
from dpc.rules.known import array_of
from dpc.rules.nested import fact_of
from dpc.rules.pushed import bound_by, tangent
from dpc.rules.results import UNKNOWN, literal
from dpc.rules.ruleset import Body, Refused, Rule, RuleSet
from dpc.rules.trace import Traced, atom_of

CONTAINERS = ("tuple", "list")
# Attributes that vary with what they are of; the others are its shape and the like.
PARTS = ("T", "mT", "real", "imag")


class RankUnknown(Exception):
    """The array code depends on the number of axes, which is not known yet."""


def rank_of(x: Any, name: str) -> int:
    """The number of axes of an operand. Where nothing is known of it, the program that
    is written refuses to run; the variant for its arguments knows it."""
    rank = array_of(fact_of(x)).rank
    if rank is None:
        raise RankUnknown(f"how many axes the operand of {name} has")
    return rank


class Registry:
    """The rules and primitives of all families, known once these are merged."""

    rules: Mapping[str, Rule] = {}
    library: Library = Library()
    # How often users have declared a rule, or a program has taken in the body of one.
    changes = 0


def composition(
    family: RuleSet,
    *keys: str,
    domain: Any,
    infer: Infer | None = None,
    memory: str = "fresh",
    trivial: bool = False,
    fallback: bool = False,
) -> Callable[[Body], Body]:
    """Declare a function by the array code that it is equal to.

    A fallback serves the calls that another rule of the function refuses.
    """

    def declare(body: Body) -> Body:
        steps = Composition(body)
        steps.rule = family.composed(
            *keys,
            body=steps.pull,
            push=steps.push,
            like=body,
            domain=domain,
            infer=infer or steps.infer,
            memory=memory,
            trivial=trivial,
            fallback=fallback,
        )
        return body

    return declare


class Composition:
    """The two modes of one function that is given by its array code."""

    rule: Rule

    def __init__(self, body: Body) -> None:
        self.body = body

    def trace(self, build: Builder, bound: dict[str, Any]) -> tuple[Any, list[Assign]]:
        """The result, and the steps to it."""
        mark = len(build.block)
        value = self.rule.call(self.body, (), bound)
        steps = [s for s in build.block[mark:] if isinstance(s, Assign)]
        return value, [s for s in steps if isinstance(s.value, Apply)]

    def pull(
        self, g: Traced, wanted: frozenset[str], bound: dict[str, Any]
    ) -> tuple[Any, ...]:
        """Cotangents of the operands, None where there is none."""
        build = g.build
        try:
            value, steps = self.trace(build, bound)
        except RankUnknown as what:
            refusal = Traced(build, build.apply("dpc.refuse", Const(str(what))))
            return tuple(refusal if name in wanted else None for name in bound)
        sources = {bound[n].atom for n in wanted if isinstance(bound[n], Traced)}
        sweep = Sweep(build, steps, sources)
        if isinstance(value, tuple | list):
            for place, part in enumerate(value):
                sweep.add(atom_of(build, part), g[place].atom)
        else:
            sweep.add(atom_of(build, value), g.atom)
        sweep.run()
        atoms = [x.atom if isinstance(x, Traced) else None for x in bound.values()]
        seen: set[Atom] = set()
        found: list[Any] = []
        for atom in atoms:
            # An operand that stands twice has all of it already.
            bar = None if atom is None or atom in seen else sweep.found.get(atom)
            found.append(None if bar is None else Traced(build, bar))
            seen |= set() if atom is None else {atom}
        return tuple(found)

    def push(self, dots: dict[str, Atom], build: Builder, bound: dict[str, Any]) -> Any:
        """The tangent of the result."""
        try:
            value, steps = self.trace(build, bound)
        except RankUnknown as what:
            return Traced(build, build.apply("dpc.refuse", Const(str(what))))
        known: dict[Atom, Atom] = {bound[n].atom: dot for n, dot in dots.items()}
        for step in steps:
            dot = tangent_of(build, step, known)
            if dot is not None:
                known[step.target] = dot

        def dot_of(part: Any) -> Any:
            atom = atom_of(build, part)
            if atom in known:
                return Traced(build, known[atom])
            return Traced(build, build.apply("np.zeros_like", atom))

        if isinstance(value, tuple | list):
            return tuple(map(dot_of, value))
        return dot_of(value)

    def infer(self, args: tuple[Fact, ...], kwargs: Mapping[str, Fact]) -> Fact:
        """What is known of the result of the array code."""
        build = Builder(Registry.library)
        atoms: list[Any] = [_operand(build, fact) for fact in args]
        named = {name: _operand(build, fact) for name, fact in kwargs.items()}
        try:
            bound = self.rule.bind(tuple(atoms), named)
            value = self.rule.call(self.body, (), bound)
        except (Refused, RankUnknown):
            return F.ANY
        narrow = any(map(_is_narrow, (*args, *kwargs.values())))
        if isinstance(value, tuple | list):
            facts = [_loose(build.fact(atom_of(build, v)), narrow) for v in value]
            kind = "tuple" if isinstance(value, tuple) else "list"
            return Fact(kind, items=tuple(facts))
        return _loose(build.fact(atom_of(build, value)), narrow)


def _operand(build: Builder, fact: Fact) -> Any:
    """A literal where its fact says which, else a value with that fact."""
    value = literal(fact)
    if value is UNKNOWN or isinstance(value, tuple):
        if fact.kind == "function":
            return fact.value
        if fact.kind == "tuple" and value is not UNKNOWN:
            return value
        return Traced(build, build.slot("x", fact))
    if isinstance(fact.value, str) and fact.kind == "int":
        return Traced(build, build.slot("x", fact))
    return value


def _is_narrow(fact: Fact) -> bool:
    """It has numbers of less than double precision."""
    parts = fact.items or ((fact.element,) if fact.element else ())
    return fact.dtype in results.NARROW or any(map(_is_narrow, parts))


def _loose(fact: Fact, narrow: bool) -> Fact:
    """The same where nobody knows whether a number comes as a 0-d array.

    `narrow`: nor whether the function itself keeps the precision of its operands.
    """
    if narrow:
        fact = results.of_any_width(fact)
    if fact.is_scalar or (fact.is_number and fact.shape == ()):
        dtype = fact.dtype
        return Fact("number", dtype, ())
    return replace(fact, value=None) if fact.is_number else F.ANY


class Sweep:
    """Cotangents from the last step of a straight line of code to its sources."""

    def __init__(self, build: Builder, steps: list[Assign], sources: set[Atom]) -> None:
        self.build = build
        self.steps = steps
        self.varied = set(sources)
        self.found: dict[Atom, Atom] = {}
        self.parts: dict[Atom, dict[int, Atom]] = {}
        self.made: set[Atom] = {step.target for step in steps}
        for step in steps:
            if varies(step, self.varied):
                self.varied.add(step.target)

    def add(self, atom: Atom, amount: Atom) -> None:
        """Add to the cotangent of a value that varies."""
        if atom in self.varied:
            amount = as_real(self.build, amount, atom)
            old = self.found.get(atom)
            if old is not None:
                amount = self.build.apply("operator.add", old, amount)
            self.found[atom] = amount

    def run(self) -> None:
        """Go through the steps, the last first."""
        for step in reversed(self.steps):
            call, target = step.value, step.target
            assert isinstance(call, Apply)
            if target in self.parts:
                h: Atom | None = self._gathered(target, self.parts[target])
            else:
                h = self.found.pop(target, None)
            if h is not None and target in self.varied:
                self._through(call, target, h)
        for base, parts in self.parts.items():
            if base not in self.made:
                self.add(base, self._gathered(base, parts))

    def _through(self, call: Apply, target: Slot, h: Atom) -> None:
        if call.fn in CONTAINERS:
            for index, item in enumerate(call.args):
                self.add(item, self.build.apply("getitem", h, Const(index)))
            return
        base = call.args[0]
        if call.fn == "getitem" and self.build.fact(base).kind in CONTAINERS:
            assert isinstance(call.args[1], Const)
            place = int(call.args[1].value)  # type: ignore[call-overload]
            display = self.build.definition(base) if base in self.made else None
            if display is not None and display.fn in CONTAINERS:
                self.add(display.args[place], h)
                return
            parts = self.parts.setdefault(base, {})
            old = parts.get(place)
            both = h if old is None else self.build.apply("operator.add", old, h)
            parts[place] = both
            return
        if call.fn == "getitem" and base in self.made and _is_item(self.build, call):
            raise Refused("nothing is known of the parts of a result")
        rule = Registry.rules.get(call.fn)
        if rule is None:
            raise Refused(f"no derivative is known for {call.fn}")
        found = cotangents(
            self.build, rule, call, target, h, wanted=self.varied.__contains__
        )
        for operand, amounts in found.items():
            for amount in amounts:
                self.add(operand, amount)

    def _gathered(self, whole: Atom, parts: dict[int, Atom]) -> Atom:
        """The cotangent of a tuple, given those of some of its items."""
        items = self.build.fact(whole).items or ()
        found = []
        for place in range(len(items)):
            if place in parts:
                key, bar = Const(place), parts[place]
                known = items[place]
                found.append(materialised_part(self.build, bar, whole, key, known))
            else:
                item = self.build.apply("getitem", whole, Const(place))
                found.append(self.build.apply("np.zeros_like", item))
        return self.build.apply("list", *found)


def _is_item(build: Builder, call: Apply) -> bool:
    """An item of what may be a tuple, whose cotangents must not be added up."""
    index = call.args[1]
    is_place = isinstance(index, Const) and isinstance(index.value, int)
    return is_place and build.fact(call.args[0]).kind == "any"


def varies(step: Assign, varied: set[Atom]) -> bool:
    """Whether the result of a step depends differentiably on what varies."""
    call = step.value
    assert isinstance(call, Apply)
    if not any(operand in varied for operand in call.operands):
        return False
    if call.fn == "getattr":
        name = call.args[1]
        return isinstance(name, Const) and str(name.value) in PARTS
    rule = Registry.rules.get(call.fn)
    return call.fn in CONTAINERS or rule is None or rule.kind != "constant"


def tangent_of(build: Builder, step: Assign, known: dict[Atom, Atom]) -> Atom | None:
    """The tangent of a step's result, None if it does not vary."""
    call = step.value
    assert isinstance(call, Apply)
    if not varies(step, set(known)):
        return None
    if call.fn in CONTAINERS:
        dots = [
            known.get(item) or build.apply("np.zeros_like", item) for item in call.args
        ]
        return build.apply(call.fn, *dots)
    if call.fn == "getitem" and build.fact(call.args[0]).kind in CONTAINERS:
        return build.apply("getitem", known[call.args[0]], call.args[1])
    rule = Registry.rules.get(call.fn)
    if rule is None:
        raise Refused(f"no derivative is known for {call.fn}")
    bound = bound_by(rule, call)
    dots_of = {name: known[atom] for name, atom in bound.items() if atom in known}
    found = tangent(build, rule, call, step.target, dots_of)
    return None if isinstance(found, Const) else found
