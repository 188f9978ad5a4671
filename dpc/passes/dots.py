"""A product that is only summed is an inner product, and is not stored in between.

before                                  after
`c_bar = np.sum(y_bar * x)`             `c_bar = np.vdot(y_bar, x)`
`w_bar = np.sum(y_bar * x, axis=1)`     `w_bar = np.einsum("ij,ij->i", y_bar, x)`

Only among adjoints, and where both factors are known to be real arrays of double
precision (in single precision `np.sum` rounds less) and of known rank; for `np.vdot`,
of one shape.
"""

from __future__ import annotations

from itertools import dropwhile, pairwise

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Shape
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
        new = [map_blocks(s, self.block) for s in block]
        gone: set[Stmt] = set()
        for place, (before, statement) in enumerate(pairwise(block), 1):
            match before, statement:
                case (
                    Assign(product, Apply("operator.mul", (Slot() as a, Slot() as b))),
                    Assign(target, Apply("np.sum", (summed,)) as total),
                ) if summed is product and self.uses[product] == 1:
                    dot = self.dot(a, b, product, dict(total.kwargs))
                    if dot is not None:
                        gone.add(before)
                        new[place] = Assign(target, dot, statement.span)
        kept = tuple(s for s, old in zip(new, block, strict=True) if old not in gone)
        return block if kept == block else kept

    def dot(
        self, a: Slot, b: Slot, product: Slot, kwargs: dict[str, Atom]
    ) -> Apply | None:
        """The sum of `a * b` as one call, if their facts allow it."""
        left, right, whole = (self.shape(slot) for slot in (a, b, product))
        if not left or not right or not whole:
            return None
        if not kwargs:
            alike = left == right and None not in left
            return Apply("np.vdot", (a, b)) if alike else None
        axis = kwargs.pop("axis", None)
        if kwargs or not isinstance(axis, Const) or len(whole) < 2:
            return None
        axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
        if not all(isinstance(i, int) for i in axes):
            return None
        letters = _LETTERS[: len(whole)]
        summed = {letters[i] for i in axes}
        kept = "".join(letter for letter in letters if letter not in summed)
        one, other = (letters[len(whole) - len(s) :] for s in (left, right))
        return Apply("np.einsum", (Const(f"{one},{other}->{kept}"), a, b))

    def shape(self, slot: Slot) -> Shape | None:
        """That of a real array of which the rank is known."""
        fact = self.facts.get(slot, ANY)
        return fact.shape if fact.is_array and fact.dtype == "f8" else None
