"""What cannot be lifted is refused with the place where it stands."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from dpc.errors import NoRuleError, UnsupportedError
from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.rules.all import LIBRARY

REFUSED = []


def refused(title, marked, facts=None):
    def keep(function):
        REFUSED.append((function, title, marked, facts or {}))
        return function

    return keep


@refused("`y` is read before it is assigned", "y")
def never_assigned(x):
    return x + y  # noqa: F821
    y = 1


@refused("too many values to unpack: 3 for 2 targets", "a, b = x, x, x")
def unpacked(x):
    a, b = x, x, x
    return a


@refused("not enough values to unpack: 1 for 2", "a, b, *c = (x,)")
def unpacked_with_a_star(x):
    a, b, *c = (x,)
    return a


@refused("a tuple of 2 has no element 2", "pair[2]")
def outside_a_tuple(x):
    pair = (x, x)
    return pair[2]


@refused("this cannot be stored to", "pair[0]")
def stored_to_a_tuple(x):
    pair = (x, x)
    pair[0] = 1.0
    return x


def _two(a, b, *, c=1.0):
    return a * b * c


@refused("`_two` gets no value for `b`", "_two(x)")
def too_few_arguments(x):
    return _two(x)


@refused("`_two` gets 1 positional arguments too many", "_two(x, x, x)")
def too_many_arguments(x):
    return _two(x, x, x)


@refused("`_two` gets two values for `a`", "_two(x, x, a=x)")
def argument_given_twice(x):
    return _two(x, x, a=x)


@refused("`_two` has no parameter `d`", "_two(x, x, d=x)")
def unknown_keyword(x):
    return _two(x, x, d=x)


@refused(
    "elements are taken from an iterator in more than one place",
    "second = sum(v for v in pairs)",
)
def iterator_used_twice(x):
    pairs = (v for v in x)
    first = sum(v for v in pairs)
    second = sum(v for v in pairs)
    return first + second


@refused(
    "elements are taken from an iterator in more than one place",
    "for a, b in pairs:\n            x = x + a * b",
)
def iterator_of_an_outer_loop(x):
    pairs = zip(x, x)
    for _ in range(3):
        for a, b in pairs:
            x = x + a * b
    return x


@refused(
    "no derivative is known for np.apply_along_axis of a function defined here",
    "np.apply_along_axis(lambda v: v * 2, 0, x)",
)
def function_handed_out(x):
    return np.apply_along_axis(lambda v: v * 2, 0, x)


@refused("the result is a function that is defined inside", ...)
def function_returned(x):
    return lambda v: v * x


@refused("there is no 'tan' to look up", '{"sin": np.sin}["tan"]')
def missing_function(x):
    return {"sin": np.sin}["tan"](x)


@refused(
    "a list or dict that holds functions cannot be changed", "table.update(a=np.cos)"
)
def table_changed(x):
    table = {"sin": np.sin}
    table.update(a=np.cos)
    return table["a"](x)


@refused("a nested function calls itself without an end in sight", ...)
def endless_recursion(x):
    def f(v):
        return v if v < 1 else f(v / 2)

    return f(x)


@refused(
    "the shape of an array cannot be assigned", "y.shape", {"x": F.array("f8", (None,))}
)
def shape_assigned(x):
    y = x * 2
    y.shape = (2, -1)
    return y


@refused("which function is called here cannot be told", "f(x)", {"f": Fact("tuple")})
def called_tuple(x, f):
    return f(x)


@dataclass
class Point:
    x: float
    y: float


@refused("`Point` gets no value for `y`", "Point(x)")
def field_missing(x):
    return Point(x).x


@refused("these arguments do not fit the fields of `Point`", "Point(x, 2.0, z=x)")
def field_unknown(x):
    return Point(x, 2.0, z=x).x


PARTIAL = partial(_two, 1.0, 2.0)


@refused("`_two` gets 1 positional arguments too many", "PARTIAL(x)")
def partial_with_too_many(x):
    return PARTIAL(x)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0].__name__)
def test_refused(case):
    function, title, marked, facts = case
    with pytest.raises((UnsupportedError, NoRuleError)) as caught:
        lift(read(function), LIBRARY, facts)
    diagnostic = caught.value.diagnostic
    assert diagnostic.title == title
    assert diagnostic.span is not None
    assert diagnostic.span.source.filename == __file__
    assert marked is ... or diagnostic.span.text == marked
