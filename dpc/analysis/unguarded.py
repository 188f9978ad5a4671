"""Values that reach the result on a way without a selection, whole.

    s = x @ w
    p = np.exp(s - np.max(s))       `s` does, by the difference

What `np.max` sends back is zero for all elements but one, yet `s` has a cotangent by
the other way. Where that happens to be zero, no selection has made it so, and an
infinite slope further up is one of the program: no guard stands in its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf

from dpc.analysis.activity import Activity
from dpc.ir.facts import ANY, Fact, of_constant
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    For,
    Function,
    If,
    Replay,
    Slot,
    Stmt,
    While,
    With,
)
from dpc.ir.walk import bound, operands, statements, targets

# Every element of the operands has a part in the result, which is not a multiple of
# another value: a product is zero where that is.
_WHOLE = frozenset(
    [
        *(f"operator.{name}" for name in "add sub neg pos".split()),
        *(f"math.{name}" for name in "exp log sqrt sin cos tanh".split()),
        *(
            f"np.{name}"
            for name in "add subtract negative exp log sqrt sin cos tanh sinh cosh "
            "log1p expm1 sum mean reshape transpose roll concatenate stack array "
            "asarray ravel cumsum linalg.norm".split()
        ),
        *("scipy.special.logsumexp", "scipy.special.expit", "dpc.logsumexp"),
        *("dpc.sigmoid", "dpc.softmax", "dpc.log_softmax", "tuple", "float"),
    ]
)
_ALL = (None, Ellipsis, slice(None))


def find_unguarded(function: Function, activity: Activity) -> set[Slot]:
    """The slots whose value reaches the result whole, whenever they have one."""
    denied: set[Slot] = set()
    if any(_is_infinite(a) for s in statements(function.body) for a in operands(s)):
        # A value is infinite by intent, as that of a place that is masked out: no zero
        # is to be multiplied with it, wherever it comes from.
        return denied
    while True:
        found = _Ways(function, activity, denied)
        # What goes round must get out whatever the number of rounds.
        wrong = {c.header for c in found.carries if c.header not in found.slots}
        if wrong <= denied:
            return found.slots
        denied |= wrong


class _Ways:
    """One walk from the end to the beginning; loops carry on but for `denied`."""

    def __init__(
        self, function: Function, activity: Activity, denied: set[Slot]
    ) -> None:
        self.activity, self.denied = activity, denied
        self.slots: set[Slot] = set()
        self.carries: list[Carry] = []  # that were taken to get out
        home = {param.slot for param in function.params}
        self.add(function.result, home | _made(function.body))
        self.block(function.body, home | _made(function.body))

    def add(self, atom: Atom, home: set[Slot]) -> None:
        """`home` are the slots that have values whenever the block at hand runs."""
        if not isinstance(atom, Slot) or atom not in home:
            return
        node = self.activity.aliases.node(atom)
        if node is None or not node.written:
            self.slots.add(atom)

    def block(self, block: Block, home: set[Slot]) -> None:
        for statement in reversed(block):
            self.statement(statement, home)

    def statement(self, statement: Stmt, home: set[Slot]) -> None:
        match statement:
            case Assign(target, Slot() as source) if target in self.slots:
                self.add(source, home)
            case Assign(target, Apply() as call) if target in self.slots:
                for atom in self.whole(call):
                    self.add(atom, home)
            case If(_, then, orelse, merges):
                for block, side in ((then, "then"), (orelse, "orelse")):
                    inside = _made(block)
                    for merge in merges:
                        if merge.target in self.slots:
                            self.add(getattr(merge, side), inside)
                    self.block(block, inside)
            case For() | While() | Replay():
                self.loop(statement, home)
            case With(body=body):
                self.block(body, home | _made(body))
            case _:
                pass

    def whole(self, call: Apply) -> Iterable[Atom]:
        """The operands of which every element has a part in the result."""
        match call:
            case Apply("operator.mul", (x, y)):
                sides = ((x, y), (y, x))
                return [a for a, b in sides if a is b or self.fact(b).is_scalar]
            case Apply("operator.truediv", (x, y)):
                return (x, y) if isinstance(x, Const) else (x,)
            case Apply("operator.pow", (x, Const())):
                return (x,)
            case Apply("operator.matmul", (x, y)):
                return [a for a, b in ((x, y), (y, x)) if self.fact(b).rank == 2]
        chosen = "where" in dict(call.kwargs)
        whole = call.fn in _WHOLE and not chosen
        return call.operands if whole or _is_whole(call) else ()

    def fact(self, atom: Atom) -> Fact:
        if isinstance(atom, Const):
            return of_constant(atom.value)
        facts = self.activity.aliases.facts
        return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY

    def loop(self, loop: For | While | Replay, home: set[Slot]) -> None:
        inside = _made(loop.body) | {*bound(loop)}
        out = [c for c in loop.carries if c.result in self.slots]
        out = [c for c in out if c.header not in self.denied]
        self.carries += out
        for carry in out:
            self.add(carry.next, inside)
        self.block(loop.body, inside)
        for carry in out:
            if carry.header in self.slots:
                self.add(carry.init, home)


def _is_infinite(atom: Atom) -> bool:
    value = atom.value if isinstance(atom, Const) else None
    return isinstance(value, float) and isinf(value)


def _made(block: Block) -> set[Slot]:
    return {slot for statement in block for slot in targets(statement)}


def _is_whole(call: Apply) -> bool:
    """The item is all of the array: `x[:, None]`."""
    if call.fn == "getattr":
        return isinstance(call.args[1], Const) and call.args[1].value == "T"
    if call.fn != "getitem" or not isinstance(call.args[1], Const):
        return False
    index = call.args[1].value
    parts = index if isinstance(index, tuple) else (index,)
    return all(any(part is all_ or part == all_ for all_ in _ALL) for part in parts)
