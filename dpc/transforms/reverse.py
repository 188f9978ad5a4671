"""The reverse pass: from a program to the program of its value and gradient.

The forward sweep is the primal, with what must be kept put on tapes; the backward sweep
visits its statements in reverse and passes cotangents from results to operands:

primal                  backward sweep
`y = np.tanh(x)`        `x_bar = y_bar * (1 - y * y)`
`z = x * y`             `x_bar = z_bar * y`, `y_bar = z_bar * x`
`if c: ... else: ...`   `if c:` the adjoint of the branch taken
`for ...: ...`          the iterations from the last to the first

Adjoints of values are values; adjoints of memory that is written are shadows
(`memory`).
"""

from __future__ import annotations

from dpc.analysis.sharing import COPIES, joins
from dpc.ir.facts import BOOL, Fact, join, with_numpy
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Const,
    Do,
    For,
    If,
    Merge,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.simplify import number
from dpc.passes.prune import prune_block
from dpc.rules.apply import cotangents, materialised
from dpc.rules.ruleset import Refused
from dpc.source import Span
from dpc.transforms.adjoints import HANDLED, adder_backward, adjoint_backward
from dpc.transforms.calls import call_backward, shared_backward
from dpc.transforms.carrying import STRUCTURAL
from dpc.transforms.implicit import implicit_backward
from dpc.transforms.loads import (
    container_backward,
    copy_backward,
    joined_backward,
    load_backward,
    unpack_backward,
)
from dpc.transforms.missing import no_rule, refuse_objects
from dpc.transforms.parts import assembled, spread
from dpc.transforms.scopes import Scope
from dpc.transforms.segments import Segments, inside, strategy_of
from dpc.transforms.state import State
from dpc.transforms.stores import (
    EFFECTS,
    augmented_backward,
    effect_backward,
    store_backward,
    update_backward,
)
from dpc.transforms.sweep import Entry, Region
from dpc.transforms.tape import Tape, export_from_branch
from dpc.transforms.tapes import (
    handed_to_branch,
    recall_backward,
    record_backward,
    replay_backward,
)
from dpc.transforms.warned import warns


