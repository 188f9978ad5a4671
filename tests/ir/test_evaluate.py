"""Running programs: each statement by a program written out in nodes."""

import contextlib
import math

import numpy as np
import pytest

from dpc.errors import InternalError
from dpc.ir.check import check
from dpc.ir.evaluate import evaluate
from dpc.ir.live import live
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
from dpc.ir.program import Program

x, y, a, b, c, d, e, f, g = (Slot(name) for name in "xyabcdefg")
ZERO, ONE, TWO, TEN = (Const(n) for n in (0, 1, 2, 10))
CLOSURE = {"rate": 3.0}


def apply(fn, *args, **kwargs):
    return Apply(fn, args, tuple(kwargs.items()))


def let(target, fn, *args, **kwargs):
    return Assign(target, apply(fn, *args, **kwargs))


def run(*body, result=ONE, given=(), params=(x,), scopes=None):
    program = Program(
        Function("f", tuple(map(Param, params[: len(given)])), body, result),
        {},
        scopes=scopes or {},
    )
    check(program.function)
    return evaluate(program, given)


def test_arithmetic():
    assert run(let(a, "operator.mul", x, TWO), result=a, given=(4.0,)) == 8.0


def test_keywords():
    given = (np.ones((2, 3)),)
    found = run(
        let(a, "np.sum", x, axis=ONE, keepdims=Const(True)), result=a, given=given
    )
    np.testing.assert_array_equal(found, [[3.0], [3.0]])


def test_own_primitives_come_first():
    function = Function("f", (), (let(a, "np.sum", ONE),), a)
    assert evaluate(function, (), primitives={"np.sum": lambda n: n + 41}) == 42


@pytest.mark.parametrize("taken", [True, False])
def test_branch(taken):
    branch = If(
        x,
        (let(a, "operator.neg", ONE),),
        (let(b, "abs", TWO),),
        (Merge(c, a, b),),
    )
    assert run(branch, result=c, given=(taken,)) == (-1 if taken else 2)


def test_what_a_branch_does_not_define_is_read_as_an_error():
    branch = If(x, (let(a, "abs", ONE),), (), (Merge(b, a, UNDEFINED),))
    assert run(branch, result=b, given=(True,)) == 1
    with pytest.raises(UnboundLocalError, match="'b'"):
        run(branch, result=b, given=(False,))


@pytest.mark.parametrize(
    ("bounds", "backward", "leave", "expected"),
    [
        ((0, 4, 1), False, False, "0123"),
        ((0, 4, 1), True, False, "3210"),
        ((5, 0, -2), False, False, "531"),
        ((5, 0, -2), True, False, "135"),
        ((0, 0, 1), False, False, ""),
        ((0, 9, 1), False, True, "012"),
    ],
)
def test_for(bounds, backward, leave, expected):
    start, stop, step = map(Const, bounds)
    body = (
        let(c, "fstring", b, a),
        let(d, "operator.eq", a, TWO),
    )
    carries = (Carry(b, Const(""), c, e), Carry(f, UNDEFINED, a, g))
    loop = For(
        a, start, stop, step, body, carries, d if leave else None, None, backward
    )
    assert run(loop, result=e) == expected
    if expected:
        assert run(loop, result=g) == int(expected[-1])
    else:
        with pytest.raises(UnboundLocalError):
            run(loop, result=g)


def test_carries_step_together():
    """Two values that change places: `a, b = b, a`."""
    loop = For(e, ZERO, x, ONE, (), (Carry(a, ONE, b, c), Carry(b, TWO, a, d)))
    pair = let(f, "tuple", c, d)
    assert run(loop, pair, result=f, given=(3,)) == (2, 1)
    assert run(loop, pair, result=f, given=(0,)) == (1, 2)


@pytest.mark.parametrize(("limit", "expected"), [(100, 16), (8, 8), (0, 1)])
def test_while(limit, expected):
    head = (let(b, "operator.lt", a, Const(limit)),)
    body = (let(c, "operator.mul", a, TWO), let(d, "operator.eq", c, Const(16)))
    loop = While(head, b, body, (Carry(a, ONE, c, e),), d)
    assert run(loop, result=e) == expected


def test_stores_are_pythons():
    array, other = np.zeros(4), np.zeros(3)
    index = Const(slice(1, None))
    run(
        Store("item", x, index, ONE),
        Update("item", "add", x, index, TWO),
        Update("whole", "mul", x, Const(None), TWO),
        given=(array,),
    )
    np.testing.assert_array_equal(array, [0, 6, 6, 6])
    run(Update("item", "add", x, ZERO, ONE), given=(other,))
    run(
        let(a, "list", ZERO, ZERO),
        Update("item", "add", x, a, ONE),
        given=(other,),
    )
    np.testing.assert_array_equal(other, [2, 0, 0])


def test_attributes():
    class Model:
        rate = 1.0

    model = Model()
    run(
        Store("attr", x, Const("bias"), TEN),
        Update("attr", "sub", x, Const("rate"), TEN),
        given=(model,),
    )
    assert (model.bias, model.rate) == (10, -9.0)


def test_a_list_grows_in_place():
    items = [1]
    run(let(a, "list", TWO), Update("whole", "add", x, ZERO, a), given=(items,))
    run(Do(apply("method.append", x, TEN)), given=(items,))
    assert items == [1, 2, 10]


