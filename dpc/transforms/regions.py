"""The derivatives inside a program, taken: innermost first, before its own.

before                              after
`(g,) = grad of f(x=w):`            the forward and the backward sweep of the region,
    `y = np.sum(x * x)`             `x_bar = 2 * w`, and `g` in the place of `x_bar`
    `return y`

`out, back = vjp of f(x)` leaves the forward sweep; the backward one stands where `back`
is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.errors import Diagnostic, UnsupportedError, UntilCalledError
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Derivative,
    For,
    Function,
    Param,
    Pullback,
    Replay,
    Slot,
    Stmt,
    While,
    With,
)
from dpc.ir.program import Program
from dpc.ir.rebuild import (
    flat_map,
    map_blocks,
    renewed,
    substitute,
    substitute_function,
    with_body,
)
from dpc.ir.walk import statements, targets
from dpc.rules.ruleset import Rule
from dpc.source import Span
from dpc.transforms.forward.outputs import forward
from dpc.transforms.hidden import hide, outside, unhide
from dpc.transforms.outputs import Request, reverse
from dpc.transforms.relax.soften import soften

Pass = Callable[[Function, Facts, Library], Function]


def taken(
    program: Program,
    rules: Mapping[str, Rule],
    library: Library,
    passes: Sequence[Pass],
    temperature: Atom | None = None,
) -> Program:
    """The program with no derivative left in it; `passes` tidy each that is taken.

    temperature: that of the `with dpc.temperature(t)` around the program.
    """
    inside = statements(program.function.body)
    if not any(isinstance(statement, Derivative) for statement in inside):
        return program
    aliases = find_aliases(program.function, program.facts, library)
    work = _Regions(program, rules, library, passes, aliases, dict(program.facts))
    work.temperature = temperature
    body = work.block(program.function.body)
    function = with_body(program.function, body)
    notes = (*program.notes, *work.notes)
    return replace(program, function=function, facts=work.facts, notes=notes)


@dataclass
class _Regions:
    program: Program
    rules: Mapping[str, Rule]
    library: Library
    passes: Sequence[Pass]
    aliases: Aliases  # of the program around the regions
    facts: Facts
    notes: list[str] = field(default_factory=list)
    pullbacks: dict[Atom, tuple[Pullback, bool, int]] = field(default_factory=dict)
    called: set[Atom] = field(default_factory=set)
    tuples: dict[Atom, tuple[Atom, ...]] = field(default_factory=dict)
    depth: int = 0  # of loops
    # That of the `with dpc.temperature(t)` around, and those of contexts made so far.
    temperature: Atom | None = None
    temperatures: dict[Atom, Atom] = field(default_factory=dict)

    def block(self, block: Block) -> Block:
        """The block with its derivatives taken."""
        return flat_map(block, self.statement)

    def statement(self, statement: Stmt) -> Sequence[Stmt]:
        match statement:
            case Assign(context, Apply("dpc.temperature", (t,))):
                self.temperatures[context] = t
            case With(context) if context in self.temperatures:
                outer, self.temperature = self.temperature, self.temperatures[context]
                new = map_blocks(statement, self.block)
                self.temperature = outer
                return (new,)
            case Derivative():
                return self.derivative(statement)
            case Assign(target, Apply("call", (back, bar)), span) if (
                back in self.pullbacks
            ):
                return self.pulled(target, back, bar, span)
            case Assign(target, Apply("getitem", (whole, Const(int(place)))), span) if (
                whole in self.tuples
            ):
                return (Assign(target, _value(self.tuples[whole][place]), span),)
        loop = isinstance(statement, For | While | Replay)
        self.depth += loop
        new = map_blocks(statement, self.block)
        self.depth -= loop
        return (new,)

    def derivative(self, one: Derivative) -> Sequence[Stmt]:
        """The statements that compute one derivative."""
        start, one = self.given(one)
        recipe = one.recipe
        params = tuple(map(Param, one.params))
        function = Function(one.name, params, one.body, one.result, "", one.span)
        region = replace(self.program, function=function, facts=self.facts, notes=())
        if recipe.branches != "hard":
            names = tuple(slot.name for slot in one.params[: len(recipe.wrt)])
            hidden, kept = hide(region, self.library)
            softened = soften(
                hidden,
                names,
                recipe.temperature if self.temperature is None else self.temperature,
                self.rules,
                self.library,
                recipe.max_steps,
            )
            region = unhide(softened, kept)
        region = taken(region, self.rules, self.library, self.passes, self.temperature)
        if recipe.mode != "soften":
            region = self.reversed(region, one)
        self.facts.update(region.facts)
        self.notes += [note for note in region.notes if note not in self.notes]
        return [*start, *self.placed(one, region)]

    def given(self, one: Derivative) -> tuple[list[Stmt], Derivative]:
        """The region over its arguments themselves, where they have a name.

        What is written between a `vjp` and the call of its pullback is copied.
        """
        start: list[Stmt] = []
        params: list[Slot] = []
        other: dict[Slot, Atom] = {}
        late = one.recipe.mode == "vjp"
        around = outside(one)
        for param, arg in zip(one.params, one.args, strict=True):
            if late and self.aliases.written(arg):
                start.append(Assign(param, self.copy(arg), one.span))
            elif _has_name(arg) and arg not in (*around, *other.values()):
                # Not what the region reads as a constant: that is another variable.
                other[param] = arg
            else:
                start.append(Assign(param, _value(arg), one.span))
            params.append(param)
        if late:
            for slot in around:
                if self.aliases.written(slot):
                    other[slot] = kept = Slot(slot.name)
                    self.facts[kept] = self.facts.get(slot, ANY)
                    start.append(Assign(kept, self.copy(slot), one.span))
        result = one.result
        if isinstance(result, Slot):
            result = other.get(result, result)
        body = substitute(one.body, other)
        new = tuple([other.get(p, p) for p in params])
        assert all(isinstance(p, Slot) for p in new)
        return start, replace(one, params=new, body=body, result=result)  # type: ignore[arg-type]

    def copy(self, atom: Atom) -> Apply:
        array = self.facts.get(atom, ANY).is_array if isinstance(atom, Slot) else False
        return Apply("np.copy" if array else "dpc.copy_tree", (atom,))

    def reversed(self, region: Program, one: Derivative) -> Program:
        """The program of the derivative of a region."""
        recipe = one.recipe
        names = tuple(slot.name for slot in one.params[: len(recipe.wrt)])
        single = recipe.single and recipe.mode != "vjp"
        request = Request(recipe.mode, names, single, recipe.has_aux)
        groups = self.groups([*one.params, *outside(one)])
        if recipe.mode in ("jvp", "hvp"):
            program = self.pushed(region, request, one, groups)
        else:
            program = reverse(region, request, self.rules, self.library, groups)
        if recipe.mode in ("vjp", "jvp", "hvp") and program.written:
            facts = [
                self.facts.get(one.params[place], ANY) for place in program.written
            ]
            unknown = any(fact.kind in ("any", "number") for fact in facts)
            # An element of what may be an array may be a part of it.
            kind = UntilCalledError if unknown else UnsupportedError
            raise kind(
                Diagnostic(
                    f"{one.name} writes an argument of `{recipe.mode}` inside a"
                    " program that is differentiated",
                    "",
                    one.span,
                    hint="let it return a new array: y = x.copy(), and write that",
                )
            )
        function = program.function
        for tidied in self.passes:
            function = tidied(function, program.facts, self.library)
        return replace(program, function=function)

    def pushed(
        self,
        region: Program,
        request: Request,
        one: Derivative,
        groups: list[list[Slot]],
    ) -> Program:
        """The value and tangent, given the tangents that stand last."""
        program = forward(region, request, self.rules, self.library, groups)
        count = len(one.recipe.wrt)
        own = [param.slot for param in program.function.params[-count:]]
        given = dict(zip(own, one.params[-count:], strict=True))
        function = substitute_function(program.function, given)
        return replace(program, function=function)

    def groups(self, slots: Sequence[Slot]) -> list[list[Slot]]:
        """Slots that may share memory around the region."""
        found: dict[int, list[Slot]] = {}
        for slot in slots:
            node = self.aliases.node(slot)
            if node is not None:
                found.setdefault(id(node), []).append(slot)
        return [group for group in found.values() if len(group) > 1]

    # What the program around it gets

    def placed(self, one: Derivative, region: Program) -> Sequence[Stmt]:
        """The statements of a region, its results under the names of the targets."""
        body, result = region.function.body, region.function.result
        made = {s.target: s.value for s in body if isinstance(s, Assign)}
        recipe = one.recipe
        atoms: list[Atom] = [result]
        if recipe.mode == "jvp":
            atoms = _parts(made, result)
        elif recipe.mode == "value_and_grad":
            value, packed = _parts(made, result)
            atoms = [value, *([packed] if recipe.single else _parts(made, packed))]
        elif recipe.mode == "grad" and not recipe.single:
            atoms = _parts(made, result)
        elif recipe.mode == "vjp":
            out, _ = _parts(made, result)
            pull = next(s for s in body if isinstance(s, Pullback))
            body = tuple([s for s in body if not _defines(s, pull.target, result)])
            self.pullbacks[one.targets[1]] = (pull, region.single_use, self.depth)
            copied = self.aliases.written(one.targets[0])
            last = Assign(one.targets[0], self.copy(out) if copied else _value(out))
            return [*body, last]
        ends = zip(one.targets, atoms, strict=True)
        return [*body, *(Assign(t, _value(a), one.span) for t, a in ends)]

    def pulled(
        self, target: Slot, back: Atom, bar: Atom, span: Span | None
    ) -> Sequence[Stmt]:
        """The backward sweep of a `vjp`, where its pullback is called."""
        pull, once, depth = self.pullbacks[back]
        if once and (back in self.called or self.depth > depth):
            raise UnsupportedError(
                Diagnostic(
                    "the pullback of a function that writes memory is called more than"
                    " once in a program that is differentiated",
                    "",
                    span,
                    hint="call dpc.vjp again",
                )
            )
        self.called.add(back)
        replaced: dict[Slot, Atom] = {pull.params[0]: bar}
        body = renewed(pull.body, replaced)
        for old, new in replaced.items():
            if isinstance(new, Slot) and old is not pull.params[0]:
                self.facts[new] = self.facts.get(old, ANY)
        made = {s.target: s.value for s in body if isinstance(s, Assign)}
        packed = pull.result
        if isinstance(packed, Slot):
            packed = replaced.get(packed, packed)
        self.tuples[target] = tuple(_parts(made, packed))
        return body


def _defines(statement: Stmt, *slots: Atom) -> bool:
    return any(target in slots for target in targets(statement))


def _parts(made: Mapping[Slot, object], whole: Atom) -> list[Atom]:
    """The atoms that a tuple was made of."""
    found = made.get(whole) if isinstance(whole, Slot) else None
    assert isinstance(found, Apply) and found.fn == "tuple", "a result in parts"
    return list(found.args)


def _has_name(atom: Atom) -> bool:
    return isinstance(atom, Slot) and not atom.temp


def _value(atom: Atom) -> Slot | Const:
    assert isinstance(atom, Slot | Const)
    return atom
