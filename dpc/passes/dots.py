"""A product that is only summed is an inner product, and is not stored in between.

before                                  after
`c_bar = np.sum(y_bar * x)`             `c_bar = np.vdot(y_bar, x)`
`w_bar = np.sum(y_bar * x, axis=1)`     `w_bar = np.einsum("ij,ij->i", y_bar, x)`

Only among adjoints, and where both factors are known to be real arrays of double
precision (in single precision `np.sum` rounds less) and of known rank; for `np.vdot`,
of one shape.
"""

from __future__ import annotations

from itertools import dropwhile

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Block, Const, Function, Slot, Stmt
from dpc.ir.rebuild import map_blocks, with_body
from dpc.ir.walk import is_adjoint, reads, vocabulary

_LETTERS = "ijklmnopqrstuvwxyz"


def dots(function: Function, facts: Facts, library: Library) -> Function:
    """The function with sums of products as inner products."""
    if "np.sum" not in vocabulary(function):
        return function
    return _Dots(function, facts).run()


class _Dots:
    def __init__(self, function: Function, facts: Facts) -> None:
        self.function, self.facts = function, facts
        self.uses: dict[Slot, int] = {}
        for atom in (*reads(function.body), function.result):
            if isinstance(atom, Slot):
                self.uses[atom] = self.uses.get(atom, 0) + 1

    def run(self) -> Function:
        body = self.function.body
        later = tuple(dropwhile(lambda s: not is_adjoint(s), body))
        new = self.block(later)
        if new is later:
            return self.function
        return with_body(self.function, body[: len(body) - len(later)] + new)

    def block(self, block: Block) -> Block:
        new: list[Stmt] = []
        for before, statement in zip((None, *block), block, strict=False):
            dot = None if before is None else self.of_sum(before, statement)
            if dot is None:
                new.append(map_blocks(statement, self.block))
            else:
                new[-1:] = dot
        kept = tuple(new)
        return block if kept == block else kept

    def of_sum(self, before: Stmt, statement: Stmt) -> Block | None:
        """What stands for a product and its sum, if they are an inner product."""
        match before, statement:
            case (
                Assign(product, Apply("operator.mul", (Slot() as a, Slot() as b))),
                Assign(target, Apply("np.sum", (summed,), kwargs), span),
            ) if summed is product and self.uses[product] == 1:
                pass
            case _:
                return None
        left, right, whole = (self.shape(slot) for slot in (a, b, product))
        if not left or not right or not whole:
            return None
        options = dict(kwargs)
        if not options:
            alike = left == right and None not in left
            return (Assign(target, Apply("np.vdot", (a, b)), span),) if alike else None
        axes = _axes(options.pop("axis", Const(None)))
        keepdims = options.pop("keepdims", Const(False))
        if options or not axes or len(whole) < 2 or not isinstance(keepdims, Const):
            return None
        letters = _LETTERS[: len(whole)]
        summed_over = {letters[axis] for axis in axes}
        one, other = (letters[len(whole) - len(shape) :] for shape in (left, right))
        left_over = "".join(x for x in letters if x not in summed_over)
        dot = Apply("np.einsum", (Const(f"{one},{other}->{left_over}"), a, b))
        if not keepdims.value:
            return (Assign(target, dot, span),)
        index = tuple(None if x in summed_over else slice(None) for x in letters)
        total = Slot("t", temp=True)
        self.facts[total] = Fact("array", "f8", None)
        widened = Apply("getitem", (total, Const(index)))
        return (Assign(total, dot, span), Assign(target, widened, span))

    def shape(self, slot: Slot) -> Shape | None:
        """That of a real array of which the rank is known."""
        fact = self.facts.get(slot, ANY)
        return fact.shape if fact.is_array and fact.dtype == "f8" else None


def _axes(axis: Atom) -> tuple[int, ...]:
    """The axes of a sum; none where they are not known."""
    found = getattr(axis, "value", None)
    axes = found if isinstance(found, tuple) else (found,)
    return axes if all(isinstance(i, int) for i in axes) else ()
