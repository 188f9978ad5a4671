"""A soft loop: its result is the mixture of the states in which it can be left.

before                          after
`while x < b:`                  `x_halted, left = 0.0, 1.0`
`    x += 1`                    `for _ in range(max_steps):`
                                `    x_lt_b, x_ge_b = gates(b - x, temperature)`
                                `    x_halted += left * x_ge_b * x`
                                `    left *= x_lt_b`
                                `    if left < 1e-6: break`
                                `    x += 1`
                                `x = x_halted + left * x`

`left` is the weight that has not left the loop. A `for` keeps its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dpc.ir import facts as F
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Atom,
    Carry,
    Const,
    Do,
    For,
    Slot,
    Stmt,
    While,
)
from dpc.ir.program import RESULT, RETURNED
from dpc.ir.walk import operands, statements
from dpc.transforms.relax.deciding import (
    closure,
    exits,
    is_endless,
    is_relaxed_test,
    is_truth,
    kept_hard,
)
from dpc.transforms.relax.ends import End, Key
from dpc.transforms.relax.gates import certain
from dpc.transforms.relax.halting import Halting
from dpc.transforms.relax.known import Known
from dpc.transforms.relax.leaving import Leaving
from dpc.transforms.relax.mixture import cases_of
from dpc.transforms.relax.parting import Parting
from dpc.transforms.relax.places import heads_of, outer_places, read_place
from dpc.transforms.relax.state import Gate, Relaxation, refused

_CANNOT_MIX = frozenset("str none tuple list dict object function module slice".split())


def relaxed_loop(relax: Relaxation, loop: For | While) -> bool:
    """Emit the loop as a mixture, if its test varies and nothing speaks against it."""
    if relax.max_steps is None:
        return False
    decides = closure(exits(loop), relax.definitions, relax.carries)
    if not any(is_relaxed_test(relax, slot) for slot in decides):
        return False
    reason = kept_hard(loop, relax.build.library)
    if reason is not None:
        relax.decide(loop, f"the loop stays hard: {reason}")
        return False
    relax.changed = True
    mixing = _Mixing(relax, loop, decides)
    names = ", ".join(dict.fromkeys(c.result.name for c in mixing.mixed))
    relax.decide(loop, f"the loop is soft, and mixes {names or 'what it writes'}")
    mixing.emit()
    return True


class _Mixing:
    """The transformation of one loop."""

    def __init__(
        self, relax: Relaxation, loop: For | While, decides: frozenset[Slot]
    ) -> None:
        self.relax, self.loop, self.build = relax, loop, relax.build
        self.span = loop.span
        body = loop.body if isinstance(loop, For) else (*loop.head, *loop.body)
        read = {a for s in statements(body) for a in operands(s)}
        if isinstance(loop, While):
            read.add(loop.test)
        self.flags, self.mixed, self.gated = [], [], []
        for carry in loop.carries:
            truth, used = is_truth(relax, carry.result), carry.result in relax.used
            looks = carry.header in decides or carry.header in relax.tests
            if truth and _tells(relax, loop, carry, read):
                if used:
                    self.flags.append(carry)
            elif truth and looks and (carry.header in read or used):
                self.gated.append(carry)
            elif used and not truth:
                self._require_number(carry)
                self.mixed.append(carry)
        self.weights = {
            self.build.slot(carry.result.name, F.FLOAT): (carry, positive)
            for carry in self.gated
            if carry.result in relax.used
            for positive in (True, False)
        }
        # What is returned from inside: only where the loop is left it has a value.
        self.returned = [
            carry
            for carry in self.mixed
            if carry.init is UNDEFINED and relax.outcomes.get(carry.result) == RESULT
        ]
        self.places = outer_places(relax, body, heads_of(loop))
        for place in self.places:
            base = relax.build.fact(place.base).kind
            if place.kind == "item" and base in _CANNOT_MIX:
                raise self._refuse(f"the items of a {base} are written in it")

    def _refuse(self, why: str) -> Exception:
        return refused(
            self.span,
            f"this loop cannot be relaxed: {why}",
            "write dpc.hard(test) for an exact loop, or keep them in an array",
        )

    def _require_number(self, carry: Carry) -> None:
        kind = self.build.fact(carry.next).kind
        if kind in _CANNOT_MIX:
            raise self._refuse(f"`{carry.result.name}` is a {kind}, which has no mean")

    def emit(self) -> None:
        """Emit the new loop and what follows it."""
        relax, build, loop = self.relax, self.build, self.loop
        build.span = self.span
        left = build.slot("left", F.FLOAT)
        starts = self._starts()
        sums = {key: self._header(key) for key in starts}
        gates = [self._gate_headers(carry) for carry in self.gated]
        halting = Parting(
            relax,
            loop,
            self.flags,
            self.mixed,
            self.returned,
            self.places,
            left,
            dict(sums),
            gates,
            self.weights,
        )
        for flag in self.flags:
            halting.known[flag.header] = False
        soft_head = self._is_soft_head()
        with build.region() as body:
            if isinstance(loop, While) and (soft_head or is_endless(loop)):
                halting.emit(loop.head)
                end = self._through_head(halting)
            else:
                end = halting.path(loop.body)
        last = [build.slot(c.result.name, build.fact(c.result)) for c in loop.carries]
        carries = [
            Carry(c.header, c.init, value, slot)
            for c, value, slot in zip(loop.carries, end.values, last, strict=False)
        ]
        lasts = self._carry_gates(carries, gates, end.values[len(loop.carries) :])
        after = build.slot("left", F.FLOAT)
        carries.append(Carry(left, Const(1.0), end.left, after))
        ends: dict[Key, Atom] = {}
        for key, head in sums.items():
            if end.sums[key] is head:
                ends[key] = starts[key]  # Nothing has been added to it.
                continue
            result = build.slot(head.name, build.fact(end.sums[key]))
            build.facts[head] = F.join(build.fact(head), build.fact(result))
            ends[key] = result
            carries.append(Carry(head, starts[key], end.sums[key], result))
        self._loop(tuple(body), tuple(carries), end, soft_head)
        if is_endless(loop) or soft_head:
            self._require_halted(after)
        Leaving(
            relax,
            loop,
            self.flags,
            self.mixed,
            self.returned,
            self.places,
            self.weights,
            ends,
            {key for key in ends if ends[key] is starts[key]},
        ).emit(after, last, lasts)

    def _carry_gates(
        self,
        carries: list[Carry],
        gates: Sequence[tuple[Carry, Gate]],
        ends: Sequence[Atom],
    ) -> dict[Carry, Gate]:
        """Carry the weights of flags round; returns what they are after the loop."""
        found: dict[Carry, Gate] = {}
        values = iter(ends)
        for flag, gate in gates:
            begin, lasts = certain(self.relax, flag.init), []
            pairs = ((gate.p, begin.p), (gate.q, begin.q))
            for head, init in pairs:
                assert isinstance(head, Slot)
                lasts.append(self.build.slot(head.name, F.FLOAT))
                carries.append(Carry(head, init, next(values), lasts[-1]))
            found[flag] = self.relax.gates[flag.result] = Gate.of(*lasts)
        return found

    def _is_soft_head(self) -> bool:
        loop, relax = self.loop, self.relax
        if not isinstance(loop, While):
            return False
        decides = closure([loop.test], relax.definitions, relax.carries)
        return any(is_relaxed_test(relax, slot) for slot in decides)

    def _through_head(self, halting: Halting) -> End:
        loop = self.loop
        assert isinstance(loop, While)
        if isinstance(loop.test, Const):
            return halting.path(loop.body)
        return halting.head(loop.test, loop.body)

    def _loop(
        self,
        body: tuple[Stmt, ...],
        carries: tuple[Carry, ...],
        end: End,
        soft_head: bool,
    ) -> None:
        loop, build = self.loop, self.build
        if isinstance(loop, For):
            build.emit(replace(loop, body=body, carries=carries, leave=end.stop))
        elif soft_head or is_endless(loop):
            index = build.slot("step", F.INT, temp=True)
            bounds = Const(0), Const(self.relax.max_steps), Const(1)
            build.emit(For(index, *bounds, body, carries, end.stop, self.span))
        else:
            head = self.relax.block(loop.head)
            build.emit(
                replace(loop, head=head, body=body, carries=carries, leave=end.stop)
            )

    def _starts(self) -> dict[Key, Atom]:
        """The sums as they are before the loop."""
        found: dict[Key, Atom] = {}
        for case in cases_of(len(self.flags)):
            if self.flags:
                found[case, None] = Const(0.0)
            for carry in self.mixed:
                found[case, carry.result] = self._zero(carry.init, carry.result)
            for slot in self.weights:
                found[case, slot] = Const(0.0)
        for place in self.places:
            for case in cases_of(len(self.flags)):
                found[case, place] = self._zero(read_place(self.relax, place), None)
        return found

    def _zero(self, atom: Atom, slot: Slot | None) -> Atom:
        fact = self.build.fact(atom)
        if atom is UNDEFINED or fact.is_scalar:
            return Const(0.0)
        return self.build.apply("dpc.zeros", atom)

    def _header(self, key: Key) -> Slot:
        what = key[1]
        if what is None:
            return self.build.slot("broke", F.FLOAT)
        fact = F.FLOAT
        if isinstance(what, Slot):
            was = self.build.fact(what)
            fact = was if was.kind not in ("int", "bool") else F.FLOAT
        else:
            fact = self.build.fact(what.base) if what.kind == "item" else F.ANY
        return self.build.slot(f"{what.name}_halted", fact)

    def _gate_headers(self, carry: Carry) -> tuple[Carry, Gate]:
        name = carry.header.name
        p, q = (self.build.slot(f"{name}{end}", F.FLOAT) for end in ("", "_not"))
        self.relax.weights |= {p, q}
        self.relax.gates[carry.header] = Gate.of(p, q)
        return carry, self.relax.gates[carry.header]

    def _require_halted(self, left: Slot) -> None:
        span = self.span
        line = "" if span is None else span.source.line(span.line).strip()
        bare = self.relax.apply("dpc.bare", left)
        args = (bare, Const(self.relax.max_steps), Const(line))
        self.build.emit(Do(Apply("dpc.require_halted", args), self.span))


def _tells(relax: Relaxation, loop: For | While, carry: Carry, read: set[Atom]) -> bool:
    """The flag of an exit: false until the loop is left."""
    start = carry.init
    false = isinstance(start, Const) and start.value is False
    if not false or carry.header in read or loop.leave is None:
        return False
    if not is_truth(relax, carry.result):
        return False
    going = Known(relax)
    going.known[carry.header] = False
    going.assume(loop.leave, False)
    truth = going.truth(carry.next)
    if isinstance(loop.leave, Const) or relax.outcomes.get(carry.result) == RETURNED:
        return isinstance(loop.leave, Const) or truth is not True
    return truth is False
