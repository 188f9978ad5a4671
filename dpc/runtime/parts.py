"""The blend of lists, tuples, dicts and objects, leaf by leaf, and its adjoint.

What two branches leave has a blend where it has the same structure: numbers and arrays
that broadcast are blended, what is equal stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from dpc.runtime.adjoints import added
from dpc.runtime.arrays import array_module, masked, unbroadcast
from dpc.runtime.containers import keys_of, part_at, rebuilt
from dpc.runtime.gates import blend_finite, counted, counts, share_of
from dpc.runtime.refused import NoBlendError
from dpc.runtime.trees import fields_of, is_array, part, zeros


class BlendedInteger(float):
    """The blend of two integers that differ: a number, but no index."""

    __slots__ = ()

    def __index__(self) -> NoReturn:
        raise NoBlendError(f"two integers whose blend, {self}, is used as an index")


def blend_parts(p: Any, a: Any, q: Any, b: Any) -> Any:
    """`a` and `b` by weight, leaf by leaf; one that has all the weight as it is.

    Raises NoBlendError where they differ in structure, or in what is no number.
    """
    if not q or a is b:
        return a
    if not p:
        return b
    if isinstance(a, float) and isinstance(b, float):
        return blend_finite(p, a, q, b)
    if is_container(a) or is_container(b):
        require_alike(a, b)
        parts = [blend_parts(p, x, q, y) for _, x, y in pairs(a, b)]
        return rebuilt(a, parts)
    if is_number(a) and is_number(b):
        return _blended_leaf(p, a, q, b)
    if type(a) is type(b) and a == b:
        return a
    raise NoBlendError(f"{named(a)} and {named(b)}")


def _blended_leaf(p: Any, a: Any, q: Any, b: Any) -> Any:
    kinds = {np.asarray(x).dtype.kind for x in (a, b)}
    if not kinds & set("fcO"):
        if np.shape(a) == np.shape(b) and np.all(a == b):
            return a
        if "b" in kinds:
            raise NoBlendError(f"{named(a)} and {named(b)}")
        if type(a) is type(b) is int:
            return BlendedInteger(p * a + q * b)
    try:
        return blend_finite(p, a, q, b)
    except ValueError:
        raise NoBlendError(f"{named(a)} and {named(b)}") from None


def is_number(x: Any) -> bool:
    """A number, or an array of them."""
    return isinstance(x, float | int | complex | np.generic) or is_array(x)


def is_container(x: Any) -> bool:
    """A list, a tuple, a dict, or an object with fields that is no number."""
    if isinstance(x, list | tuple | dict):
        return True
    return not (x is None or isinstance(x, str) or is_number(x)) and bool(fields_of(x))


def require_alike(a: Any, b: Any) -> None:
    """Raise NoBlendError unless two containers have one structure."""
    if type(a) is not type(b) or keys_of(a) != keys_of(b):
        raise NoBlendError(f"{named(a)} and {named(b)}")


def pairs(a: Any, b: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The parts of two containers of one structure, with their keys."""
    for key in keys_of(a):
        yield key, part_at(a, key), part_at(b, key)


def named(x: Any) -> str:
    """A value in the words of a message."""
    kind = type(x).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    if x is None or isinstance(x, bool | str):
        return repr(x)
    if getattr(x, "shape", ()):
        return f"an array of shape {x.shape}"
    if isinstance(x, dict):
        return f"a dict of the keys {', '.join(map(repr, x)) or '(none)'}"
    if isinstance(x, list | tuple) and not hasattr(x, "_fields"):
        return f"{article} {kind} of {len(x)}"
    return f"{article} {kind}"


def alike(a: Any, b: Any) -> bool:
    """Two values have one structure, down to the shapes of their arrays."""
    if is_container(a) or is_container(b):
        same = type(a) is type(b) and keys_of(a) == keys_of(b)
        return same and all(alike(x, y) for _, x, y in pairs(a, b))
    if is_number(a) and is_number(b):
        return np.shape(a) == np.shape(b) or () in (np.shape(a), np.shape(b))
    return True


