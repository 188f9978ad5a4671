"""Random well-formed programs of the representation, hard on names and on order.

Few names, many slots; old values are read long after their variable has moved on; loops
with carries that trade places, exits from nested branches, tapes and their replay,
array elements that are read and written, calls that log what they see.
"""

import copy
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from dpc.backends.load import load
from dpc.backends.python import emit
from dpc.ir import facts as F
from dpc.ir.check import check
from dpc.ir.evaluate import evaluate
from dpc.ir.facts import Fact
from dpc.ir.library import Library
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
    Function,
    If,
    Merge,
    Object,
    Param,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    While,
)
from dpc.ir.program import Program

NAMES = ("x", "y", "z")
BINARY = ("operator.add", "operator.sub", "operator.mul")
ARRAY = 4  # the length of the array parameter


class Generator:
    """Builds one program from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.facts: dict[Slot, Fact] = {}
        self.array = Slot("a")
        self.logs: list[float] = []

    def program(self) -> Program:
        params = [Slot(n) for n in NAMES]
        for slot in params:
            self.facts[slot] = F.FLOAT
        self.facts[self.array] = F.array("f8", (ARRAY,))
        visible: list[Atom] = list(params)
        body = self.block(visible, 0, self.random.randint(3, 7))
        parts = tuple(self.pick(visible) for _ in range(3))
        result = Slot("t", temp=True)
        body.append(Assign(result, Apply("tuple", parts)))
        signature = (*(Param(s) for s in params), Param(self.array))
        function = Function("program", signature, tuple(body), result)
        return Program(function, self.facts, scopes={"closure": {"log": self.log}})

    def log(self, value: float) -> float:
        """What the programs call: it notes what it is given."""
        self.logs.append(float(value))
        return value * 0.5

    # Atoms

    def pick(self, visible: Sequence[Atom]) -> Atom:
        if self.random.random() < 0.1:
            return Const(self.random.choice([0.5, 2.0, -1.5]))
        return self.random.choice(visible)

    def named(self, temp: bool = False) -> Slot:
        slot = Slot("t" if temp else self.random.choice(NAMES), temp)
        self.facts[slot] = F.FLOAT
        return slot

    # Statements

    def block(self, visible: list[Atom], depth: int, length: int) -> list[Stmt]:
        body: list[Stmt] = []
        for _ in range(length):
            kinds = (
                ["assign"] * 5 + ["temp"] * 6 + ["load", "store", "update", "log", "do"]
            )
            kinds += ["and", "comment"]
            if depth < 3:
                kinds += ["if", "if", "for", "for", "while"]
            getattr(self, "_" + self.random.choice(kinds))(body, visible, depth)
        return body

    def _value(self, visible: list[Atom]) -> Apply:
        # Bounded, whatever is multiplied with what.
        fn = self.random.choice(BINARY)
        return Apply(fn, (self.pick(visible), self.pick(visible)))

    def _bounded(self, body: list[Stmt], visible: list[Atom], target: Slot) -> None:
        inner = self.named(temp=True)
        body.append(Assign(inner, self._value(visible)))
        body.append(Assign(target, Apply("math.sin", (inner,))))
        visible.append(target)

    def _assign(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        if self.random.random() < 0.2:
            target = self.named()
            source = self.random.choice(visible)
            body.append(Assign(target, source))  # type: ignore[arg-type]
            visible.append(target)
        else:
            self._bounded(body, visible, self.named())

    def _temp(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        self._bounded(body, visible, self.named(temp=True))

    def _index(self) -> Const:
        return Const(self.random.randrange(ARRAY))

    def _load(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        target = self.named(temp=self.random.random() < 0.8)
        body.append(Assign(target, Apply("getitem", (self.array, self._index()))))
        visible.append(target)

    def _store(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        body.append(Store("item", self.array, self._index(), self.pick(visible)))

    def _update(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        value = Slot("t", temp=True)
        self.facts[value] = F.FLOAT
        body.append(
            Assign(value, Apply("operator.mul", (Const(0.5), self.pick(visible))))
        )
        body.append(Update("item", "mul", self.array, self._index(), value))

    def _log(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        target = self.named(temp=self.random.random() < 0.7)
        call = Apply("call", (Object("closure", ("log",)), self.pick(visible)))
        body.append(Assign(target, call))
        visible.append(target)

    def _do(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        call = Apply("call", (Object("closure", ("log",)), self.pick(visible)))
        body.append(Do(call))

    def _comment(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        body.append(Comment("a step of the program"))

    def _test(self, body: list[Stmt], visible: list[Atom]) -> Slot:
        test = Slot("test", temp=True)
        fn = self.random.choice(["operator.lt", "operator.gt"])
        body.append(Assign(test, Apply(fn, (self.pick(visible), self.pick(visible)))))
        self.facts[test] = F.BOOL
        return test

    def _and(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        left = self._test(body, visible)
        inside: list[Stmt] = []
        right = self._test(inside, visible)
        both = Slot("both", temp=True)
        self.facts[both] = F.BOOL
        ends = (right, left) if self.random.random() < 0.5 else (left, right)
        arms = (tuple(inside), ()) if ends[0] is right else ((), tuple(inside))
        body.append(If(left, *arms, (Merge(both, *ends),)))
        chosen = self.named(temp=self.random.random() < 0.5)
        merge = Merge(chosen, self.pick(visible), self.pick(visible))
        body.append(If(both, (), (), (merge,)))
        visible.append(chosen)

    def _if(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        test = self._test(body, visible)
        inside = [list(visible), list(visible)]
        arms = [self.block(v, depth + 1, self.random.randint(0, 3)) for v in inside]
        merges = []
        for _ in range(self.random.randint(0, 3)):
            target = self.named(temp=self.random.random() < 0.3)
            merges.append(Merge(target, self.pick(inside[0]), self.pick(inside[1])))
        body.append(If(test, tuple(arms[0]), tuple(arms[1]), tuple(merges)))
        visible += [merge.target for merge in merges]

    # Loops

    def _carried(self, visible: list[Atom]) -> list[tuple[Slot, Atom, Slot]]:
        found = []
        for _ in range(self.random.randint(0, 3)):
            name = self.random.choice(NAMES)
            header, result = Slot(name), Slot(name)
            self.facts[header] = self.facts[result] = F.FLOAT
            found.append((header, self.pick(visible), result))
        return found

    def _for(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        carried = self._carried(visible)
        index = Slot(self.random.choice(["i", "i", "x"]))
        self.facts[index] = F.INT
        inside = [*visible, *(header for header, _, _ in carried), index]
        lines = self.block(inside, depth + 1, self.random.randint(1, 4))
        leave = self._exit(lines, inside, depth)
        carries = self._close(carried, inside)
        tape, records = self._taped(body, inside)
        lines += records
        stop = Const(self.random.randint(0, 4))
        bounds = (Const(0), stop, Const(1))
        backward = self.random.random() < 0.2
        body.append(For(index, *bounds, tuple(lines), carries, leave, None, backward))
        visible += [carry.result for carry in carries]
        if tape is not None:
            self._replay(body, visible, tape, records[0], depth)

    def _while(self, body: list[Stmt], visible: list[Atom], depth: int) -> None:
        carried = self._carried(visible)
        count, step, last = Slot("n"), Slot("n"), Slot("n")
        for slot in (count, step, last):
            self.facts[slot] = F.INT
        inside = [*visible, *(header for header, _, _ in carried)]
        head = self.block(inside, 3, self.random.randint(0, 2))
        test = Slot("test", temp=True)
        self.facts[test] = F.BOOL
        head.append(Assign(test, Apply("operator.lt", (count, Const(3)))))
        lines = self.block(inside, depth + 1, self.random.randint(1, 4))
        lines.append(Assign(step, Apply("operator.add", (count, Const(1)))))
        leave = self._exit(lines, inside, depth)
        carries = (*self._close(carried, inside), Carry(count, Const(0), step, last))
        tape, records = self._taped(body, inside)
        lines += records
        body.append(While(tuple(head), test, tuple(lines), carries, leave))
        visible += [carry.result for carry in carries]
        if tape is not None:
            self._replay(body, visible, tape, records[0], depth)

    def _close(
        self, carried: list[tuple[Slot, Atom, Slot]], inside: list[Atom]
    ) -> tuple[Carry, ...]:
        return tuple(Carry(h, init, self.pick(inside), r) for h, init, r in carried)

    def _exit(self, lines: list[Stmt], inside: list[Atom], depth: int) -> Atom | None:
        """A way out of the loop: none, a plain test, or an outcome of branches."""
        kind = self.random.choice(["none", "none", "plain", "branch", "branch", "deep"])
        if kind == "none":
            return None
        if kind == "plain":
            return self._test(lines, inside)
        return self._outcome(lines, inside, 2 if kind == "deep" else 1)

    def _outcome(self, lines: list[Stmt], inside: list[Atom], levels: int) -> Slot:
        test = self._test(lines, inside)
        arms: list[list[Stmt]] = []
        ends: list[list[Atom]] = []
        leaves: list[Atom] = []
        for _ in range(2):
            scope = list(inside)
            arm = self.block(scope, 3, self.random.randint(0, 2))
            if levels > 1 and self.random.random() < 0.6:
                leaves.append(self._outcome(arm, scope, levels - 1))
            else:
                leaves.append(Const(self.random.random() < 0.5))
            arms.append(arm)
            ends.append(scope)
        outcome = Slot("broke")
        self.facts[outcome] = F.BOOL
        merges = [Merge(outcome, leaves[0], leaves[1])]
        for _ in range(self.random.randint(0, 2)):
            target = self.named()
            merges.append(Merge(target, self.pick(ends[0]), self.pick(ends[1])))
            inside.append(target)
        block: tuple[Block, Block] = (tuple(arms[0]), tuple(arms[1]))
        lines.append(If(test, *block, tuple(merges)))
        return outcome

    def _taped(
        self, before: list[Stmt], inside: list[Atom]
    ) -> tuple[Slot | None, list[Stmt]]:
        if self.random.random() < 0.4:
            return None, []
        tape = Slot("tape")
        before.append(Assign(tape, Apply("list", ())))
        known = [a for a in inside if isinstance(a, Slot)]
        values = tuple(
            self.random.choice(known) for _ in range(self.random.randint(1, 3))
        )
        return tape, [Record(tape, values)]

    def _replay(
        self,
        body: list[Stmt],
        visible: list[Atom],
        tape: Slot,
        record: Stmt,
        depth: int,
    ) -> None:
        assert isinstance(record, Record)
        targets = tuple(Slot(s.name) for s in record.values if isinstance(s, Slot))
        for slot in targets:
            self.facts[slot] = F.FLOAT
        carried = self._carried(visible)
        inside = [*visible, *(header for header, _, _ in carried), *targets]
        lines = self.block(inside, 3, self.random.randint(1, 3))
        carries = self._close(carried, inside)
        body.append(Replay(targets, tape, tuple(lines), carries))
        visible += [carry.result for carry in carries]

    def check(self, program: Program, args: Sequence[Any]) -> None:
        """The printed program does what the program means: results, writes, calls."""
        check(program.function)
        meant, done = copy.deepcopy(args), copy.deepcopy(args)
        expected = evaluate(program, meant)
        logged, self.logs[:] = list(self.logs), []
        module = emit(program, Library())
        found = load(module, lambda name: None)["program"](*done)
        assert found == expected, module.text
        assert self.logs == logged, module.text
        assert np.array_equal(done[-1], meant[-1]), module.text


def arguments(seed: int) -> tuple[float | np.ndarray, ...]:
    """Arguments for the program of a seed."""
    rng = np.random.default_rng(seed)
    return (*(float(v) for v in rng.normal(size=len(NAMES))), rng.normal(size=ARRAY))
