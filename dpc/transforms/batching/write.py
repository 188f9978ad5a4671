"""The statements of a program over a batch, one after another."""

from __future__ import annotations

from collections.abc import Callable

from dpc.ir.facts import ANY, Fact, join
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Do,
    For,
    If,
    Merge,
    Object,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    Value as Assigned,
    While,
    With,
)
from dpc.ir.walk import statements
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Kept, Tree, Value, union, varies
from dpc.transforms.batching import loops
from dpc.transforms.batching.calls import applied
from dpc.transforms.batching.demanded import demanded
from dpc.transforms.batching.iterations import recall, record
from dpc.transforms.batching.loads import apart
from dpc.transforms.batching.merging import selected, with_rows
from dpc.transforms.batching.promote import placeholder
from dpc.transforms.batching.quiet import quietly
from dpc.transforms.batching.state import State, differs
from dpc.transforms.batching.stores import add_at, store, update

_ADDING = ("np.add.at", "np.subtract.at", "np.multiply.at", "dpc.add_at")
_SAID = ("print", "raise", "assert")


class Writer:
    """Writes the batched program into `state.build`."""

    def __init__(self, state: State) -> None:
        self.state = state
        inside = statements(state.program.function.body)
        self.tapes = frozenset(s.tape for s in inside if isinstance(s, Record))

    def block(self, block: Block) -> None:
        """The statements of a block."""
        for statement in block:
            self.statement(statement)

    def statement(self, statement: Stmt) -> None:
        """One statement; what cannot run over a batch is refused with its line."""
        state = self.state
        span = getattr(statement, "span", None)
        if span is not None:
            state.build.span = span
        try:
            self._statement(statement)
        except NoBatch as why:
            raise state.complaint(why) from None

    def _statement(self, statement: Stmt) -> None:
        state = self.state
        match statement:
            case Assign(target, value):
                self.assign(target, value)
            case Do(call):
                self.do(call)
            case Store():
                store(state, statement)
            case Update():
                update(state, statement)
            case If():
                self.branches(statement)
            case For():
                loops.for_loop(self, statement)
            case While():
                loops.while_loop(self, statement)
            case Replay():
                loops.replay(self, statement)
            case Record():
                record(state, statement)
            case Recall():
                recall(state, statement)
            case With():
                self.within(statement)
            case Pullback():
                self.pullback(statement)
            case Comment():
                state.build.emit(statement)
            case _:
                raise NoBatch("a derivative inside, over a batch")

    def assign(self, target: Slot, value: Assigned) -> None:
        """`target = value`."""
        state = self.state
        begun = len(state.build.block)
        if isinstance(value, Apply):
            if value.fn == "unpack" and target in state.outliving:
                value = self._of_copy(value)
            found = applied(state, value, target, self.statement)
            if (
                target in state.outliving
                and found.rows is True
                and found.fact.is_scalar
            ):
                made = state.build.apply("np.copy", found.atom)
                found = Value(made, True, found.fact)
            if value.fn == "list" and not value.args:
                # A list that nothing is appended to but by `Record` is a tape.
                found = Value(found.atom, self._kept(target), found.fact)
        else:
            found = state.value(value)
        if target in state.demanded and found.rows is not True:
            found = demanded(state, value, found)
        if not isinstance(value, Apply) and isinstance(found.atom, Slot):
            self._alias(target, found)
            return
        if isinstance(found.atom, Const) and found.fact.value is True:
            state.values[target] = found  # A branch that is always entered.
            return
        state.define(target, found, begun)

    def _of_copy(self, unpack: Apply) -> Apply:
        """The elements of an array that may be written while they are used."""
        kept = Slot("kept", temp=True)
        base, *rest = unpack.args
        self.state.values[kept] = apart(self.state, self.state.value(base))
        return Apply("unpack", (kept, *rest))

    def _alias(self, target: Slot, found: Value) -> None:
        """Another name of a value."""
        state = self.state
        made = Slot(target.name, target.temp)
        assert not isinstance(found.atom, Undefined)
        state.build.facts[made] = state.build.fact(found.atom)
        state.build.assign(made, found.atom)
        fact = state.known(target, found.fact)
        state.values[target] = Value(made, found.rows, fact)
        if found.atom in state.shapes:
            state.shapes[made] = state.shapes[found.atom]

    def _kept(self, target: Slot) -> Tree:
        if target in self.tapes:
            return Kept()
        return target in self.state.demanded

    def do(self, call: Apply) -> None:
        """A call for its effect."""
        state = self.state
        if call.fn == "dpc.enter":
            if isinstance(state.value(call.args[0]).atom, Const):
                return
            state.build.emit(Do(Apply("dpc.enter", (state.value(call.args[0]).atom,))))
            return
        if call.fn in _ADDING:
            add_at(state, call)
            return
        if call.fn in _SAID or call.fn.startswith("dpc.require"):
            self.say(call)
            return
        mark = len(state.build.block)
        found = applied(state, call, None, self.statement)
        last = state.build.block[-1] if len(state.build.block) > mark else None
        if isinstance(last, Assign) and last.target is found.atom:
            assert isinstance(last.value, Apply)
            state.build.block[-1] = Do(last.value, state.build.span)

    def say(self, call: Apply) -> None:
        """`assert`, `raise`, `print`: for all rows, or refused."""
        state = self.state
        values = [state.value(atom) for atom in call.operands]
        if call.fn == "dpc.require_scalar":
            if values[0].rank:
                raise NoBatch("only a floating scalar has a gradient")
            return
        if call.fn == "assert" and (differs(values[0]) or state.mask):
            self._assert(call, values)
            return
        if state.mask or (call.fn == "raise" and any(map(differs, values))):
            verb = {"raise": "raised", "print": "printed"}.get(call.fn, "done")
            raise NoBatch(
                f"something is {verb} for some rows and not for others",
                "do it before or after the call",
                certain=bool(state.mask),
            )
        kwargs = tuple((k, state.value(a).atom) for k, a in call.kwargs)
        atoms = tuple(v.atom for v in values[: len(call.args)])
        state.build.emit(Do(Apply(call.fn, atoms, kwargs), state.build.span))

    def _assert(self, call: Apply, values: list[Value]) -> None:
        """It holds for all the rows that come by."""
        state = self.state
        test = state.batch.rows(values[0])
        mask = state.taken()
        if mask is not None:
            others = state.turned(mask)
            test = state.batch.apply("operator.or_", others, test)
        whole = state.batch.apply("np.all", test)
        rest = tuple(v.atom for v in values[1:])
        if any(map(differs, values[1:])):
            rest = ()
        state.build.emit(Do(Apply("assert", (whole.atom, *rest)), state.build.span))

    def within(self, statement: With) -> None:
        """A `with` statement: its context is the same for all rows."""
        state = self.state
        context = state.value(statement.context)
        if differs(context):
            raise NoBatch("a context that differs from row to row")
        target: Slot | None = None
        if statement.target is not None:
            entered = state.new(statement.target, False).atom
            assert isinstance(entered, Slot)
            target = entered
        with state.build.region() as body:
            self.block(statement.body)
        made = With(context.atom, target, tuple(body), statement.span)
        state.build.emit(made)

    # Branches

    def branches(self, statement: If) -> None:
        """A branch for all rows, or a selection between both."""
        state = self.state
        test = state.test(statement.test)
        if isinstance(test.atom, Const) and test.atom.value is True:
            self._certain(statement)
            return
        if not differs(test):
            self._one_branch(statement, test)
            return
        if state.batch.rank(test):
            raise NoBatch("the truth of an array cannot be asked row by row")
        whole = state.batch.rows(test)
        if whole.fact.dtype != "b1":
            whole = state.batch.apply("operator.ne", whole, 0)
        which = whole.atom
        with quietly(state):
            with state.among((which, False)):
                self.block(statement.then)
            with state.among((which, True)):
                self.block(statement.orelse)
        for merge in statement.merges:
            then, orelse = state.value(merge.then), state.value(merge.orelse)
            fact = state.program.facts.get(merge.target, ANY)
            pair = (merge.then, merge.orelse)
            begun = len(state.build.block)
            found = selected(state, which, then, orelse, fact, pair)
            self._merged(merge, found, begun)

    def _certain(self, statement: If) -> None:
        """A branch that is always taken."""
        state = self.state
        self.block(statement.then)
        for merge in statement.merges:
            state.values[merge.target] = state.value(merge.then)

    def _merged(self, merge: Merge, found: Value, begun: int) -> None:
        state = self.state
        if len(state.build.block) > begun and isinstance(found.atom, Slot):
            state.define(merge.target, found, begun)
        else:
            state.values[merge.target] = found

    def _one_branch(self, statement: If, test: Value) -> None:
        state = self.state
        sides: list[tuple[list[Stmt], list[Value]]] = []
        for block, name in ((statement.then, "then"), (statement.orelse, "orelse")):
            with state.build.region() as made:
                self.block(block)
                ends = [state.value(getattr(m, name)) for m in statement.merges]
            sides.append((made, ends))
        merges = []
        for place, merge in enumerate(statement.merges):
            pair = [ends[place] for _, ends in sides]
            tree = _union(*pair)
            tree = True if merge.target in state.demanded else tree
            like = self._looked_at(pair)
            tree = tree if like is None else True
            ends_ = []
            for (made, _), value, atom in zip(
                sides, pair, (merge.then, merge.orelse), strict=True
            ):
                if merge.target in state.demanded and isinstance(atom, Slot):
                    state.demand(atom)
                model = like if isinstance(value.atom, Undefined) else None
                ends_.append(self._end(made, value, tree, atom, model))
            fact = self._joined(merge.target, pair)
            target = state.new(merge.target, tree, fact)
            assert isinstance(target.atom, Slot)
            merges.append(Merge(target.atom, ends_[0].atom, ends_[1].atom))
        then, orelse = (tuple(made) for made, _ in sides)
        state.build.emit(If(test.atom, then, orelse, tuple(merges), statement.span))

    def _joined(self, slot: Slot, values: list[Value]) -> Fact:
        known = self.state.program.facts.get(slot, ANY)
        facts = [v.fact for v in values if not isinstance(v.atom, Undefined)]
        if not facts:
            return known
        inferred = facts[0]
        for fact in facts[1:]:
            inferred = join(inferred, fact)
        return self.state.known(slot, inferred)

    def _looked_at(self, pair: list[Value]) -> Value | None:
        """The number that only one branch leaves, and that others are selected with
        later: for rows that do not have it something has to stand there."""
        state = self.state
        there = [v for v in pair if not isinstance(v.atom, Undefined)]
        if len(there) != 1 or (not state.mask and state.live is None):
            return None
        (like,) = there
        known = like.fact.is_number and like.fact.rank is not None
        return like if known else None

    def _end(
        self,
        block: list[Stmt],
        value: Value,
        tree: Tree,
        atom: Atom,
        like: Value | None = None,
    ) -> Value:
        """What a branch leaves, with the batch axis where the other one's has it."""
        state = self.state
        outer, state.build.block = state.build.block, block
        try:
            if like is not None:
                return placeholder(state, like)
            return with_rows(state, value, tree, atom)
        finally:
            state.build.block = outer

    def pullback(self, statement: Pullback) -> None:
        """A nested function of what differs, if its cotangent does."""
        state = self.state
        trees: list[Tree] = [True for _ in statement.params]
        params = [
            state.new(slot, tree)
            for slot, tree in zip(statement.params, trees, strict=True)
        ]
        with state.build.region() as body:
            self.block(statement.body)
            result = state.value(statement.result)
        target = Slot(statement.target.name)
        slots = tuple(p.atom for p in params if isinstance(p.atom, Slot))
        state.build.emit(
            Pullback(target, slots, tuple(body), result.atom, statement.span)
        )
        state.values[statement.target] = Value(target, False, ANY)


def _union(*values: Value) -> Tree:
    tree: Tree = False
    for value in values:
        if not isinstance(value.atom, Undefined):
            tree = union(tree, value.rows)
    return tree


Write = Callable[[Stmt], None]
__all__ = ["Object", "Writer", "varies"]
