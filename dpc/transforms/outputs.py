"""The program of a gradient, of a value and gradient, or of a value and its
pullback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dpc.analysis.activity import varies
from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.build import Builder
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    Function,
    Param,
    Pullback,
    Slot,
    Stmt,
    Update,
)
from dpc.ir.program import Program
from dpc.ir.rebuild import map_block, map_blocks, with_body
from dpc.ir.walk import definitions
from dpc.rules.ruleset import Rule
from dpc.transforms.adjoints import refuse_undoing
from dpc.transforms.calls import prepare_calls
from dpc.transforms.equations import refuse_solved
from dpc.transforms.gradients import Gradients
from dpc.transforms.handed import hand_over, take_over
from dpc.transforms.memory import define_shadows
from dpc.transforms.reverse import Reverse
from dpc.transforms.snapshots import redirect_shapes
from dpc.transforms.state import State
from dpc.transforms.strategies import Repeats, take_marks
from dpc.transforms.sweep import assemble
from dpc.transforms.updates import lower_updates

PULLBACKS = ("vjp", "shared", "jacobian")
NAMES = {
    "grad": ("grad", "Gradient of"),
    "value_and_grad": ("value_and_grad", "Value and gradient of"),
    "vjp": ("vjp", "Value and pullback of"),
    "soften": ("soft", "What is differentiated of"),
    "batch": ("row", "One row of"),
    "jacobian": ("jacobian", "Jacobian of"),
    "jvp": ("jvp", "Value and tangent of"),
    "shared_jvp": ("jvp", "Value and tangent, on the caller's tangents, of"),
    "hvp": ("hvp", "Hessian, times a vector, of"),
    "shared": ("vjp", "Value and pullback, on the caller's shadows, of"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    mode: "grad", "value_and_grad", "vjp", or "shared": a pullback for a caller that
      hands over the shadows of the arguments that are written.
    wrt: names of the differentiated parameters.
    single: one gradient, not a tuple of them.
    checkpoint: how the outermost loops trade memory for recomputation, as the option;
      False if no loop does, not even one that says so.
    """

    mode: str
    wrt: tuple[str, ...]
    single: bool
    has_aux: bool = False
    checkpoint: object = False


def reverse(
    program: Program,
    request: Request,
    rules: Mapping[str, Rule],
    library: Library,
    groups: Sequence[Sequence[Slot]] = (),
) -> Program:
    """The program that answers `request`.

    groups: slots that may share memory where the program begins.
    """
    state = _prepared(program, request, rules, library, groups)
    derived = _Outputs(state, request).program()
    return replace(derived, function=take_over(derived.function))


def _prepared(
    program: Program,
    request: Request,
    rules: Mapping[str, Rule],
    library: Library,
    groups: Sequence[Sequence[Slot]],
) -> State:
    function, facts = program.function, dict(program.facts)
    slots = {param.slot.name: param.slot for param in function.params}
    wrt = tuple(slots[name] for name in request.wrt)
    build = Builder(library, facts)
    function = lower_updates(function, build, varies(function, facts, library, wrt))
    function = hand_over(function, facts, library)
    function, strategies = take_marks(function)
    program = replace(program, function=function, facts=facts)
    state = State(program, wrt, rules, library, request.mode in PULLBACKS, groups)
    refuse_solved(state.activity, function.body)
    if request.checkpoint is not False:
        state.repeats = Repeats(strategies, request.checkpoint)
    for group in groups:
        if any(map(state.shadowed, group)):
            raise _shared(program, group)
    return state


def _shared(program: Program, group: Sequence[Slot]) -> UnsupportedError:
    names = " and ".join(dict.fromkeys(f"`{slot.name}`" for slot in group))
    return UnsupportedError(
        Diagnostic(
            f"{names} may share memory that {program.function.name} writes",
            "its adjoint cannot be attributed",
            program.function.span,
            hint="pass it a copy",
        )
    )


