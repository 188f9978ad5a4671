"""Whether a method of that name is called as arrays, lists or dicts have it.

Of an object that nothing is known of, `o.get(key)` is taken for the method of a dict,
and `o.put(value)` for one of a class of the user's: arrays have `put(indices, values)`.
"""

from __future__ import annotations

import inspect
from functools import cache

import numpy as np

from dpc.frontend.lifting.values import Arguments, Star

# How many positional arguments there may be, and which keywords.
_COUNTS = {
    "append": (1, 1, ""),
    "extend": (1, 1, ""),
    "insert": (2, 2, ""),
    "remove": (1, 1, ""),
    "clear": (0, 0, ""),
    "reverse": (0, 0, ""),
    "items": (0, 0, ""),
    "keys": (0, 0, ""),
    "values": (0, 0, ""),
    "pop": (0, 2, ""),
    "get": (1, 2, ""),
    "setdefault": (1, 2, ""),
    "index": (1, 3, ""),
    "count": (1, 3, ""),
    "popitem": (0, 0, ""),
    "astype": (0, 5, "dtype order casting subok copy"),
    "conj": (0, 1, "out"),
    "conjugate": (0, 1, "out"),
    "copy": (0, 1, "order"),
    "tolist": (0, 0, ""),
    "flatten": (0, 1, "order"),
    "fill": (1, 1, ""),
    "sort": (0, 3, "axis kind order stable key reverse"),
    "partition": (1, 4, "kth axis kind order"),
    "put": (2, 3, "indices values mode"),
    "view": (0, 2, "dtype type"),
}
# They take any number of arguments.
_ANY = frozenset("update item resize reshape transpose".split())


def fits(name: str, given: Arguments) -> bool:
    """The arguments of a call are such as the method takes."""
    starred = any(isinstance(arg, Star) for arg in given.args)
    if name in _ANY or starred:
        return True
    if name not in _COUNTS:
        return _binds(name, len(given.args), tuple(given.kwargs))
    least, most, keywords = _COUNTS[name]
    named = len(given.kwargs)
    known = set(given.kwargs) <= set(keywords.split())
    return known and len(given.args) <= most and len(given.args) + named >= least


@cache
def _binds(name: str, count: int, keywords: tuple[str, ...]) -> bool:
    """The function of NumPy of that name takes the receiver and so many more."""
    try:
        signature = inspect.signature(getattr(np, name))
    except ValueError:
        return True  # written in C, without a signature
    try:
        signature.bind(*range(count + 1), **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True