def test_what_only_rebinds_is_no_update():
    with pytest.raises(InternalError, match="rebinds a float64"):
        run(Update("whole", "add", x, ZERO, ONE), given=(np.float64(1.0),))


def test_with():
    @contextlib.contextmanager
    def doubled():
        seen.append("in")
        yield 2
        seen.append("out")

    seen = []
    body = (let(b, "operator.add", a, ONE), Comment("inside"))
    found = run(With(x, a, body), result=b, given=(doubled(),))
    assert (found, seen) == (3, ["in", "out"])


def test_a_tape_is_walked_backwards():
    loop = For(b, ZERO, x, ONE, (let(c, "operator.mul", b, b), Record(a, (b, c))))
    body = (let(g, "fstring", f, d, Const("-"), e, Const(" ")),)
    end = Slot("end")
    replay = Replay((d, e), a, body, (Carry(f, Const(""), g, end),))
    assert run(let(a, "list"), loop, replay, result=end, given=(3,)) == "2-4 1-1 0-0 "


def test_a_pullback_keeps_what_it_saw():
    """One pullback made in each iteration: each keeps its own values."""
    inner = Pullback(c, (d,), (let(e, "operator.mul", d, b),), e)
    body = (let(b, "operator.add", a, TEN), inner, Do(apply("method.append", g, c)))
    functions = run(let(g, "list"), For(a, ZERO, TWO, ONE, body), result=g)
    assert [function(2) for function in functions * 2] == [20, 22, 20, 22]


def test_objects_are_read_when_they_are_reached():
    sinus = run(Assign(a, Object("math", ("sin",))), result=a)
    assert sinus is math.sin
    read = Assign(a, Object("closure", ("cell", "real")))
    cell = (lambda: given).__closure__[0] if (given := 2.0) else None
    assert run(read, result=a, scopes={"closure": {"cell": cell}}) == 2.0
    assert run(Assign(a, Object(__name__, ("CLOSURE",))), result=a) is CLOSURE
    assert run(Assign(a, Object(__name__, ("len",))), result=a) is len
    with pytest.raises(NameError, match="'nothing'"):
        run(Assign(a, Object("np", ("nothing",))), result=a)


def test_parameters():
    params = (Param(a), Param(b, "args"), Param(c, "keyword"), Param(d, "kwargs"))
    function = Function("f", params, (let(e, "tuple", a, b, c, d),), e)
    found = evaluate(function, (1, 2, 3), {"c": 4, "z": 5})
    assert found == (1, (2, 3), 4, {"z": 5})
    assert evaluate(function, (), {"a": 1, "c": 2}) == (1, (), 2, {})
    with pytest.raises(TypeError, match="'c'"):
        evaluate(function, (1,))
    with pytest.raises(TypeError, match="1 arguments too many"):
        evaluate(Function("f", (), (), ONE), (1,))


@pytest.mark.parametrize(
    ("key", "args", "expected"),
    [
        ("operator.and_", (6, 3), 2),
        ("operator.contains", ([1], 1), True),
        ("np.linalg.norm", ([3.0, 4.0],), 5.0),
        ("np.add.reduce", ([3.0, 4.0],), 7.0),
        ("math.hypot", (3.0, 4.0), 5.0),
        ("scipy.special.expit", (0.0,), 0.5),
        ("abs", (-1,), 1),
        ("builtins.list", ((1, 2),), [1, 2]),
        ("method.pop", ([1, 2], 0), 1),
        ("getitem", ([1, 2], 1), 2),
        ("getattr", (1j, "imag"), 1.0),
        ("slice", (1, 2, None), slice(1, 2)),
        ("tuple", (1, 2), (1, 2)),
        ("list", ((1, 2),), [(1, 2)]),
        ("dict", ("a", 1, "b", 2), {"a": 1, "b": 2}),
        ("and", (0, 1), 0),
        ("or", (0, 1), 1),
        ("call", (max, 1, 2), 2),
        ("fstring", ("x = ", 0.5, "!"), "x = 0.5!"),
        ("format", (0.5, ".2f"), "0.50"),
        ("unpack", (iter("ab"), 2), ("a", "b")),
        ("sequence", ((1, 2),), (1, 2)),
        ("sequence", ({1: 2},), [1]),
    ],
)
def test_keys(key, args, expected):
    found = live(key)(*args)
    assert type(found) is type(expected) or key.startswith(("np.", "scipy."))
    assert found == expected


@pytest.mark.parametrize("key", ["np.no_such", "nothing", "math.pi"])
def test_a_key_without_a_function(key):
    with pytest.raises(LookupError):
        live(key)


def test_errors_are_the_programs_own():
    with pytest.raises(ValueError, match="not enough values"):
        live("unpack")((1,), 2)
    with pytest.raises(ValueError, match="too many values"):
        live("unpack")((1, 2, 3), 2)
    with pytest.raises(AssertionError, match="positive"):
        live("assert")(False, "positive")
    with pytest.raises(KeyError) as caught:
        live("raise")(KeyError("k"), ValueError())
    assert isinstance(caught.value.__cause__, ValueError)
    assert live("assert")(True) is None


def test_a_new_object_is_not_initialised():
    class Point:
        def __init__(self):
            raise AssertionError

    assert live("new")(Point, x=1.0).x == 1.0
