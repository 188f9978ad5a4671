"""The program of a value and its tangent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dpc.analysis.activity import varies
from dpc.analysis.fresh import makes_array
from dpc.ir.build import Builder
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Atom, Const, Param, Slot
from dpc.ir.program import Program
from dpc.ir.rebuild import with_body
from dpc.ir.walk import statements
from dpc.rules.ruleset import Rule
from dpc.transforms.effects import refuse_effects
from dpc.transforms.equations import refuse_solved
from dpc.transforms.forward.state import NOTHING, State
from dpc.transforms.forward.statements import Forward
from dpc.transforms.handed import hand_over, take_over
from dpc.transforms.keys import refuse_varying_keys
from dpc.transforms.outputs import Request, named
from dpc.transforms.updates import lower_updates

SHARED = "shared_jvp"  # for a caller that hands over tangents that may be written


def forward(
    program: Program,
    request: Request,
    rules: Mapping[str, Rule],
    library: Library,
    groups: Iterable[Iterable[Slot]] = (),
) -> Program:
    """The program that answers `request`: the value and its tangent.

    Its parameters are those of the primal and one tangent for each that varies; see
    `tangent_names`.
    """
    function, facts = program.function, dict(program.facts)
    slots = {param.slot.name: param.slot for param in function.params}
    wrt = tuple(slots[name] for name in request.wrt)
    build = Builder(library, facts)
    is_varied = varies(function, facts, library, wrt, groups)
    function = lower_updates(function, build, is_varied)
    function = hand_over(function, facts, library)
    program = replace(program, function=function, facts=facts)
    outputs = tuple(p.slot for p in function.params)
    shared = request.mode == SHARED
    state = State(program, wrt, rules, library, outputs if shared else wrt, groups)
    derived = _Outputs(state, request, wrt).program()
    return replace(derived, function=take_over(derived.function))


def tangent_names(names: tuple[str, ...], wrt: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the tangents' parameters, none of which is one of `names`."""
    found: list[str] = []
    for name in wrt:
        dot, number = f"{name}_dot", 1
        while dot in names:
            dot, number = f"{name}_dot_{number}", number + 1
        found.append(dot)
    return tuple(found)


