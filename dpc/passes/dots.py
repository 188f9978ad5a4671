"""A product that is only summed is an inner product, and is not stored in between.

before                                  after
`c_bar = np.sum(y_bar * x)`             `c_bar = np.vdot(y_bar, x)`
`w_bar = np.sum(y_bar * x, axis=1)`     `w_bar = np.einsum("ij,ij->i", y_bar, x)`

Only among adjoints, and where both factors are known to be real arrays of double
precision (in single precision `np.sum` rounds less) and of known rank; for `np.vdot`,
of one shape.
"""

from __future__ import annotations

from functools import cached_property
from itertools import dropwhile

from dpc.analysis.aliases import Aliases, find_aliases
from dpc.analysis.stored import stored_to
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact, Shape
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Function,
    Slot,
    Stmt,
)
from dpc.ir.rebuild import map_blocks, unless_same, with_body
from dpc.ir.walk import is_adjoint, reads, vocabulary

_LETTERS = "ijklmnopqrstuvwxyz"


def dots(function: Function, facts: Facts, library: Library) -> Function:
    """The function with sums of products as inner products."""
    if "np.sum" not in vocabulary(function):
        return function
    return _Dots(function, facts, library).run()


class _Dots:
    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function, self.facts, self.library = function, facts, library
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
        products: dict[Slot, Assign] = {}  # whose factors still are what they were
        for statement in block:
            mapped = map_blocks(statement, self.block)
            new.append(mapped)
            for written in set(stored_to((statement,), self.library)):
                for product in [*products]:
                    if self.may_write(written, products[product]):
                        del products[product]
            if isinstance(statement, Assign):
                dot = self.of_sum(products, statement)
                if dot is not None:
                    made, new[-1:] = dot
                    new.remove(made)
                if _is_product(statement) and self.uses[statement.target] == 1:
                    products[statement.target] = statement
        return unless_same(new, block)

    @cached_property
    def aliases(self) -> Aliases:
        return find_aliases(self.function, self.facts, self.library)

    def may_write(self, written: Atom, product: Assign) -> bool:
        """A factor of the product may share memory with what is written."""
        assert isinstance(product.value, Apply)
        return any(self.aliases.reaches(written, f) for f in product.value.args)

    def of_sum(
        self, products: dict[Slot, Assign], statement: Assign
    ) -> tuple[Assign, Block] | None:
        """A product, and what stands for it and its sum, if that is one of them."""
        target, span = statement.target, statement.span
        match statement.value:
            case Apply("np.sum", (Slot() as product,), kwargs) if product in products:
                made = products[product]
            case _:
                return None
        assert isinstance(made.value, Apply)
        a, b = made.value.args
        assert isinstance(a, Slot) and isinstance(b, Slot)
        left, right, whole = (self.shape(slot) for slot in (a, b, product))
        if not left or not right or not whole:
            return None
        options = dict(kwargs)
        if not options:
            alike = left == right and None not in left
            vdot = Apply("np.vdot", (a, b))
            return (made, (Assign(target, vdot, span),)) if alike else None
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
            return made, (Assign(target, dot, span),)
        index = tuple(None if x in summed_over else slice(None) for x in letters)
        total = Slot("t", temp=True)
        self.facts[total] = Fact("array", "f8", None)
        widened = Apply("getitem", (total, Const(index)))
        return made, (Assign(total, dot, span), Assign(target, widened, span))

    def shape(self, slot: Slot) -> Shape | None:
        """That of a real array of which the rank is known."""
        fact = self.facts.get(slot, ANY)
        return fact.shape if fact.is_array and fact.dtype == "f8" else None


def _is_product(statement: Assign) -> bool:
    match statement.value:
        case Apply("operator.mul", (Slot(), Slot())):
            return True
    return False


def _axes(axis: Atom) -> tuple[int, ...]:
    """The axes of a sum; none where they are not known."""
    found = getattr(axis, "value", None)
    axes = found if isinstance(found, tuple) else (found,)
    return axes if all(isinstance(i, int) for i in axes) else ()