class _Outputs:
    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.request = request
        function = state.program.function
        slots = {param.slot.name: param.slot for param in function.params}
        self.wrt = [slots[name] for name in request.wrt]
        self.value: Atom = function.result
        self.aux: Atom | None = None
        self.like: dict[Slot, Slot] = {}
        self.pair = False  # the result's two parts are not known
        if request.has_aux:
            found = state.build.definition(function.result)
            if found is not None and found.fn == "tuple" and len(found.args) == 2:
                self.value, self.aux = found.args
            else:
                self.pair = True
                self.value, self.aux = Slot("value"), Slot("aux")
                for part in (self.value, self.aux):
                    state.build.facts[part] = ANY

    def program(self) -> Program:
        """The forward sweep, the backward sweep, and what they return."""
        state = self.state
        refuse_undoing(state)
        start = [*self._originals(), *define_shadows(state)]
        if self.request.mode == "shared":
            start = [s for s in start if not self._is_given(s)]
        prepare_calls(state)
        seed: Atom = Const(1.0)
        cotangent = Slot("out_bar")
        with state.build.region() as backward:
            if self.request.mode in PULLBACKS:
                state.build.facts[cotangent] = state.build.fact(self.value)
                self._seed_outputs(cotangent)
            elif self.pair:
                parts = state.build.apply("list", seed, Const(None))
                state.trees.add(parts)
                state.contribute(state.program.function.result, parts)
            elif state.build.fact(self.value).kind not in ("tuple", "list", "dict"):
                state.contribute(self.value, seed)
            Reverse(state).region(state.region)
            state.build.span = None
            gradients = self._gradients()
        forward = [*start, *assemble(state.region), *self._taken_apart()]
        if self.request.mode in PULLBACKS:
            body, result = self._with_pullback(forward, backward, cotangent, gradients)
        else:
            body, result = self._with_gradient(forward, backward, gradients)
        function = named(with_body(state.program.function, body, result), self.request)
        if self.request.mode == "shared":
            given = tuple(Param(shadow) for shadow in self._shadows())
            function = replace(function, params=(*function.params, *given))
        body = redirect_shapes(function.body, state.originals, state.library)
        function = with_body(function, body)
        return replace(
            state.program,
            function=function,
            facts=state.build.facts,
            notes=tuple(state.notes),
            written=self._written(),
            single_use=bool(state.shadows),
        )

    def _taken_apart(self) -> list[Stmt]:
        """`value, aux = result`."""
        if not self.pair:
            return []
        result = self.state.program.function.result
        made: list[Stmt] = [Do(Apply("dpc.require_pair", (result,)))]
        for position, part in enumerate((self.value, self.aux)):
            assert isinstance(part, Slot)
            item = Apply("getitem", (result, Const(position)))
            made.append(Assign(part, item))
        return made

    def _originals(self) -> list[Stmt]:
        """Copies of containers that are written: gradients have their structure."""
        made: list[Stmt] = []
        for slot in self.wrt:
            self.like[slot] = slot
            fact = self.state.build.fact(slot)
            if self.state.shadowed(slot) and not fact.is_number:
                self.like[slot] = like = Slot(f"{slot.name}_given")
                self.state.build.facts[like] = fact
                made.append(Assign(like, Apply("dpc.copy_tree", (slot,))))
        return made

    def _written(self) -> tuple[int, ...]:
        params = enumerate(self.state.program.function.params)
        return tuple(i for i, param in params if self.state.shadowed(param.slot))

    # Seeds

    def _is_given(self, statement: Stmt) -> bool:
        """The shadow of a parameter comes from the caller."""
        if not isinstance(statement, Assign):
            return False
        return any(statement.target is shadow for shadow in self._shadows())

    def _shadows(self) -> list[Slot]:
        params = self.state.program.function.params
        shadows = [self.state.shadows[params[i].slot] for i in self._written()]
        return [shadow for shadow in shadows if isinstance(shadow, Slot)]

    def _mutated(self) -> list[Slot]:
        if self.request.mode in ("shared", "jacobian"):
            return []
        return [slot for slot in self.wrt if self.state.shadowed(slot)]

    def _seed_outputs(self, cotangent: Slot) -> None:
        """The output is the result, or the result and the mutated arguments."""
        state, mutated = self.state, self._mutated()
        if not mutated:
            state.contribute(self.value, cotangent)
            return
        state.build.facts[cotangent] = ANY
        parts = [self.value, *mutated]
        for position, part in enumerate(parts):
            if isinstance(part, Slot) and state.active(part):
                item = state.build.apply("getitem", cotangent, Const(position))
                if isinstance(item, Slot):
                    state.build.facts[item] = state.cotangent_fact(part)
                    if not state.is_array(part):
                        state.trees.add(item)
                state.contribute(part, item)

    # Results

    def _gradients(self) -> list[Atom]:
        found: list[Atom] = []
        gradients = Gradients(self.state, self.like)
        for slot in self.wrt:
            if self.request.mode == "shared" and self.state.shadowed(slot):
                found.append(Const(None))
                continue
            found.append(gradients.of(slot))
        return found

    def _with_gradient(
        self, forward: list[Stmt], backward: list[Stmt], gradients: list[Atom]
    ) -> tuple[Block, Atom]:
        build = self.state.build
        gradient = self._packed(gradients, backward)
        check: list[Stmt] = []
        fact = build.fact(self.value)
        if fact.kind != "float" and not (fact.is_scalar and fact.dtype[:1] == "f"):
            check = [Do(Apply("dpc.require_scalar", (self.value,)))]
        if self.request.mode == "grad":
            return (*forward, *check, *backward), gradient
        with self.state.at(backward):
            value = self.value
            if self.aux is not None:
                value = build.assign(
                    Slot("value", True), Apply("tuple", (value, self.aux))
                )
            result = build.assign(
                Slot("result", temp=True), Apply("tuple", (value, gradient))
            )
        return (*forward, *check, *backward), result

    def _packed(self, atoms: list[Atom], block: list[Stmt]) -> Atom:
        if self.request.single:
            return atoms[0]
        packed = Slot("gradients", temp=True)
        block.append(Assign(packed, Apply("tuple", tuple(atoms))))
        return packed

    def _with_pullback(
        self,
        forward: list[Stmt],
        backward: list[Stmt],
        cotangent: Slot,
        gradients: list[Atom],
    ) -> tuple[Block, Atom]:
        packed = Slot("gradients", temp=True)
        backward.append(Assign(packed, Apply("tuple", tuple(gradients))))
        pullback = Slot("pullback")
        value: Atom = self.value
        mutated = self._mutated()
        if mutated:
            outputs = Slot("outputs", temp=True)
            forward.append(Assign(outputs, Apply("tuple", (value, *mutated))))
            value = outputs
        body = _by_item(tuple(backward), set(definitions(tuple(backward))))
        nested = Pullback(pullback, (cotangent,), body, packed)
        result = Slot("result", temp=True)
        made = Assign(result, Apply("tuple", (value, pullback)))
        return (*forward, nested, made), result


