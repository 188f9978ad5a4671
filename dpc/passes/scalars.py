"""What the runtime does for numbers of every kind, written out for single floats.

before                              after
`dpc.masked(g, x)`                  `g and g * x`
`dpc.blend(p, a, q, b)`             `p * a + q * b if p and q else a if p else b`
`dpc.gate_bar(g, p, q, t)`          `p * q / t * g if p and q else 0.0`
`dpc.gate_bar(masked(g, x), ...)`   `p * q / t * (g * x) if g and p and q else 0.0`

A call costs several times what the arithmetic costs. The tests stay: a weight of 0 or 1
takes the value of one branch alone, so that an infinite one on the other side never
meets a zero, and nothing is divided by a temperature of 0. What only the product reads
is computed only where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from dpc.ir.build import Builder, Facts
from dpc.ir.facts import FLOAT
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Function,
    If,
    Merge,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.simplify import number
from dpc.ir.walk import reads, statements, vocabulary

# What can be computed later, or not at all, as long as its operands are floats.
ARITHMETIC = frozenset(
    f"operator.{name}" for name in ("add", "sub", "mul", "neg", "truediv")
)

Arm = Callable[[], Atom]
Blend = tuple[Slot, tuple[Atom, ...]]  # the target, and `p, a, q, b`
Arms = Callable[[], Sequence[Atom]]


def scalars(function: Function, facts: Facts, library: Library) -> Function:
    """The function with the arithmetic of relaxed tests of floats in its place."""
    if vocabulary(function).isdisjoint((*WRITERS, "dpc.blend")):
        return function
    writer = _Writer(function, facts, library)
    body = writer.block(function.body)
    return with_body(function, body) if writer.changed else function


class _Writer:
    """Writes blocks anew, each from its first statement to its last."""

    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.build = Builder(library, facts)
        self.changed = False
        self.uses: dict[Atom, int] = {}
        for atom in (*reads(function.body), function.result):
            self.uses[atom] = self.uses.get(atom, 0) + 1
        # Masked on the way into a gate: written out there.
        self.waiting = {
            s.value.args[0]
            for s in statements(function.body)
            if isinstance(s, Assign)
            and isinstance(s.value, Apply)
            and s.value.fn == "dpc.gate_bar"
        }

    def block(self, block: Block) -> Block:
        with self.build.region() as new:
            done = 0  # of those in a row
            for place, statement in enumerate(block):
                if place < done:
                    continue
                blends = self.blends(block, place)
                if blends:
                    self.blend(blends)
                    done = place + len(blends)
                elif not self.written(statement):
                    self.build.emit(map_blocks(statement, self.block))
        return unless_same(new, block)

    def written(self, statement: Stmt) -> bool:
        """Write a statement out, if it is one of those."""
        match statement:
            case Assign(target, Apply(fn, args), span) if fn in WRITERS:
                waits = fn == "dpc.masked" and target in self.waiting
                if waits or not all(map(self.is_float, (target, *args))):
                    return False
                self.changed, self.build.span = True, span
                WRITERS[fn](self, target, *args)
                return True
        return False

    def masked(self, target: Slot, g: Atom, x: Atom) -> None:
        behind, product = self.taken(x), self.temporary(target.name)
        self.choose(product, g, lambda: self.product(g, x, behind), lambda: g)
        self.build.assign(target, product)

    def blends(self, block: Block, place: int) -> list[Blend]:
        """The blends of floats by the same two weights that stand here in a row."""
        found: list[Blend] = []
        for statement in islice(block, place, None):
            match statement:
                case Assign(target, Apply("dpc.blend", args), span):
                    weights = found[0][1] if found else args
                    same = args[0] is weights[0] and args[2] is weights[2]
                    apart = all(target not in args for target, _ in found)
                    if same and apart and all(map(self.is_float, (target, *args))):
                        found.append((target, args))
                        self.changed, self.build.span = True, span
                        continue
            break
        return found

    def blend(self, found: list[Blend]) -> None:
        """The blends of one test, which is asked once for all of them."""
        targets = [target for target, _ in found]
        p, _, q, _ = found[0][1]

        def mean(target: Slot, a: Atom, b: Atom) -> Atom:
            terms = [self.product(p, a), self.product(q, b)]
            terms = [term for term in terms if number(term) != 0] or terms[:1]
            if len(terms) < 2:
                return terms[0]
            name = "" if target.temp else target.name
            return self.build.apply("operator.add", *terms, name=name)

        def both() -> list[Atom]:
            return [mean(target, a, b) for target, (_, a, _, b) in found]

        def alone() -> Sequence[Atom]:
            taken = [self.temporary(target.name) for target in targets]
            first = [a for _, (_, a, _, _) in found]
            second = [b for _, (_, _, _, b) in found]
            return self.choose_all(taken, p, lambda: first, lambda: second)

        self.choose_all(targets, self.all_of((p, q)), both, alone)

    def gate_bar(self, target: Slot, g: Atom, p: Atom, q: Atom, t: Atom) -> None:
        behind: list[Stmt] = self.taken(g)
        tests: tuple[Atom, ...] = (p, q)
        match behind:
            case [*rest, Assign(_, Apply("dpc.masked", (h, x)))]:
                # It is not masked where it is not computed.
                with self.build.region() as product:
                    g = self.product(h, x)
                behind, tests = [*rest, *product], (h, p, q)

        name = f"{p.name}_bar" if isinstance(p, Slot) else target.name

        def open_() -> Atom:
            slope = self.build.apply("operator.truediv", self.product(p, q), t)
            return self.product(slope, g, behind, name)

        bar = self.temporary(name)
        self.choose(bar, self.all_of(tests), open_, lambda: Const(0.0))
        self.build.assign(target, bar)

    # Parts

    def is_float(self, atom: Atom) -> bool:
        """One of Python's floats, which is true unless it is 0."""
        return self.build.fact(atom).kind == "float"

    def temporary(self, name: str) -> Slot:
        return self.build.slot(name, FLOAT, temp=True)

    def product(
        self, a: Atom, b: Atom, behind: Iterable[Stmt] = (), name: str = "t"
    ) -> Atom:
        """`a * b`, after what `b` is computed by."""
        for statement in behind:
            self.build.emit(statement)
        for one, other in ((a, b), (b, a)):
            if number(one) == 1:
                return other
            if number(one) == 0:
                return one
        product = Apply("operator.mul", (a, b))
        return self.build.assign(self.temporary(name), product)

    def all_of(self, tests: Sequence[Atom]) -> Atom:
        """`p and q`."""
        if len(tests) == 1:
            return tests[0]
        first, last = self.all_of(tests[:-1]), tests[-1]
        return self.choose(self.temporary("t"), first, lambda: last, lambda: first)

    def choose(self, slot: Slot, test: Atom, then: Arm, orelse: Arm) -> Slot:
        """A slot that becomes what one of two arms computes."""
        self.choose_all([slot], test, lambda: [then()], lambda: [orelse()])
        return slot

    def choose_all(
        self, slots: Sequence[Slot], test: Atom, then: Arms, orelse: Arms
    ) -> Sequence[Slot]:
        """Slots that become what one of two arms computes, each its own."""
        with self.build.region() as first:
            ends = then()
        with self.build.region() as second:
            others = orelse()
        merges = tuple(map(Merge, slots, ends, others))
        self.build.emit(If(test, tuple(first), tuple(second), merges, self.build.span))
        return slots

    def taken(self, atom: Atom) -> list[Stmt]:
        """The statements of this block that nothing else needs than one product: they
        are taken out of it."""
        for statement in reversed(self.build.block):
            match statement:
                case Assign(target, Apply(fn, args)) if target is atom:
                    plain = fn in ARITHMETIC or fn.startswith("math.")
                    if not (plain or (fn == "dpc.masked" and atom in self.waiting)):
                        return []
                    own = target.temp or target.name.endswith("_bar")
                    alone = own and self.uses.get(target) == 1
                    if not (alone and all(map(self.is_float, args))):
                        return []
                    self.build.block.remove(statement)
                    # What is masked is tested as well.
                    parts = args[1:] if fn == "dpc.masked" else args
                    return [*(s for a in parts for s in self.taken(a)), statement]
                case _:
                    pass
        return []


WRITERS: dict[str, Callable[..., None]] = {
    "dpc.masked": _Writer.masked,
    "dpc.gate_bar": _Writer.gate_bar,
}
