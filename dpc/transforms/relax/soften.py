"""The relaxed program: every test that varies decides by weight.

A round relaxes the tests that vary with the differentiated arguments. What a relaxed
branch leaves varies with its test, so that the next round may find more; the rounds end
when no test is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dpc.analysis.activity import Activity, find_activity
from dpc.analysis.aliases import find_aliases
from dpc.analysis.holders import Holders
from dpc.ir.build import Builder
from dpc.ir.library import Library
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    For,
    Function,
    If,
    Slot,
    Stmt,
    Undefined,
    While,
    With,
)
from dpc.ir.program import RESULT, RETURNED, Program
from dpc.ir.rebuild import map_statement, with_body
from dpc.ir.walk import definitions, inner, operands, reads, statements, targets
from dpc.passes.prune import prune
from dpc.rules.ruleset import Rule
from dpc.transforms.relax.branches import hard_if, relaxed_if
from dpc.transforms.relax.cases import restricted
from dpc.transforms.relax.conditions import declared_soft, made_of
from dpc.transforms.relax.deciding import (
    about_weights,
    carries_of,
    closure,
    exits,
    kept_hard,
)
from dpc.transforms.relax.declared import bare_tests, with_weights
from dpc.transforms.relax.gates import gate_of, open_gate
from dpc.transforms.relax.indices import (
    relaxed_index,
    relaxed_selection,
    require_indices,
    selecting,
)
from dpc.transforms.relax.infinite import wild_slots
from dpc.transforms.relax.lengths import learned_length
from dpc.transforms.relax.loops import relaxed_loop
from dpc.transforms.relax.outcomes import all_outcomes, known_outcomes
from dpc.transforms.relax.promotion import promote
from dpc.transforms.relax.reach import reached
from dpc.transforms.relax.reasons import (
    hard_text,
    kept_exact,
    refuse_truth,
    relaxed_text,
)
from dpc.transforms.relax.searching import (
    kept_searches,
    leaves_of_others,
    relaxed_search,
    searches,
)
from dpc.transforms.relax.skipping import apart
from dpc.transforms.relax.state import (
    IN_PLACE,
    Decision,
    Gate,
    Relaxation,
    refused,
)
from dpc.transforms.relax.temperature import temperature_of
from dpc.transforms.relax.unrolled import hard_loop
from dpc.transforms.relax.ways import ways_of


def soften(
    program: Program,
    wrt: tuple[str, ...],
    temperature: float | str | Atom,
    rules: Mapping[str, Rule],
    library: Library,
    max_steps: int | None = None,
) -> Program:
    """The relaxed program, with a line of the report for every test.

    temperature: a number or the name of a parameter, where no context says otherwise;
      an atom is that of the context around.
    max_steps: the bound of soft loops; None leaves loops as they are written.
    """
    function, facts = program.function, dict(program.facts)
    if not any(map(_is_decided, statements(function.body))):
        return program
    slots = {param.slot.name: param.slot for param in function.params}
    chosen = tuple(slots[name] for name in wrt)
    outcomes = all_outcomes(function, program.outcomes)
    function = prune(known_outcomes(function, outcomes), facts, library)
    decisions: dict[object, Decision] = {}
    start = temperature_of(temperature, slots, facts)
    t = start.target
    function, weights = with_weights(
        with_body(function, (start, *function.body)), facts, selecting(function)
    )
    aliases = find_aliases(function, facts, library)
    promote(Builder(library, facts), function.body, weights, aliases)
    first = True
    while True:
        build = Builder(library, facts, simplify=True)
        aliases = find_aliases(function, facts, library)
        activity = find_activity(function, aliases, chosen, lambda fn: True)
        relax = _round(outcomes, function, build, rules, activity, t)
        relax.first = first
        relax.settled = about_weights(relax)
        relax.exits |= relax.settled
        relax.scopes = program.scopes
        relax.selecting = selecting(function)
        if max_steps is not None:
            _soften_loops(relax, function.body, max_steps)
        relax.before = frozenset((*definitions(function.body), *reads(function.body)))
        relax.reached = reached(relax, function.body)
        body = relax.block(function.body)
        decisions = relax.decisions | decisions
        first = False
        if not relax.changed:
            require_indices(relax, function)
            break
        _refuse_parts(relax, function.result)
        function = prune(with_body(function, body), facts, library)
        promote(build, function.body, relax.promoted, aliases, relax.held)
    function = prune(bare_tests(function), facts, library)
    in_order = sorted(decisions.values(), key=lambda d: d.span.line if d.span else 0)
    notes = tuple(d.text for d in in_order)
    return replace(program, function=function, facts=facts, notes=program.notes + notes)


def _is_decided(statement: Stmt) -> bool:
    """There is a test here, or a word about tests."""
    match statement:
        case If() | While():
            return True
        case For(leave=leave):
            return leave is not None
        case Assign(_, Apply(fn)):
            return fn.startswith("dpc.") and fn not in IN_PLACE
        case _:
            return False


def _refuse_parts(relax: Relaxation, result: Atom) -> None:
    """A name that is not bound on every path must not be read."""
    for slot in relax.parts:
        passed_on = relax.outcomes.get(slot) == RESULT  # to a loop around, or a merge
        if slot is result or (slot in relax.read and not passed_on):
            statement = relax.definitions[slot]
            raise refused(
                statement.span if isinstance(statement, If) else None,
                f"`{slot.name}` is read after this `if`, and one branch leaves it"
                " undefined",
                f"give `{slot.name}` a value before the `if`, or write dpc.hard(test)",
            )


def _round(
    outcomes: dict[Slot, str],
    function: Function,
    build: Builder,
    rules: Mapping[str, Rule],
    activity: Activity,
    temperature: Atom,
) -> Relaxation:
    definitions = {t: s for s in statements(function.body) for t in targets(s)}
    build.definitions |= {
        slot: s.value for slot, s in definitions.items() if isinstance(s, Assign)
    }
    used = frozenset(reads(function.body)) | (
        {function.result} if isinstance(function.result, Slot) else set()
    )
    conditions = [s.test for s in statements(function.body) if isinstance(s, If)]
    known = searches(function.body, outcomes)
    carries = carries_of(function.body)
    declared = made_of(declared_soft(function.body), definitions, known)
    conditions += [test for test in declared if test in known]
    tests = made_of(conditions, definitions, known, carries=carries)
    others = list(leaves_of_others(function.body, outcomes))
    exits = made_of(others, definitions, known, whole=True)
    kept = kept_searches(function.body, outcomes, tests, exits, build.library)
    exits |= made_of(kept, definitions, known, whole=True)
    relax = Relaxation(
        build,
        rules,
        activity,
        Holders.of(function, activity.aliases, build.library),
        definitions,
        used,
        frozenset(_computed_with(function.body)),
        tests,
        exits,
        temperature,
        outcomes,
    )
    relax.carries = carries
    relax.deciders = closure(others, definitions, carries)
    relax.wild = wild_slots(function.body)
    relax.walked = _walked(function.body, build)
    relax.ways = ways_of(function.body, definitions, outcomes, ())
    relax.block = lambda block: _block(relax, block)
    return relax


def _soften_loops(relax: Relaxation, body: Block, max_steps: int) -> None:
    """Let the tests that decide about loops be tests like others."""
    relax.max_steps = max_steps
    states = [
        carry
        for loop in statements(body)
        if isinstance(loop, For | While)
        for carry in loop.carries
        if carry.next is not loop.leave and relax.outcomes.get(carry.result) != RETURNED
    ]
    relax.ways = ways_of(body, relax.definitions, relax.outcomes, states)
    hard: list[Atom] = []
    soft: list[Atom] = []
    known = searches(body, relax.outcomes)
    for loop in statements(body):
        if isinstance(loop, For | While):
            if any(c.result in known for c in loop.carries):
                continue
            kept = kept_hard(loop, relax.build.library)
            (soft if kept is None else hard).extend(exits(loop))
    relax.deciders = closure(hard, relax.definitions, relax.carries)
    relax.exits = relax.deciders | relax.settled
    relax.tests |= closure(soft, relax.definitions, relax.carries)


def _computed_with(block: Block) -> Iterator[Slot]:
    """The slots that are read by anything but the merges of branches."""
    for statement in statements(block):
        parts = operands(statement)
        if not isinstance(statement, If):
            parts += inner(statement)
        yield from (atom for atom in parts if isinstance(atom, Slot))


def _walked(block: Block, build: Builder) -> set[tuple[Atom, ...]]:
    """The sequences that loops go through, each with the index that is in it."""
    found: set[tuple[Atom, ...]] = set()
    for loop in statements(block):
        if isinstance(loop, For) and isinstance(loop.start, Const):
            count = build.definition(loop.stop)
            if count is not None and count.fn == "len" and loop.start.value == 0:
                found.add((count.args[0], loop.index))
    return found


def _block(relax: Relaxation, block: Block) -> Block:
    with relax.build.region() as new:
        for statement in block:
            _statement(relax, statement)
    return tuple(new)


def _statement(relax: Relaxation, statement: Stmt) -> None:
    build = relax.build
    match statement:
        case Assign(target, Apply("dpc.weight_of", (test,))):
            assert isinstance(test, Slot)
            weight = relax.gates[test].p
            assert not isinstance(weight, Undefined)
            build.assign(target, weight)
            relax.changed = True
        case Assign(_, Apply("dpc.index")) if relaxed_index(relax, statement):
            pass
        case Assign(_, Apply("getitem")) if relaxed_selection(relax, statement):
            pass
        case Assign(target):
            build.span = statement.span
            build.definitions[target] = statement.value
            build.emit(statement)
            open_gate(relax, statement)
        case With(context, None, body):
            call = build.definition(context)
            if call is None or call.fn != "dpc.temperature":
                build.emit(map_statement(statement, lambda a: a, relax.block))
                return
            outer, relax.temperature = relax.temperature, call.args[0]
            if any(_is_late(inside) for inside in statements(body)):
                # What it calls is compiled when it is reached, and asks the context.
                build.emit(map_statement(statement, lambda a: a, relax.block))
                relax.temperature = outer
                return
            relax.changed = True
            for inside in body:
                _statement(relax, inside)
            relax.temperature = outer
        case If():
            statement = apart(relax, statement)
            gate = gate_of(relax, statement.test)
            reason = None if gate is None else kept_exact(relax, statement)
            if gate is None and relax.first:
                refuse_truth(relax, statement)
            if reason is not None:
                relax.decide(statement, f"the test stays hard: {reason}")
            elif gate is None and relax.first and relax.varies(statement.test):
                relax.decide(statement, hard_text(relax, statement))
            if gate is not None and isinstance(gate.p, Const) and reason is None:
                _known_branch(relax, statement, bool(gate.p.value))
            elif gate is None or reason is not None:
                hard_if(relax, statement)
            else:
                _relaxed(relax, statement, gate)
        case For() if learned_length(relax, statement):
            pass
        case For() if relaxed_search(relax, statement):
            pass
        case For() | While():
            if not relaxed_loop(relax, statement):
                build.emit(hard_loop(relax, statement))
                _returned_by(relax, statement)
        case _:
            build.emit(map_statement(statement, lambda a: a, relax.block))


def _known_branch(relax: Relaxation, statement: If, truth: bool) -> None:
    """Emit the branch of a test that has been decided by one around it."""
    for inside in statement.then if truth else statement.orelse:
        _statement(relax, inside)
    for merge in statement.merges:
        atom = merge.then if truth else merge.orelse
        gate = gate_of(relax, atom)
        if gate is not None:
            relax.gates[merge.target] = gate
        if not isinstance(atom, Undefined):
            relax.build.assign(merge.target, atom)


def _relaxed(relax: Relaxation, statement: If, gate: Gate) -> None:
    relax.build.span, relax.changed = statement.span, True
    before = set(relax.promoted)
    relaxed_if(relax, restricted(relax, statement), gate)
    relax.decide(statement, relaxed_text(relax, statement, before))


def _is_late(statement: Stmt) -> bool:
    call = statement.value if isinstance(statement, Assign | Do) else None
    return isinstance(call, Apply) and call.fn == "call"


def _returned_by(relax: Relaxation, loop: For | While) -> None:
    """A loop that returns leaves a value only where its flag says so."""
    by_kind = {relax.outcomes.get(c.result): c for c in loop.carries}
    result, flag = by_kind.get(RESULT), by_kind.get(RETURNED)
    if result is not None and flag is not None and result.init is UNDEFINED:
        relax.loose[result.result] = flag.result
