"""Operations whose operands are known not to fit: they raise, whoever wants the result.

A program that is specialised for arguments knows which of their sizes differ. What
NumPy refuses for that reason is run although no adjoint needs its value, so that the
caller sees the exception that the function itself would raise.
"""

from __future__ import annotations

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Dim, Fact, Shape, never_one, of_constant
from dpc.ir.nodes import Apply, Atom, Const, Slot, Stmt, Store, Update
from dpc.rules.spans import spreads

_PRODUCTS = frozenset(("operator.matmul", "np.matmul", "np.dot"))
_BLENDS = frozenset(
    f"dpc.{name}{rows}" for name in ("blend", "blend_finite") for rows in ("", "_rows")
)
_WHOLE = (slice(None), Ellipsis)


def misfit(statement: Stmt, facts: Facts) -> bool:
    """The statement is known to raise, for the sizes of its operands."""
    match getattr(statement, "value", None), statement:
        case Apply() as call, _:
            return _call(call, facts)
        case _, Update("whole", op, base, _, value) if op != "matmul":
            return _overflows(base, value, facts)
        case _, Store("item", base, Const(index), value) if index in _WHOLE:
            return _overflows(base, value, facts)
    return False


def may_not_blend(statement: Stmt, facts: Facts) -> bool:
    """A blend of arrays of which it is not known that they have one shape.

    It raises where they do not, also where its value is not wanted.
    """
    match getattr(statement, "value", None):
        case Apply(fn, (_, a, _, b)) if fn in _BLENDS:
            one, other = (_fact(atom, facts) for atom in (a, b))
            if one.is_scalar or other.is_scalar:
                return False
            return one.shape is None or one.shape != other.shape
    return False


def _fact(atom: Atom, facts: Facts) -> Fact:
    if isinstance(atom, Const):
        return of_constant(atom.value)
    return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY


def _call(call: Apply, facts: Facts) -> bool:
    if call.fn in _PRODUCTS and len(call.args) == 2:
        a, b = (_shape(atom, facts) for atom in call.args)
        return bool(a and b) and _differ(a[-1], b[-2:][0])  # type: ignore[index]
    if spreads(call.fn):
        shapes = [_shape(atom, facts) for atom in call.args]
        return any(
            _clash(a, b) for i, a in enumerate(shapes) for b in shapes[:i] if a and b
        )
    return False


def _overflows(base: Atom, value: Atom, facts: Facts) -> bool:
    """A value that does not fit into the array that it is stored to."""
    whole, part = _shape(base, facts), _shape(value, facts)
    return bool(whole and part) and _clash(whole, part)  # type: ignore[arg-type]


def _shape(atom: Atom, facts: Facts) -> Shape | None:
    fact: Fact = facts.get(atom, ANY) if isinstance(atom, Slot) else ANY
    return fact.shape if fact.is_array else None


def _clash(a: Shape, b: Shape) -> bool:
    return any(_differ(x, y) for x, y in zip(a[::-1], b[::-1], strict=False))


def _differ(a: Dim, b: Dim) -> bool:
    """Two sizes, neither of them one, that are not the same.

    Sizes of arguments have a symbol each, or are multiples of one, and literals are
    themselves; a size that is computed may be the same as any other.
    """
    if a == b or not (never_one(a) and never_one(b)):
        return False
    if isinstance(a, int) or isinstance(b, int):
        return isinstance(a, int) and isinstance(b, int)
    return all(size.lstrip("0123456789*").isidentifier() for size in (str(a), str(b)))
