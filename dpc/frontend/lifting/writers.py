"""Functions of NumPy that write to an array, as the stores that they are."""

from __future__ import annotations

from collections.abc import Callable

from dpc.frontend.lifting.state import Lifter
from dpc.ir.nodes import Atom, Const, Object

ALL = Const(Ellipsis)
Kwargs = dict[str, Atom]
Writer = Callable[[Lifter, list[Atom], Kwargs], bool]


def written(lift: Lifter, key: str, args: list[Atom], kwargs: Kwargs) -> bool:
    """Write the store of a call down; False for a call that is left as it is."""
    writer = WRITERS.get(key)
    return writer is not None and writer(lift, args, kwargs)


def _given(args: list[Atom], kwargs: Kwargs, *names: str) -> list[Atom] | None:
    """The arguments by name; None where there are others."""
    found = dict(zip(names, args, strict=False)) | kwargs
    known = len(args) <= len(names) and set(found) <= set(names)
    return [found.get(name, Const(None)) for name in names] if known else None


def _put(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    given = _given(args, kwargs, "a", "ind", "v")
    if given is None:
        return False
    a, ind, v = given
    places = lift.apply("np.asarray", (ind,))
    index = lift.apply("dpc.flat_places", (a, places))
    lift.store("item", a, index, lift.apply("dpc.repeated", (v, places)))
    return True


def _put_along_axis(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    given = _given(args, kwargs, "arr", "indices", "values", "axis")
    if given is None:
        return False
    arr, indices, values, axis = given
    if "axis" not in kwargs and len(args) < 4:
        axis = Const(-1)
    index = lift.apply("dpc.line_places", (arr, indices, axis))
    lift.store("item", arr, index, values)
    return True


def _place(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    given = _given(args, kwargs, "arr", "mask", "vals")
    if given is None:
        return False
    arr, mask, vals = given
    index = lift.apply("np.asarray", (mask, Object("builtins", ("bool",))))
    chosen = lift.apply("getitem", (arr, index))
    lift.store("item", arr, index, lift.apply("dpc.repeated", (vals, chosen)))
    return True


def _putmask(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    given = _given(args, kwargs, "a", "mask", "values")
    if given is None:
        return False
    a, mask, values = given
    whole = lift.apply("dpc.repeated", (values, a))
    lift.store("item", a, ALL, lift.apply("np.where", (mask, whole, a)))
    return True


def _copyto(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    kwargs.pop("casting", None)
    given = _given(args, kwargs, "dst", "src", "where")
    if given is None or len(args) > 2:
        return False
    dst, src, where = given
    if where != Const(None) and "where" in kwargs:
        src = lift.apply("np.where", (where, src, dst))
    lift.store("item", dst, ALL, src)
    return True


def _fill_diagonal(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    given = _given(args, kwargs, "a", "val")
    if given is None:
        return False
    a, val = given
    index = lift.apply("dpc.diagonal_places", (a,))
    if not lift.fact(val).is_scalar:
        chosen = lift.apply("getitem", (a, index))
        val = lift.apply("dpc.repeated", (val, chosen))
    lift.store("item", a, index, val)
    return True


def _at(key: str) -> Writer:
    def write(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
        if len(args) != 3 or kwargs:
            return False
        lift.store("item", args[0], ALL, lift.apply(key, args))
        return True

    return write


def shuffled(lift: Lifter, key: str, args: list[Atom], kwargs: Kwargs) -> bool:
    """`shuffle(x)` by the order that the same draws give to 0, 1, 2, ...."""
    *generator, x = args
    if kwargs or len(generator) != key.startswith("method."):
        return False
    if lift.fact(x).kind == "list":  # Of constants, or refused.
        return False
    order = lift.apply("np.arange", (lift.apply("len", (x,)),))
    lift.do(key, (*generator, order))
    lift.store("item", x, ALL, lift.apply("getitem", (x, order)))
    return True


def _shuffle(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    return shuffled(lift, "np.random.shuffle", args, kwargs)


def _setitem(lift: Lifter, args: list[Atom], kwargs: Kwargs) -> bool:
    if len(args) != 3 or kwargs:
        return False
    lift.store("item", *args)
    return True


WRITERS: dict[str, Writer] = {
    "operator.setitem": _setitem,
    "np.put": _put,
    "np.put_along_axis": _put_along_axis,
    "np.place": _place,
    "np.putmask": _putmask,
    "np.copyto": _copyto,
    "np.fill_diagonal": _fill_diagonal,
    "np.random.shuffle": _shuffle,
    "np.multiply.at": _at("dpc.multiplied_at"),
    "np.maximum.at": _at("dpc.maximum_at"),
    "np.minimum.at": _at("dpc.minimum_at"),
}
