"""Functions of NumPy that may return their operand, or a view that can be written.

Whether they do is in their arguments: `np.einsum("ii->i", a)` is a view of `a`, and
`np.einsum("ii", a)` is a number. What is a view is written as a call that is known to
be one, so that stores to it are followed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Val
from dpc.ir.nodes import Atom, Const

Kwargs = dict[str, Atom]
Returner = Callable[[Lifter, list[Atom], Kwargs, Any, str], Val | None]
ALL = Const(Ellipsis)


def returned(
    lift: Lifter, key: str, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    """The call as a view, or as a store to what it returns; None if it makes anew."""
    returner = _RETURNERS.get(key)
    return None if returner is None else returner(lift, args, kwargs, node, name)


def _einsum(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    """Of one operand nothing is computed, unless labels are summed."""
    subscripts = lift.constant(args[0]) if len(args) == 2 else None
    if subscripts is None or not isinstance(subscripts.value, str):
        return None
    text = subscripts.value.replace(" ", "").replace("...", "")
    left, arrow, right = text.partition("->")
    once = {label for label in left if left.count(label) == 1}
    if set(left) != (set(right) if arrow else once):
        return None
    return lift.apply("dpc.einsum_view", (args[1], args[0]), name=name)


def _diff(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    return _unless(lift, args, kwargs.get("n"), name)


def _polynomial(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    return _unless(lift, args, kwargs.get("m"), name)


def _unless(
    lift: Lifter, args: list[Atom], count: Atom | None, name: str
) -> Val | None:
    """The operand, if it is differenced, or what else is done, no times."""
    n = lift.constant(args[1] if len(args) > 1 else count or Const(1))
    if n is None or n.value != 0:
        return None
    return lift.apply("np.asanyarray", args[:1], name=name)


def _array(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    copy = lift.constant(kwargs.get("copy", Const(True)))
    if copy is not None and copy.value:
        return None
    if copy is None or not set(kwargs) <= {"copy", "dtype", "order"}:
        lift.fail(
            node,
            "`np.array` may return what it is given",
            "whether it does is not known here",
            "write np.asarray(x)",
        )
    return lift.apply("np.asarray", args, list(kwargs.items()), name)


def _nan_to_num(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    copy = lift.constant(args[1] if len(args) > 1 else kwargs.get("copy", Const(True)))
    if copy is not None and copy.value:
        return None
    if copy is None or not lift.fact(args[0]).is_array:
        lift.fail(
            node,
            "`np.nan_to_num` may write what it is given",
            "whether it does is not known here",
            "write the store: x[:] = np.nan_to_num(x)",
        )
    rest = [(key, value) for key, value in kwargs.items() if key != "copy"]
    args = [args[0], *([Const(True), *args[2:]] if len(args) > 2 else ())]
    lift.store("item", args[0], ALL, lift.apply("np.nan_to_num", args, rest))
    return args[0]


def _meshgrid(
    lift: Lifter, args: list[Atom], kwargs: Kwargs, node: Any, name: str
) -> Val | None:
    copy = lift.constant(kwargs.get("copy", Const(True)))
    if copy is None or not copy.value:
        lift.fail(
            node,
            "the views that `np.meshgrid` makes with copy=False cannot be followed",
            "every element stands for many",
            "leave copy out; or write the axes with x[:, None] and y[None, :]",
        )
    return None


_RETURNERS: dict[str, Returner] = {
    "np.array": _array,
    "np.einsum": _einsum,
    "np.diff": _diff,
    "np.polyint": _polynomial,
    "np.polyder": _polynomial,
    "np.nan_to_num": _nan_to_num,
    "np.meshgrid": _meshgrid,
}
