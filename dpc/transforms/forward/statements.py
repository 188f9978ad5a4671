"""The forward pass: beside every statement of the primal, what it does to tangents.

primal                      beside it
`y = np.tanh(x)`            `y_dot = (1 - y * y) * x_dot`
`z = x * y`                 `z_dot = x_dot * y + x * y_dot`
`a[i] = x`                  `a_dot[i] = x_dot`
`items.append(x)`           `items_dot.append(x_dot)`
`if c: ... else: ...`       the tangents of a branch stand in that branch
`for ...: ...`              tangents of what goes round the loop go round with it

Tangents of values are values; those of memory that is written are memory (`memory`).
"""

from __future__ import annotations

from dpc.ir.facts import join
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
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
from dpc.rules.adjoints import is_linear
from dpc.transforms.forward.calls import call_forward, is_late, refuse_late
from dpc.transforms.forward.implicit import equation_at, implicit_forward
from dpc.transforms.forward.memory import (
    AUGMENTED,
    container,
    effect_forward,
    in_place,
    is_container,
    loaded,
    store_forward,
    update_forward,
    writes,
)
from dpc.transforms.forward.owned import own
from dpc.transforms.forward.recorded import moved, recorded, taken_off
from dpc.transforms.forward.rules import ruled
from dpc.transforms.forward.state import State


class Forward:
    """Writes a program with its tangents into `state.build`."""

    def __init__(self, state: State) -> None:
        self.state = state

    def block(self, block: Block) -> None:
        """The statements of a block, each with its tangents."""
        past = 0
        for place, statement in enumerate(block):
            if place < past:
                continue
            self.state.build.span = getattr(statement, "span", None)
            equation = equation_at(block, place)
            if equation is None:
                self.statement(statement)
            else:
                implicit_forward(self.state, equation, self.block)
                past = place + len(equation)

    def region(self, block: Block) -> list[Stmt]:
        """The same in a list of their own."""
        with self.state.build.region() as made:
            self.block(block)
        return made

    def statement(self, statement: Stmt) -> None:
        """One statement and its tangents."""
        state = self.state
        match statement:
            case Assign(target, Apply() as call):
                self.apply(statement, target, call)
            case Assign(target, value):
                state.build.emit(statement)
                if state.active(target):
                    if isinstance(value, Slot):
                        state.dots[target] = state.filled(value)
                    elif state.mirrored(target):
                        own(state, target, value)
            case Do(call) if is_late(state, call):
                call_forward(state, statement, None, call)
            case Do(call) if is_linear(call.fn):
                moved(state, statement, call)
            case Do(call):
                effect_forward(state, call, None)
                state.build.emit(statement)
            case Store():
                store_forward(state, statement)
            case Update():
                update_forward(state, statement)
            case If():
                self.branches(statement)
            case For() | While() | Replay():
                self.loop(statement)
            case Record():
                recorded(state, statement)
            case Recall(_, tape):
                state.build.emit(Recall(taken_off(state, statement), tape))
            case With(context, target, body, span):
                inside = self.region(body)
                state.build.emit(With(context, target, tuple(inside), span))
            case _:
                state.build.emit(statement)

    def apply(self, statement: Assign, target: Slot, call: Apply) -> None:
        """`target = fn(...)`."""
        state = self.state
        refuse_late(state, call)
        if is_late(state, call):
            call_forward(state, statement, target, call)
        elif is_linear(call.fn):
            moved(state, statement, call)
        elif writes(state, call):
            effect_forward(state, call, target)
            state.build.emit(statement)
        elif call.fn in AUGMENTED and state.active(target):
            in_place(state, statement, target, call)
        else:
            state.build.emit(statement)
            if not state.active(target):
                return
            if call.fn in ("getitem", "getattr", "unpack", "sequence"):
                loaded(state, target, call)
            elif is_container(state, call):
                container(state, target, call)
            else:
                ruled(state, statement, call)

    # Branches and loops

    def branches(self, statement: If) -> None:
        """Both branches, and what they leave with its tangents."""
        state = self.state
        test = state.build.definition(statement.test)
        if test is not None and any(map(state.activity.is_varied, test.operands)):
            state.note_hard(statement.span)
        merged = [m for m in statement.merges if state.active(m.target)]
        blocks, ends = [], []
        for block, side in ((statement.then, "then"), (statement.orelse, "orelse")):
            inside = self.region(block)
            with state.at(inside):
                ends.append([state.filled(getattr(m, side)) for m in merged])
            blocks.append(tuple(inside))
        merges = list(statement.merges)
        for merge, then, orelse in zip(merged, *ends, strict=True):
            dot = state.new(merge.target)
            if state.build.fact(merge.target).is_scalar:
                facts = state.build.fact(then), state.build.fact(orelse)
                state.build.facts[dot] = join(*facts)
            state.dots[merge.target] = dot
            merges.append(Merge(dot, then, orelse))
        then_block, else_block = blocks
        new = If(statement.test, then_block, else_block, tuple(merges), statement.span)
        state.build.emit(new)

    def loop(self, statement: For | While | Replay) -> None:
        """The loop, with the tangents of what it carries."""
        carries = [c for c in statement.carries if self.state.active(c.header)]
        inits = [self.state.filled(carry.init) for carry in carries]
        if not self.looped(statement, carries, inits, hopeful=True):
            self.looped(statement, carries, inits, hopeful=False)

    def looped(
        self,
        statement: For | While | Replay,
        carries: list[Carry],
        inits: list[Atom],
        hopeful: bool,
    ) -> bool:
        """Write the loop with these initial tangents.

        hopeful: the tangents of Python floats are taken for Python floats. False, and
          nothing is written, if the body proves that one is not.
        """
        state = self.state
        headers = [state.new(carry.header) for carry in carries]
        for carry, header, init in zip(carries, headers, inits, strict=True):
            state.dots[carry.header] = header
            if hopeful and state.build.fact(carry.header).kind == "float":
                state.build.facts[header] = state.build.fact(init)
        head: list[Stmt] = []
        targets: tuple[Slot, ...] = ()
        if isinstance(statement, While):
            head = self.region(statement.head)
        elif isinstance(statement, Replay):
            targets = taken_off(state, statement)
        body = self.region(statement.body)
        with state.at(body):
            nexts = [state.filled(carry.next) for carry in carries]
        made = list(statement.carries)
        for carry, header, init, following in zip(
            carries, headers, inits, nexts, strict=True
        ):
            fact = state.build.fact(header)
            if fact.kind == "float" and state.build.fact(following).kind != "float":
                return False
            result = state.new(carry.result)
            state.build.facts[result] = fact
            state.dots[carry.result] = result
            made.append(Carry(header, init, following, result))
        match statement:
            case For(index, start, stop, step, _, _, leave, span, backward):
                new: Stmt = For(
                    index,
                    start,
                    stop,
                    step,
                    tuple(body),
                    tuple(made),
                    leave,
                    span,
                    backward,
                )
            case While(_, test, _, _, leave, span):
                new = While(tuple(head), test, tuple(body), tuple(made), leave, span)
            case Replay(_, tape, _, _, span):
                new = Replay(targets, tape, tuple(body), tuple(made), span)
        state.build.emit(new)
        return True