def unblend_parts(g: Any, p: Any, a: Any, q: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """The cotangents of `p`, `a`, `q` and `b`, given that of `blend_parts`.

    What has no weight may be missing, or have another structure: it has no part then.
    """
    if not (p and q) and not alike(a, b):
        return (0.0, g, 0.0, zeros(b)) if p else (0.0, zeros(a), 0.0, g)
    if is_container(a):
        return _unblended(g, p, a, q, b)
    floating = is_number(a) and is_number(b) and g is not None
    if not floating:
        return 0.0, zeros(a), 0.0, zeros(b)
    p_bar = array_module(g, a, b).sum(g * counted(a, b))
    q_bar = array_module(g, a, b).sum(g * counted(b, a))
    a_bar = unbroadcast(g * share_of(p, a, q, b), a)
    return p_bar, a_bar, q_bar, unbroadcast(g * share_of(q, b, p, a), b)


def _unblended(g: Any, p: Any, a: Any, q: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    a_bar, b_bar = zeros(a), zeros(b)
    p_bar = q_bar = 0.0
    for position, (key, x, y) in enumerate(pairs(a, b)):
        place = position if isinstance(a, list | tuple) else key
        of_p, of_x, of_q, of_y = unblend_parts(part(g, place, key), p, x, q, y)
        p_bar, q_bar = p_bar + of_p, q_bar + of_q
        for whole, bar in ((a_bar, of_x), (b_bar, of_y)):
            if isinstance(whole, list | dict):
                whole[place] = bar
            else:
                setattr(whole, key, bar)
    return p_bar, a_bar, q_bar, b_bar


def push_parts(
    p_dot: Any, a_dot: Any, q_dot: Any, b_dot: Any, p: Any, a: Any, q: Any, b: Any
) -> Any:
    """The tangent of `blend_parts`, structured like it; None for a zero."""
    if not (p and q) and not alike(a, b):
        return a_dot if p else b_dot
    if is_container(a):
        dots = {}
        for position, (key, x, y) in enumerate(pairs(a, b)):
            place = position if isinstance(a, list | tuple) else key
            x_dot, y_dot = part(a_dot, place, key), part(b_dot, place, key)
            dots[key] = push_parts(p_dot, x_dot, q_dot, y_dot, p, x, q, y)
        return _tangent_like(a, dots, a_dot, b_dot)
    if not (is_number(a) and is_number(b)):
        return None
    total: Any = 0.0
    for dot, value in ((p_dot, counted(a, b)), (q_dot, counted(b, a))):
        total = total if dot is None else total + dot * value
    for dot, share in ((a_dot, share_of(p, a, q, b)), (b_dot, share_of(q, b, p, a))):
        total = total if dot is None else total + masked(share, dot)
    return total


def _tangent_like(x: Any, dots: dict[Any, Any], *given: Any) -> Any:
    """A tangent of `x`, made of parts: a list, not a tuple, if those `given` are."""
    if isinstance(x, tuple) and not any(isinstance(dot, list) for dot in given):
        return tuple.__new__(type(x), dots.values())
    made = zeros(x)
    for key, dot in dots.items():
        if isinstance(made, list | dict):
            made[key] = dot
        else:
            setattr(made, key, dot)
    return made


# The second derivatives: `blend_parts` is linear in its weights and in its values.


def turned_parts(
    g: Any,
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
) -> tuple[Any, Any, Any, Any]:
    """How `unblend_parts(g, p, a, q, b)` changes with `p`, `a`, `q` and `b`.

    A tangent is structured like its value, or None for a zero.
    """
    if not (p and q) and not alike(a, b):
        return 0.0, zeros(a), 0.0, zeros(b)
    if is_container(a):
        a_bar, b_bar = zeros(a), zeros(b)
        p_bar = q_bar = 0.0
        for position, (key, x, y) in enumerate(pairs(a, b)):
            place = position if isinstance(a, list | tuple) else key
            dots = (p_dot, part(a_dot, place, key), q_dot, part(b_dot, place, key))
            found = turned_parts(part(g, place, key), *dots, p, x, q, y)
            p_bar, q_bar = p_bar + found[0], q_bar + found[2]
            _put(a_bar, place, key, found[1])
            _put(b_bar, place, key, found[3])
        return p_bar, a_bar, q_bar, b_bar
    if not (is_number(a) and is_number(b)) or g is None:
        return 0.0, zeros(a), 0.0, zeros(b)
    slope = g * counts(a, b)
    xp = array_module(slope, a, b)
    p_bar, q_bar = (
        0.0 if dot is None else xp.sum(slope * dot) for dot in (a_dot, b_dot)
    )
    a_bar, b_bar = (
        zeros(x) if dot is None else unbroadcast(slope * dot, x)
        for dot, x in ((p_dot, a), (q_dot, b))
    )
    return p_bar, a_bar, q_bar, b_bar


def push_unblended(
    g_dot: Any,
    p_dot: Any,
    a_dot: Any,
    q_dot: Any,
    b_dot: Any,
    g: Any,
    p: Any,
    a: Any,
    q: Any,
    b: Any,
) -> tuple[Any, Any, Any, Any]:
    """The tangents of what `unblend_parts` gives."""
    turned = turned_parts(g, p_dot, a_dot, q_dot, b_dot, p, a, q, b)
    if g_dot is None:
        return turned
    first = unblend_parts(g_dot, p, a, q, b)
    both = [x if y is None else added(x, y) for x, y in zip(first, turned, strict=True)]
    return both[0], both[1], both[2], both[3]


def cross_parts(more: Any, *values: Any) -> Any:
    """The tangent of `push_parts`, given what it is where `p`, `a`, `q`, `b` stay.

    values: the tangents that were pushed (four), those of `p`, `a`, `q` and `b`, and
      these themselves.
    """
    crossed = _crossed(values[:4], values[4:8], *values[8:])
    if more is None or crossed is None:
        return crossed if more is None else more
    return added(more, crossed)


def _crossed(dots: Any, turns: Any, p: Any, a: Any, q: Any, b: Any) -> Any:
    if not (p and q) and not alike(a, b):
        return None
    if is_container(a):
        found = {}
        for position, (key, x, y) in enumerate(pairs(a, b)):
            place = position if isinstance(a, list | tuple) else key
            first, second = (
                (t[0], part(t[1], place, key), t[2], part(t[3], place, key))
                for t in (dots, turns)
            )
            found[key] = _crossed(first, second, p, x, q, y)
        return _tangent_like(a, found, *dots)
    if not (is_number(a) and is_number(b)):
        return None
    total: Any = 0.0
    # A weight and its own value: the second tangent of their product.
    for one, other in ((0, 1), (1, 0), (2, 3), (3, 2)):
        if dots[one] is not None and turns[other] is not None:
            total = total + dots[one] * turns[other] * counts(a, b)
    return total


def _put(bar: Any, place: Any, key: Any, value: Any) -> None:
    if bar is None or value is None:
        return
    if isinstance(bar, list | dict):
        bar[place] = value
    else:
        setattr(bar, key, value)
