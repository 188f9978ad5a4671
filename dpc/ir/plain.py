"""Is a subclass of tuple, list, dict, float or an array what its base is?

class                                                   altered
`class Net(NamedTuple): w: Array; b: Array`             --
`class Params(dict): __getattr__ = dict.__getitem__`    --
`class Scaled(list): def __getitem__(self, i): ...`     `__getitem__`
`class Money(float): def __mul__(self, x): ...`         `__mul__`

A program reads the items of a container and calculates with numbers as Python does, and
its gradient has the same structure. A class that says for itself what its items are, or
what a product is, does what the compiler could not know.
"""

from __future__ import annotations

import numpy as np

# What a class may define anew: how it is made, shown, compared, copied and searched.
_OWN = frozenset(
    "__init__ __new__ __repr__ __str__ __format__ __doc__ __module__ __hash__ __eq__ "
    "__ne__ __lt__ __le__ __gt__ __ge__ __contains__ __reduce__ __reduce_ex__ "
    "__getstate__ __setstate__ __getnewargs__ __sizeof__ __dir__ __init_subclass__ "
    "__subclasshook__ __class_getitem__ __setattr__ __delattr__ __or__ __ror__ index "
    "count is_integer hex fromhex as_integer_ratio __array_finalize__".split()
)
# Methods of these are called by the program like any of an object.
_OPERATORS = frozenset("__add__ __mul__ __rmul__".split())


def base_of(cls: type) -> type | None:
    """What a class is a kind of, among what gradients are made of; None for others."""
    bases = (tuple, list, dict, float, complex, np.ndarray)
    return next((base for base in bases if issubclass(cls, base)), None)


def altered(cls: type) -> str:
    """The first method of its base that a subclass defines anew; "" for none."""
    base = base_of(cls)
    if base is None or cls is base:
        return ""
    fields: set[str] = {*getattr(cls, "_fields", ())}
    kept = {*vars(base), "__missing__"} - _OWN
    if fields:
        kept -= _OPERATORS
    for c in cls.__mro__[: cls.__mro__.index(base)]:
        made = "_fields" in vars(c)  # by NamedTuple, its fields and what goes with them
        if c.__module__ != "collections":
            wanted = kept - fields if made else kept | fields
            if found := sorted(wanted & vars(c).keys()):
                return found[0]
    return ""


def is_named_tuple(cls: type) -> bool:
    """Values for its fields, in their order, make an object of it and are its items."""
    if not issubclass(cls, tuple) or not hasattr(cls, "_fields") or altered(cls):
        return False
    maker = next(c for c in cls.__mro__ if "__new__" in vars(c))
    return "_fields" in vars(maker)


def names_of(cls: type) -> tuple[str, ...]:
    """The names of the fields of a NamedTuple, none for any other class."""
    return getattr(cls, "_fields", ()) if is_named_tuple(cls) else ()