class _Outputs:
    def __init__(self, state: State, request: Request, wrt: tuple[Slot, ...]) -> None:
        self.state = state
        self.request = request
        self.wrt = wrt
        self.returned: set[Atom] = set()  # arrays that are a result already
        names = tuple(p.slot.name for p in state.program.function.params)
        self.given = [
            Slot(name) for name in tangent_names(names, tuple(s.name for s in wrt))
        ]

    def program(self) -> Program:
        """Parameters, the primal beside its tangents, and what is returned."""
        state, function = self.state, self.state.program.function
        refuse_varying_keys(state)
        refuse_solved(state.activity, function.body)
        for statement in statements(function.body):
            refuse_effects(state, statement)
        with state.build.region() as body:
            self._parameters()
            Forward(state).block(function.body)
            state.build.span = None
            result = self._result()
        made = with_body(function, (*state.start, *body), result)
        made = replace(named(made, self.request), params=self._params())
        return replace(
            state.program,
            function=made,
            facts=state.build.facts,
            notes=tuple(state.notes),
            written=self._written(),
        )

    def _params(self) -> tuple[Param, ...]:
        """Those of the primal, then the tangents: by name where they must be."""
        params = self.state.program.function.params
        plain = all(p.kind == "positional" and p.default is None for p in params)
        kind = "positional" if plain else "keyword"
        return (*params, *(Param(slot, kind) for slot in self.given))

    def _written(self) -> tuple[int, ...]:
        params = enumerate(self.state.program.function.params)
        return tuple(i for i, param in params if self.state.mirrored(param.slot))

    def _parameters(self) -> None:
        """The tangents that the parameters begin with."""
        state, shared = self.state, self.request.mode == SHARED
        for slot, given in zip(self.wrt, self.given, strict=True):
            fact = state.build.fact(slot)
            state.build.facts[given] = fact if fact.is_number else ANY
            state.dots[slot] = given
            if state.mirrored(slot) and not shared:
                laid = state.is_laid_out(slot) or not state.is_array(slot)
                how = Apply("dpc.shadow_of", (slot, given))
                value = how if laid else Apply("np.copy", (given,))
                made = state.new(slot, temp=False)
                state.dots[slot] = state.build.assign(made, value)
        for param in state.program.function.params:
            if param.slot not in state.dots and state.mirrored(param.slot):
                state.dots[param.slot] = state.build.assign(
                    state.new(param.slot, temp=False),
                    Apply(state.zeros_of(param.slot), (param.slot,)),
                )

    # Results

    def _result(self) -> Atom:
        """`(value, tangent)`, each with what is left in mutated arguments."""
        state = self.state
        value = state.program.function.result
        mutated = [slot for slot in self.wrt if state.mirrored(slot)]
        if mutated and self.request.mode not in (SHARED, "hvp", "jacobian"):
            dots = [self._finished(slot, own=True) for slot in mutated]
            dot = state.build.apply("tuple", self._finished(value), *dots)
            value = state.build.apply("tuple", value, *mutated)
        else:
            dot = self._of_result(self._finished(value))
        if self.request.mode == "hvp":
            return dot
        packed = Slot("result", temp=True)
        return state.build.assign(packed, Apply("tuple", (value, dot)))

    def _of_result(self, dot: Atom) -> Atom:
        """The tangent of the result, under a name that says so if it gets one."""
        if not isinstance(dot, Slot) or not dot.temp or dot.name not in ("t", "dot"):
            return dot
        named = Slot("value_dot", temp=True)
        self.state.build.facts[named] = self.state.build.fact(dot)
        return self.state.build.assign(named, dot)

    def _finished(self, atom: Atom, own: bool = False) -> Atom:
        """A tangent with the structure, shapes and dtypes of its value, of its own."""
        state, build = self.state, self.state.build
        fact = build.fact(atom)
        if not fact.is_float_like:
            return NOTHING
        dot = state.dot(atom)
        if self.request.mode == SHARED:
            return NOTHING if dot is None else dot
        found = build.definition(atom)
        literal = found is not None and found.fn == "tuple"
        node = state.aliases.node(atom)
        if found is not None and literal and not (node is not None and node.written):
            parts = [self._finished(item) for item in found.args]
            return build.apply("tuple", *parts)
        if dot is None:
            if isinstance(atom, Slot):
                name = atom.name if not atom.temp else "the result"
                state.notes.append(f"{name} does not depend on what varies: tangent 0")
            if fact.is_array and fact.dtype[:1] == "f":
                return build.apply("np.zeros_like", atom)
            if fact.kind == "float":
                return Const(0.0)
            return build.apply("dpc.tangent", NOTHING, atom)
        if fact.kind == "float":
            is_float = build.fact(dot).kind == "float"
            return dot if is_float else build.apply("float", dot)
        if own and fact.is_array and dot not in self.returned:
            self.returned.add(dot)
            return dot
        return dot if self._exact(atom, dot) else build.apply("dpc.tangent", dot, atom)

    def _exact(self, atom: Atom, dot: Atom) -> bool:
        """The tangent already is fresh, and of the shape and dtype of its value."""
        build = self.state.build
        fact, have = build.fact(atom), build.fact(dot)
        if dot in self.state.short:
            return False
        if fact.kind == have.kind == "scalar" and fact.dtype == have.dtype:
            return True  # of a dtype that is not known, but for both the same
        if fact.dtype not in ("f8", "f4", "f2", "c16", "c8"):
            return False
        if have.dtype != fact.dtype or dot in self.given or dot in self.returned:
            return False
        self.returned.add(dot)
        if fact.is_scalar:
            return have.is_scalar and fact.kind == have.kind
        if self.state.mirrored(atom) and isinstance(build.definition(atom), Apply):
            return True
        same = have.shape == fact.shape and have.shape is not None
        if not same or None in have.shape:  # type: ignore[operator]
            return False
        found = build.definition(dot)
        if found is None:
            # A carry or merge: it may be any of the values that reach it.
            return False
        return found.fn == "np.copy" or makes_array(build.library, found)
