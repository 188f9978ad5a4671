"""A whole Jacobian by one backward sweep over a batch of cotangents.

The cotangents are the rows of the identity, so that the batch is as long as the result
has elements; the forward sweep runs once, for all of them:

    y = np.tanh(w @ x)
    rows = len(y)
    y_bar = np.eye(rows)
    # y = np.tanh(w @ x)
    return (y_bar * (1 - y * y)) @ w
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dpc.analysis.aliases import find_aliases
from dpc.ir import facts as F
from dpc.ir.facts import Fact, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Function,
    Pullback,
    Slot,
)
from dpc.ir.program import Program
from dpc.ir.walk import definitions
from dpc.rules import sizes
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Value
from dpc.rules.ruleset import Rule
from dpc.rules.trace import Traced
from dpc.transforms.batching.elements import Elements
from dpc.transforms.batching.lifetimes import outliving
from dpc.transforms.batching.promote import promoted
from dpc.transforms.batching.state import State
from dpc.transforms.batching.write import Writer
from dpc.transforms.outputs import Request

LIMIT = 200


def jacobian(
    program: Program, request: Request, rules: Mapping[str, Rule], library: Library
) -> Program:
    """The program of the Jacobian, given that of the value and pullback."""
    aliases = find_aliases(program.function, program.facts, library)
    late = outliving(program.function, aliases, library)
    held = Elements(program.function, program.facts, aliases, library)
    demanded: set[Slot] = set()
    facts = (program.facts.get(p.slot, F.ANY) for p in program.function.params)
    generic = any(fact.kind == "any" for fact in facts)
    for _ in range(LIMIT):
        size = _Sweep.size_of(program)
        state = State(
            program, aliases, library, rules, size, demanded, late, held, generic
        )
        try:
            found = _Sweep(state, request).program()
        except NoBatch as why:
            raise state.complaint(why) from None
        if not state.grown:
            return found
    raise NoBatch("what differs from row to row has no end")


class _Sweep:
    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.single = request.single
        self.names = request.wrt
        body = state.program.function.body
        place = next(i for i, s in enumerate(body) if isinstance(s, Pullback))
        pullback = body[place]
        assert isinstance(pullback, Pullback)
        self.forward: Block = body[:place]
        self.pullback = pullback
        made = body[-1]
        assert isinstance(made, Assign) and isinstance(made.value, Apply)
        self.out = made.value.args[0]
        self.writer = Writer(state)

    @staticmethod
    def size_of(program: Program) -> F.Dim:
        """What facts call the number of elements of the result."""
        made = program.function.body[-1]
        assert isinstance(made, Assign) and isinstance(made.value, Apply)
        out = made.value.args[0]
        fact = program.facts.get(out, F.ANY) if isinstance(out, Slot) else F.ANY
        return sizes.product(fact.shape) if fact.shape else None

    def program(self) -> Program:
        """The forward sweep, the backward sweep over the identity, its results."""
        state = self.state
        function = state.program.function
        state.build.span = function.span
        for param in function.params:
            fact = state.program.facts.get(param.slot, F.ANY)
            state.values[param.slot] = Value(param.slot, False, fact)
            state.build.facts[param.slot] = fact
        early = not state.demanded.isdisjoint(definitions(self.forward))
        if early:
            self._count_early()
        self.writer.block(self.forward)
        out = state.value(self.out)
        result = self._swept(out, early)
        whole = Function(
            function.name.removesuffix("_vjp"),
            function.params,
            tuple(state.build.block),
            result,
            function.doc,
            function.span,
        )
        return replace(
            state.program,
            function=whole,
            facts=state.build.facts,
            outcomes={},
            single_use=False,
        )

    def _swept(self, out: Value, early: bool) -> Atom:
        (cotangent,) = self.pullback.params
        state = self.state
        if out.fact.is_scalar:
            state.values[cotangent] = Value(Const(1.0), False, F.FLOAT)
        else:
            if not early:
                self._count(out)
            self._seed(cotangent, out)
        self.writer.block(self.pullback.body)
        return self._results(out)

    # Counting

    def _count(self, out: Value) -> None:
        """The number of elements of the result."""
        build = self.state.build
        if out.fact.is_number:
            name = Const("size")
            whole = out.rank != 1
            call = (
                Apply("getattr", (out.atom, name))
                if whole
                else Apply("len", (out.atom,))
            )
        else:
            call = Apply("dpc.count_elements", (out.atom,))
        self._counted(build.infer(call), call)

    def _counted(self, fact: Fact, call: Apply) -> None:
        state = self.state
        count = state.batch.count
        state.build.facts[count] = replace(F.INT, value=state.batch.size)
        state.build.definitions[count] = call
        state.build.emit(Assign(count, call))

    def _count_early(self) -> None:
        """The same before the result is known, from the sizes of the arguments."""
        state = self.state
        fact = (
            state.program.facts.get(self.out, F.ANY)
            if isinstance(self.out, Slot)
            else F.ANY
        )
        if not fact.is_array or fact.shape is None:
            raise NoBatch("how many elements the result has is not known beforehand")
        total = self._size(fact.shape)
        call = state.build.definition(total.atom)
        assert call is not None
        last = state.build.block.pop()
        assert isinstance(last, Assign) and last.target is total.atom
        self._counted(F.INT, call)

    def _size(self, shape: Shape) -> Traced:
        state = self.state
        total: Traced | None = None
        for dim in shape:
            found = self._dim(dim)
            total = (
                found
                if total is None
                else state.batch.apply("operator.mul", total, found)
            )
        if total is None:
            raise NoBatch("the result is a scalar")
        return total

    def _dim(self, dim: F.Dim) -> Traced:
        state = self.state
        for param in state.program.function.params:
            fact = state.program.facts.get(param.slot, F.ANY)
            if fact.is_array and fact.shape is not None and dim in fact.shape:
                return Traced(state.build, param.slot).shape[fact.shape.index(dim)]
        raise NoBatch("how many elements the result has is not known beforehand")

    # Seeds and results

    def _seed(self, cotangent: Slot, out: Value) -> None:
        """The rows of the identity, in the shape of the result."""
        state, build = self.state, self.state.build
        count = state.batch.count
        begun = len(build.block)
        if out.fact.is_number:
            rest = {}
            if out.fact.dtype != "f8":
                rest["dtype"] = Traced(build, out.atom).dtype
            seed = state.batch.apply("np.eye", count, **rest)
            if out.rank != 1:
                shape = build.apply("getattr", out.atom, Const("shape"))
                front = build.apply("tuple", count)
                whole = build.apply("operator.add", front, shape)
                seed = state.batch.apply("np.reshape", seed, whole)
        else:
            seed = state.batch.apply("dpc.unit_rows", out.atom)
        named = Slot(f"{self._name()}_bar")
        fact = replace(out.fact, kind="list") if out.fact.kind == "tuple" else out.fact
        state.define(named, Value(seed.atom, True, fact), begun)
        state.values[cotangent] = state.values[named]

    def _name(self) -> str:
        named = isinstance(self.out, Slot) and not self.out.temp
        return self.out.name if named else "out"  # type: ignore[union-attr]

    def _results(self, out: Value) -> Atom:
        """The Jacobians, in the shape of the result and of the arguments."""
        state = self.state
        value = state.value(self.pullback.result)
        parts = state.batch.items(value)
        assert parts is not None
        slots = {p.slot.name: p.slot for p in state.program.function.params}
        likes = [state.values[slots[name]].atom for name in self.names]
        found = [
            self._result(out, part, like)
            for part, like in zip(parts, likes, strict=True)
        ]
        if self.single:
            return found[0]
        return state.build.apply("tuple", *found)

    def _result(self, out: Value, bar: Value, like: Atom) -> Atom:
        build, count = self.state.build, self.state.batch.count
        lacking = not out.fact.is_scalar and bar.rows is not True
        if lacking and bar.fact.is_number:
            # The result is not made of the argument: zero in all rows.
            bar, lacking = promoted(self.state, bar), False
        rows = bar.fact.is_number and bar.rows is True
        if out.fact.is_scalar or (out.rank == 1 and rows):
            return bar.atom
        if out.fact.is_number and bar.fact.is_number and bar.rows is True:
            sides = [
                build.apply("getattr", a, Const("shape")) for a in (out.atom, like)
            ]
            whole = sides[0] if bar.rank == 0 else build.apply("operator.add", *sides)
            return build.apply("np.reshape", bar.atom, whole)
        model = (like,) if lacking else ()
        return build.apply("dpc.jacobian_of", out.atom, bar.atom, count, *model)