class Reverse:
    """Writes the backward sweep of a program into `state.build`."""

    def __init__(self, state: State) -> None:
        self.state = state

    def region(self, region: Region) -> None:
        """The adjoints of a block, last statement first."""
        last: Span | None = None
        block = self.state.build.block
        for entry in reversed(region.entries):
            span = getattr(entry.statement, "span", None)
            self.state.build.span = span
            mark = len(block)
            self.statement(entry)
            if len(block) > mark and span is not None and span is not last:
                if not isinstance(entry.statement, If | For | While | Replay | With):
                    block.insert(mark, Comment(_text(span)))
                last = span

    def statement(self, entry: Entry) -> None:
        """The adjoint of one statement."""
        state = self.state
        match entry.statement:
            case Assign(target, Apply() as call):
                if target in state.shared:
                    shared_backward(state, target)
                elif target in state.pullbacks:
                    call_backward(state, target)
                elif call.fn in EFFECTS:
                    effect_backward(state, entry, call, target)
                elif state.active(target):
                    self.apply(entry, call, target)
            case Assign(target, Slot() as value):
                if state.active(target) and not self._in_shadow(target):
                    bar = assembled(state, target)
                    if bar is not None and not spread(state, value, bar):
                        self._whole(target, bar)
                        state.contribute(value, bar)
            case Do(Apply("dpc.add_at" | "dpc.add_attr" | "dpc.accumulate") as call):
                adder_backward(state, entry, call)
            case Do(call):
                effect_backward(state, entry, call, None)
            case Store() as store:
                store_backward(state, entry, store)
            case Update() as update:
                update_backward(state, entry, update)
            case If() as branches:
                self.branches(entry, branches)
            case For() | While() | Replay() as loop:
                self.loop(entry, loop)
            case Record():
                record_backward(state, entry.statement)
            case Recall():
                recall_backward(state, entry.statement)
            case With() as statement:
                self.within(entry, statement)
            case _:
                pass

    def apply(self, entry: Entry, call: Apply, target: Slot) -> None:
        """The adjoint of `target = fn(...)`."""
        state = self.state
        match call.fn:
            case "getitem" | "getattr":
                load_backward(state, entry, call, target)
            case "unpack" | "sequence":
                unpack_backward(state, call, target)
            case "tuple" | "list" | "dict" | "new":
                container_backward(state, call, target)
            case fn if fn in HANDLED:
                adjoint_backward(state, entry, call, target)
            case "dpc.solution" | "dpc.at_fixed_point" | "dpc.at_root":
                implicit_backward(state, entry, call, target, self.statement)
            case _ if call.fn in COPIES:
                copy_backward(state, call, target)
            case _ if joins(state.build.facts, call):
                joined_backward(state, entry, call, target)
            case _ if call.fn.startswith("dpc.i") and call.fn in STRUCTURAL:
                augmented_backward(state, entry, call, target)
            case _:
                self.ruled(entry, call, target)

    def ruled(self, entry: Entry, call: Apply, target: Slot) -> None:
        """The adjoint of a primitive, from its rule."""
        state = self.state
        rule = state.rules.get(call.fn)
        forward_only = rule is not None and rule.kind != "constant" and not rule.body
        if rule is None or forward_only:
            if any(map(state.active, call.operands)):
                raise no_rule(call, getattr(entry.statement, "span", None), state.rules)
            return
        if call.fn == "dpc.stop_gradient":
            return
        if rule.kind == "constant":
            inner = state.library[call.fn].memory in ("element", "holds", "view")
            if inner and call.args and state.active(call.args[0]):
                raise no_rule(call, getattr(entry.statement, "span", None), state.rules)
            return
        span = getattr(entry.statement, "span", None)
        active = filter(state.active, call.operands)
        refuse_objects(state.build.facts, call, active, span)
        bar = assembled(state, target)
        if bar is None:
            return
        if target in state.views:
            # What is added to a view's shadow is in its base's already.
            if state.views[target]:
                return
            base = state.shadows[call.args[0]]  # type: ignore[index]
            bar = state.build.apply("dpc.unshared", bar, base)
        elif state.shadowed(target) and state.build.fact(target).kind == "any":
            bar = state.build.apply("dpc.copy_tree", bar)
        primal: dict[Atom, Atom] = {}
        args, kwargs = [], []
        for atom in call.args:
            args.append(state.value(atom, entry))
            primal[args[-1]] = atom
        for name, atom in call.kwargs:
            kwargs.append((name, state.value(atom, entry)))
            primal[kwargs[-1][1]] = atom
        copied = Apply(call.fn, tuple(args), tuple(kwargs))
        out = state.result(target, entry)
        masked = target in state.selected

        def wanted(operand: Atom) -> bool:
            return operand in primal and state.active(primal[operand])

        try:
            found = cotangents(state.build, rule, copied, out, bar, masked, wanted)
        except Refused as why:
            raise no_rule(call, span, why=str(why)) from None
        for operand, amounts in found.items():
            total = amounts[0]
            tree = state.is_tree(primal[operand])
            for amount in amounts[1:]:
                fn = "dpc.added" if tree else "operator.add"
                total = state.build.apply(fn, total, amount)
            state.contribute(primal[operand], total)

    def branches(self, entry: Entry, statement: If) -> None:
        """The adjoint of the branch that was taken."""
        state = self.state
        found = state.build.definition(statement.test)
        if found is not None and any(map(state.activity.is_varied, found.operands)):
            state.note_hard(statement.span)
        outer = state.scope
        swept: list[tuple[Scope, list[Stmt]]] = []
        for region, name in zip(entry.regions, ("then", "orelse"), strict=True):
            state.scope = region.scope
            with state.build.region() as block:
                for merge in statement.merges:
                    handed_to_branch(state, outer, merge.target, getattr(merge, name))
                    if state.active(merge.target) and not self._in_shadow(merge.target):
                        bar = state._current(merge.target, outer)
                        if bar is not None:
                            self._whole(merge.target, bar)
                            state.contribute(getattr(merge, name), bar)
                self.region(region)
            swept.append((region.scope, block))
        state.scope = outer
        touched = dict.fromkeys(
            slot
            for scope, _ in swept
            for slot in scope.adjoints
            if state.homes.get(slot, state.root) is not scope
            and slot not in state.buffers
        )
        ends: list[list[Atom]] = []
        for scope, block in swept:
            with state.at(block):
                state.scope = scope
                ends.append([self._end(slot) for slot in touched])
        state.scope = outer
        blocks: list[Block] = []
        for side, (scope, block) in enumerate(swept):
            state.build.block.extend(scope.pre)
            wanted = [*ends[side], *state.kept_tapes]
            pruned = prune_block(tuple(block), wanted, state.library, state.build.facts)
            new, ends[side] = export_from_branch(state, entry, side, pruned, ends[side])
            blocks.append(new)
        merges: list[Merge] = []
        for slot, then, orelse in zip(touched, *ends, strict=True):
            if number(then) is not None and number(then) == number(orelse):
                outer.adjoints[slot] = then
                continue
            target = state.new(slot, temp=False)
            state.build.facts[target] = self._joined(slot, then, orelse)
            if then in state.trees or orelse in state.trees:
                state.trees.add(target)
            merges.append(Merge(target, then, orelse))
            outer.adjoints[slot] = target
        if blocks[0] or blocks[1] or merges:
            test, span = self._taken(entry, statement.test), statement.span
            then_block, else_block = blocks
            state.build.emit(If(test, then_block, else_block, tuple(merges), span))

    def _taken(self, entry: Entry, test: Atom) -> Atom:
        """The branch that was taken, where the test is memory that is written later."""
        state = self.state
        if not isinstance(test, Slot) or state.build.fact(test).is_scalar:
            return test
        if not state.aliases.rewritten(test, entry.statement, after=True):
            return test
        taken = Slot("taken")
        entry.before.append(Assign(taken, Apply("bool", (test,))))
        state.build.facts[taken] = BOOL
        state.homes[taken] = state.homes_of(entry)
        return taken

    def _whole(self, slot: Slot, bar: Atom) -> None:
        """An adjoint handed on as a whole may be the very shadow it is added to."""
        if self.state.shadowed(slot):
            self.state.trees.add(bar)

    def _in_shadow(self, slot: Slot) -> bool:
        return self.state.shadowed(slot) and self.state.is_array(slot)

    def _joined(self, slot: Slot, *ends: Atom) -> Fact:
        """The fact of an adjoint that is any of `ends`: for numbers, of what kind."""
        fact = self.state.build.fact(slot)
        if fact.is_scalar:
            for end in ends:
                fact = join(fact, self.state.build.fact(end))
        return with_numpy(fact)

    def _end(self, slot: Slot) -> Atom:
        """The adjoint of an outer slot where a branch or body ends, or its zero."""
        state = self.state
        bar = state.current(slot)
        if bar is None:
            return Const(None) if state.tapes.origin(slot) else state.zero(slot)
        if bar in state.trees or state.build.fact(slot).kind == "any":
            return bar
        return materialised(state.build, bar, state.item(slot))

    def loop(self, entry: Entry, statement: For | While | Replay) -> None:
        """The iterations from the last to the first."""
        state = self.state
        outer, scope = state.scope, entry.regions[1].scope
        strategy = strategy_of(state, statement)
        carried: list[tuple[Carry, Slot]] = []
        state.scope = scope
        with state.build.region() as body:
            for carry in statement.carries:
                if state.active(carry.header) and not self._in_shadow(carry.header):
                    header = state.new(carry.header, temp=False)
                    fact = state.build.fact(carry.header)
                    state.build.facts[header] = with_numpy(fact)
                    carried.append((carry, header))
            for carry, header in carried:
                self._whole(carry.header, header)
                state.contribute(carry.next, header)
            with inside(state, statement, strategy):
                self.region(entry.regions[1])
                self.region(entry.regions[0])
            if isinstance(statement, Replay):
                replay_backward(state, outer, statement)
            ends: list[tuple[Slot, Slot | None, Carry | None, Atom]] = []
            for carry, header in carried:
                ends.append((header, None, carry, self._end(carry.header)))
            for slot, header in scope.headers.items():
                if slot not in state.buffers:
                    ends.append((header, slot, None, self._end(slot)))
        state.scope = outer
        state.build.block.extend(scope.pre)
        rows: list[tuple[Slot, Atom, Atom, Slot]] = []
        for header, outside, carried_by, following in ends:
            source = outside or (carried_by.result if carried_by else header)
            init = state.current(source)
            if init is None:
                init = state.zero(source)
            elif init not in state.trees and state.build.fact(source).kind != "any":
                init = materialised(state.build, init, state.item(source))
            result = Slot(header.name)
            state.build.facts[result] = self._joined(header, init, following)
            rows.append((header, init, following, result))
        following_atoms = [*(row[2] for row in rows), *state.kept_tapes]
        pruned = prune_block(
            tuple(body), following_atoms, state.library, state.build.facts
        )
        if (pruned or rows) and strategy is not None:
            Segments(state, entry, strategy).close(pruned, rows)
        elif pruned or rows:
            tape = Tape(state, entry, statement)
            state.build.emit(tape.close(pruned, rows))
        # What came in from outside the loop is complete before more is added to it.
        for (_, outside, _, _), row in zip(ends, rows, strict=True):
            if outside is not None:
                outer.adjoints[outside] = row[3]
        for (_, _, carried_by, _), row in zip(ends, rows, strict=True):
            if carried_by is not None:
                self._whole(carried_by.header, row[3])
                state.contribute(carried_by.init, row[3])

    def within(self, entry: Entry, statement: With) -> None:
        """The adjoint of a `with` body, under the same floating-point error state."""
        state = self.state
        found = state.build.definition(statement.context)
        if found is None or found.fn not in ("np.errstate", "dpc.ignoring"):
            self.region(entry.regions[0])
            return
        with state.build.region() as body:
            self.region(entry.regions[0])
        block: Block = tuple(body)
        if found.fn == "dpc.ignoring":
            if not warns(block):
                state.build.block.extend(block)
                return
            dead = state.build.definition(found.args[0])
            assert dead is not None
            found = Apply(found.fn, (state.build.apply(dead.fn, *dead.args),))
        if block:
            context = state.build.assign(Slot("context", temp=True), found)
            state.build.emit(With(context, None, block, statement.span))


def _text(span: Span) -> str:
    """The first line of the statement."""
    return span.source.line(span.line).strip()
