"""What the checker admits and what it refuses, each by a smallest function."""

import pytest

from dpc.errors import InternalError
from dpc.ir.check import check
from dpc.ir.facts import FLOAT
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Carry,
    Comment,
    Const,
    Do,
    For,
    Function,
    If,
    Merge,
    Object,
    Param,
    Pullback,
    Record,
    Replay,
    Slot,
    Store,
    Update,
    While,
    With,
)

x, a, b, c, d, e, f, g = (Slot(name) for name in "xabcdefg")
ONE = Const(1)


def function(*body, result=ONE):
    return Function("f", (Param(x),), body, result)


def apply(fn, *args, **kwargs):
    return Apply(fn, args, tuple(kwargs.items()))


def copy(target, value):
    return Assign(target, value)


GOOD = {
    "nothing": function(),
    "result": function(copy(a, x), result=a),
    "shadowing": function(copy(Slot("x"), x), copy(Slot("x"), x)),
    "store": function(Store("item", x, Const((slice(1, None), 0)), ONE)),
    "attribute": function(Store("attr", x, Const("rate"), ONE)),
    "update": function(Update("whole", "matmul", x, Const(None), ONE)),
    "do": function(Do(apply("print", x, Const("a"), Object("np", ("pi",))))),
    "branch": function(
        If(x, (copy(a, x),), (copy(b, ONE),), (Merge(c, a, b), Merge(d, a, UNDEFINED))),
        result=d,
    ),
    "for": function(
        For(a, ONE, x, ONE, (copy(c, b),), (Carry(b, UNDEFINED, c, d),), c), result=d
    ),
    "while": function(
        While(
            (copy(a, b),), a, (copy(c, a),), (Carry(b, x, c, d), Carry(e, x, b, f)), c
        ),
        result=f,
    ),
    "with": function(With(x, a, (copy(b, a),)), copy(c, b)),
    "tape": function(
        copy(a, apply("list")),
        For(b, ONE, ONE, ONE, (Record(a, (b, x)),)),
        Replay((c, d), a, (copy(e, c),), (Carry(f, x, e, g),)),
        result=g,
    ),
    "tape from elsewhere": function(Replay((a, b, c), x, ())),
    "pullback": function(
        copy(a, x), Pullback(b, (c,), (copy(d, a),), d), Comment("x"), result=b
    ),
}

MERGED = (Merge(c, a, b),)
BAD = {
    "twice": ("'a' is defined a second time", copy(a, x), copy(a, x)),
    "a parameter again": ("'x' is defined a second time", copy(x, ONE)),
    "early": ("'b' is read and is not defined yet", copy(a, b), copy(b, ONE)),
    "itself": ("'a' is read and is not defined yet", copy(a, a)),
    "after a branch": (
        "'a' is read and is out of reach",
        If(x, (copy(a, x),), ()),
        copy(b, a),
    ),
    "across branches": ("'a' .* out of reach", If(x, (copy(a, x),), (copy(b, a),))),
    "wrong merge": (
        "'b' .* not defined yet",
        If(x, (copy(a, x),), (copy(b, x),), (Merge(c, b, a),)),
    ),
    "both branches": ("a second time", If(x, (copy(a, x),), (copy(a, x),))),
    "after a loop": ("'a' .* out of reach", For(a, ONE, ONE, ONE, ()), copy(b, a)),
    "a header outside": (
        "'a' .* out of reach",
        For(b, ONE, ONE, ONE, (), (Carry(a, x, a, c),)),
        copy(d, a),
    ),
    "a result inside": (
        "'c' .* not defined yet",
        For(b, ONE, ONE, ONE, (copy(d, c),), (Carry(a, x, a, c),)),
    ),
    "a head sees no body": (
        "'a' .* not defined yet",
        While((copy(b, a),), b, (copy(a, x),)),
    ),
    "an initial value of the body": (
        "'b' .* not defined yet",
        For(a, ONE, ONE, ONE, (copy(b, x),), (Carry(c, b, b, d),)),
    ),
    "leave from outside": (
        "'b' .* not defined yet",
        For(a, ONE, ONE, ONE, (), (), b),
    ),
    "undefined operand": ("an undefined value is read", copy(a, apply("f", UNDEFINED))),
    "undefined bound": ("undefined value", For(a, UNDEFINED, ONE, ONE, ())),
    "undefined next": (
        "undefined value",
        For(a, ONE, ONE, ONE, (), (Carry(b, x, UNDEFINED, c),)),
    ),
    "pullback's own": ("'c' .* out of reach", Pullback(b, (c,), (), c), copy(d, c)),
    "pullback of later": ("'d' .* not defined", Pullback(b, (c,), (), d), copy(d, x)),
    "list block": ("a block is a list", If(x, [copy(a, x)], ())),
    "no atom": ("no atom", copy(a, 1.0)),
    "no literal": ("no literal", copy(a, Const([1]))),
    "no literal inside": ("no literal", copy(a, Const((1, slice(None, [1]))))),
    "no path": ("names nothing", copy(a, Object("np", ()))),
    "no key": ("no key", copy(a, apply("", x))),
    "no call": ("is run", Do(x)),
    "keyword twice": ("twice", Do(Apply("f", (), (("k", x), ("k", x))))),
    "operands": ("not in a tuple", Do(Apply("f", [x]))),
    "store": ("kind 'whole'", Store("whole", x, ONE, ONE)),
    "operator": ("no operator '\\+='", Update("item", "+=", x, ONE, ONE)),
    "attribute": ("without a name", Store("attr", x, ONE, ONE)),
    "tape arity": (
        "tape 'a' is recorded with 2 values and replayed with 1",
        copy(a, apply("list")),
        Record(a, (x, x)),
        Replay((b,), a, ()),
    ),
    "tape on a tape": (
        "tape 'b' is recorded with 1 values and replayed with 0",
        copy(a, apply("list")),
        For(
            c, ONE, ONE, ONE, (copy(b, apply("list")), Record(b, (x,)), Record(a, (b,)))
        ),
        Replay((d,), a, (Replay((), d, ()),)),
    ),
    "different lengths": (
        "different lengths",
        copy(a, apply("list")),
        If(x, (Record(a, (x,)),), (Record(a, ()),)),
    ),
    "statement": ("stands as a statement", x),
}


@pytest.mark.parametrize("name", GOOD)
def test_admitted(name):
    check(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_refused(name):
    message, *body = BAD[name]
    with pytest.raises(InternalError, match=message):
        check(function(*body))


def test_the_result_is_visible():
    with pytest.raises(InternalError, match=r"'a' .* the result of f"):
        check(function(If(x, (copy(a, x),), ()), result=a))


def test_facts_are_facts_of_slots():
    check(function(), {x: FLOAT})
    with pytest.raises(InternalError, match="has the fact"):
        check(function(), {x: "float"})


def test_functions_beside_are_checked_on_their_own():
    other = function(copy(b, a))
    whole = Function("g", (Param(a),), (), a, beside=(other,))
    with pytest.raises(InternalError, match=r"'a' .* not defined"):
        check(whole)


def test_a_message_says_where():
    with pytest.raises(InternalError, match=r"the assignment of np.sin to 'b'"):
        check(function(copy(b, apply("np.sin", a))))