def named(function: Function, request: Request) -> Function:
    """The function under the name and with the docstring of what it is."""
    suffix, what = NAMES[request.mode]
    span = function.span
    where = f" ({_short(span.source.filename)}:{span.line})" if span else ""
    names = _listed(request.wrt)
    name = function.name if function.name.isidentifier() else "function"
    if request.mode == "hvp":
        name = name.removesuffix("_grad")
    doc = f"{what} {name}{where} with respect to {names}."
    return replace(function, name=f"{name}_{suffix}", doc=doc)


def _by_item(block: Block, own: set[Slot]) -> Block:
    """`x_bar[...] += g` for what is not the block's own.

    In a nested function, `x_bar += g` would make `x_bar` a variable of that function.
    """

    def statement(s: Stmt) -> Stmt:
        match s:
            case Update("whole", op, base, _, value, span) if base not in own:
                return Update("item", op, base, Const(Ellipsis), value, span)
        return map_blocks(s, inside)

    def inside(nested: Block) -> Block:
        return map_block(nested, statement)

    return inside(block)


def _short(filename: str) -> str:
    return filename.replace("\\", "/").rsplit("/", 1)[-1]


def _listed(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return names[0] if names else "nothing"
    return ", ".join(names[:-1]) + f" and {names[-1]}"
