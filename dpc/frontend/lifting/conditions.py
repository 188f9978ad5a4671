"""Tests: comparisons, `and`, `or`, `not`, conditional expressions, `if`.

What can be told from literals and proven facts is told now, and only the branch that is
taken is lifted.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from dpc.frontend.lifting.branches import joined, side, snapshot, unchanged
from dpc.frontend.lifting.operators import operate
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Choice, Known, Table, Tuple, Val
from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot, Stmt

COMPARISONS = {
    "Lt": "lt",
    "LtE": "le",
    "Gt": "gt",
    "GtE": "ge",
    "Eq": "eq",
    "NotEq": "ne",
    "Is": "is_",
    "IsNot": "is_not",
}
_NEVER_FAIL = frozenset("operator.is_ operator.is_not isinstance".split())
_ON_SCALARS = frozenset(
    "operator.lt operator.le operator.gt operator.ge operator.eq operator.ne "
    "operator.not_ and or".split()
)


def condition(lift: Lifter, value: Val) -> Atom:
    """A value as the test of a branch: a literal where the outcome is known."""
    truth = lift.truth(value)
    return lift.materialise(value) if truth is None else Const(truth)


def if_statement(lift: Lifter, node: Any) -> None:
    test = condition(lift, lift.expr(node.test))
    lift.branch(test, lambda: lift.block(node.body), lambda: lift.block(node.orelse))


def conditional(lift: Lifter, node: Any, name: str) -> Val:
    """`a if test else b`."""
    test = condition(lift, lift.expr(node.test))
    value = lift.branch(
        test,
        lambda: lift.expr(node.body, name),
        lambda: lift.expr(node.orelse, name),
        name,
    )
    assert value is not None
    return value


def boolean(lift: Lifter, node: Any, name: str) -> Val:
    """`a and b and c`."""
    is_and = type(node.op).__name__ == "And"

    def rest(nodes: Sequence[Any]) -> Val:
        value = lift.expr(nodes[0])
        if len(nodes) == 1:
            return value
        return short_circuit(lift, value, lambda: rest(nodes[1:]), is_and, name)

    return rest(node.values)


def short_circuit(
    lift: Lifter, value: Val, rest: Callable[[], Val], is_and: bool, name: str
) -> Val:
    """`value and rest()`, or `value or rest()`: the rest runs only if it must."""
    truth = lift.truth(value)
    if truth is not None:
        return rest() if truth is is_and else value
    before = snapshot(lift)
    other = side(lift, rest)
    same_names = all(
        now == names for now, (_, names) in zip(other.names, before.scopes, strict=True)
    )
    test = lift.materialise(value)
    if same_names and not other.dead and _is_cheap(lift, other.block):
        assert other.value is not None
        for statement in other.block:
            lift.emit(statement)
        last = lift.materialise(other.value)
        return lift.apply("and" if is_and else "or", (test, last), name=name)
    stay = unchanged(before, test)
    sides = (other, stay) if is_and else (stay, other)
    result = joined(lift, test, *sides, before, name)
    assert result is not None
    return result


def _is_cheap(lift: Lifter, block: list[Stmt]) -> bool:
    """Whether a block may as well run always: it has no effect and cannot fail."""
    for statement in block:
        if not isinstance(statement, Assign) or not isinstance(statement.value, Apply):
            return False
        call = statement.value
        if call.fn in _NEVER_FAIL:
            continue
        scalars = all(lift.fact(a).is_scalar or isinstance(a, Const) for a in call.args)
        if call.fn not in _ON_SCALARS or not scalars:
            return False
    return True


def negated(lift: Lifter, value: Val, name: str) -> Val:
    """`not value`."""
    truth = lift.truth(value)
    if truth is not None:
        return Const(not truth)
    return lift.apply("operator.not_", (lift.materialise(value),), name=name)


def compare(lift: Lifter, node: Any, name: str) -> Val:
    """`a < b <= c`: each operand is evaluated once, and no more than needed."""

    def chain(left: Val, position: int) -> Val:
        right = lift.expr(node.comparators[position])
        last = position + 1 == len(node.ops)
        op = type(node.ops[position]).__name__
        value = compared(lift, op, left, right, name if last else "", node)
        if last:
            return value
        return short_circuit(
            lift, value, lambda: chain(right, position + 1), True, name
        )

    return chain(lift.expr(node.left), 0)


def compared(lift: Lifter, op: str, left: Val, right: Val, name: str, node: Any) -> Val:
    """One comparison."""
    known = _known(lift, op, left, right)
    if known is not None:
        return Const(known)
    if op in ("Is", "IsNot"):
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Choice):
                return _of_choice(lift, op, one, other, name, node)
    if op == "In":
        return operate(lift, "contains", (right, left), name, node)
    if op == "NotIn":
        found = operate(lift, "contains", (right, left), "", node)
        return negated(lift, found, name)
    return operate(lift, COMPARISONS[op], (left, right), name, node)


def _of_choice(
    lift: Lifter, op: str, choice: Choice, other: Val, name: str, node: Any
) -> Val:
    value = lift.branch(
        choice.test,
        lambda: compared(lift, op, choice.then, other, "", node),
        lambda: compared(lift, op, choice.orelse, other, "", node),
        name,
    )
    assert value is not None
    return value


def _known(lift: Lifter, op: str, left: Val, right: Val) -> bool | None:
    """The outcome of a comparison, if it is the same in every run."""
    if op in ("Is", "IsNot"):
        same = _is_same(lift, left, right)
        return None if same is None else same is (op == "Is")
    if op in ("In", "NotIn"):
        found = _contains(lift, right, left)
        return None if found is None else found is (op == "In")
    a, b = lift.constant(left), lift.constant(right)
    if a is None or b is None:
        return _of_sizes(lift, op, left, right)
    try:
        return bool(getattr(operator, COMPARISONS[op])(a.value, b.value))
    except TypeError:
        return None


def _of_sizes(lift: Lifter, op: str, left: Val, right: Val) -> bool | None:
    """The comparison of two sizes that are proven equal."""
    a, b = lift.fact(left), lift.fact(right)
    if a.kind == b.kind == "int" and isinstance(a.value, str) and a.value == b.value:
        return op in ("Eq", "LtE", "GtE")
    return None


def _is_same(lift: Lifter, left: Val, right: Val) -> bool | None:
    a, b = lift.constant(left), lift.constant(right)
    for constant, other in ((a, right), (b, left)):
        if constant is not None and constant.value is None:
            return _is_none(lift, other)
    if a is not None and b is not None and type(a.value) is not type(b.value):
        return False
    if isinstance(a, Const) and isinstance(b, Const) and isinstance(a.value, bool):
        return a.value is b.value
    if isinstance(left, Known) and isinstance(right, Known):
        return left.value is right.value
    return True if isinstance(left, Slot) and left is right else None


def _is_none(lift: Lifter, value: Val) -> bool | None:
    constant = lift.constant(value)
    if constant is not None:
        return constant.value is None
    if isinstance(value, Choice):
        return None
    if not isinstance(value, Atom):
        return False
    kind = lift.fact(value).kind
    return None if kind == "any" else kind == "none"


def _contains(lift: Lifter, container: Val, item: Val) -> bool | None:
    sought = lift.constant(item)
    if sought is None:
        return None
    if isinstance(container, Table):
        return not container.is_list and sought.value in container.entries
    constant = lift.constant(container)
    if constant is not None and isinstance(constant.value, str | tuple):
        return sought.value in constant.value
    if not isinstance(container, Tuple):
        return None
    items = [lift.constant(part) for part in container.items]
    if any(part is not None and part.value == sought.value for part in items):
        return True
    return False if all(part is not None for part in items) else None
