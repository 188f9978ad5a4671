"""Programs run with tangents: values, memory, containers, calls."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

from dpc.errors import InternalError
from dpc.ir.duals import Dual, Shadows, dual, filled, plain, varies
from dpc.ir.nodes import (
    Apply,
    Assign,
    Carry,
    Const,
    Do,
    For,
    Function,
    Object,
    Param,
    Pullback,
    Slot,
    Store,
    Update,
)
from dpc.ir.program import Program
from dpc.ir.tangents import evaluate_with_tangents

x, y, a, b, c, d, e, f = (Slot(name) for name in "xyabcdef")
ZERO, ONE, TWO = Const(0), Const(1), Const(2)
WHOLE = Const(Ellipsis)


def let(target, fn, *args, **kwargs):
    return Assign(target, Apply(fn, args, tuple(kwargs.items())))


RULES = {
    "operator.add": lambda u, v, du, dv: du + dv,
    "operator.sub": lambda u, v, du, dv: du - dv,
    "operator.mul": lambda u, v, du, dv: du * v + u * dv,
    "operator.truediv": lambda u, v, du, dv: (du - u / v * dv) / v,
    "np.sin": lambda u, du: np.cos(u) * du,
    "np.sum": lambda u, du: np.sum(du),
    "np.reshape": lambda u, shape, du, _: np.reshape(du, shape),
    "np.stack": lambda us, dus: np.stack(dus),
    "sum": lambda us, dus: sum(dus),
}
ASKED = []


def rule(call, values, dots, out):
    ASKED.append(call.fn)
    full = [filled(dot, value) for dot, value in zip(dots, values)]
    return RULES[call.fn](*values, *full)


def run(*body, result, given, dots, params=(x, y), **options):
    chosen = tuple(map(Param, params[: len(given)]))
    function = Function("f", chosen, body, result)
    program = Program(function, {}, scopes={"closure": {"weights": WEIGHTS}})
    return evaluate_with_tangents(program, given, dots, rule, **options)


WEIGHTS = np.array([1.0, 2.0])


@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_numbers_carry_tangents(kind):
    out, dot = run(
        let(a, "operator.mul", x, x), result=a, given=(kind(3),), dots=(2.0,)
    )
    assert type(out) is kind and (out, dot) == (9.0, 12.0)


def test_what_does_not_vary_asks_no_rule():
    ASKED.clear()
    body = (let(a, "np.cosh", x), let(b, "operator.add", a, y))
    out, dot = run(*body, result=b, given=(0.0, 2.0), dots=(None, 1.0))
    assert (out, dot, ASKED) == (3.0, 1.0, ["operator.add"])


def test_loops():
    body = (let(c, "operator.mul", b, x),)
    loop = For(a, ZERO, Const(5), ONE, body, (Carry(b, x, c, d),))
    assert run(loop, result=d, given=(2.0,), dots=(1.0,)) == (64.0, 6 * 32.0)


def test_stores_move_tangents():
    body = (
        let(a, "np.zeros", Const(3)),
        Store("item", a, Const(slice(1, None)), x),
        Store("item", a, ONE, ONE),
    )
    out, dot = run(*body, result=a, given=(2.0,), dots=(3.0,))
    assert (out.tolist(), dot.tolist()) == ([0, 1, 2], [0, 0, 3])


def test_views_share_tangents_as_they_share_memory():
    body = (
        let(a, "np.reshape", x, Const((2, 2))),
        let(b, "getattr", a, Const("T")),
        let(c, "getitem", b, Const((0, slice(None, None, -1)))),
        Store("item", c, ZERO, y),
        let(d, "np.sum", x),
    )
    given = (np.arange(4.0), 7.0)
    out, dot = run(*body, result=d, given=given, dots=(np.ones(4), 10.0))
    assert (out, dot) == (0 + 1 + 7 + 3, 1 + 1 + 10 + 1)
    assert given[0].tolist() == [0, 1, 7, 3]


def test_a_reshape_that_copies_shares_nothing():
    body = (
        let(a, "getattr", x, Const("T")),
        let(b, "np.reshape", a, Const((4,))),
        Store("item", b, WHOLE, ZERO),
        let(c, "np.sum", x),
    )
    given = (np.arange(4.0).reshape(2, 2),)
    assert run(*body, result=c, given=given, dots=(np.ones((2, 2)),)) == (6.0, 4.0)


@pytest.mark.parametrize("named", [False, True], ids=["slice", "integers"])
def test_an_update_of_a_part(named):
    index = a if named else Const(slice(1, None))
    body = (let(a, "list", ONE, TWO), Update("item", "mul", x, index, y))
    given = (np.array([1.0, 2.0, 3.0]), 5.0)
    out, dot = run(*body, result=x, given=given, dots=(np.ones(3), 1.0))
    assert (out.tolist(), dot.tolist()) == ([1, 10, 15], [1, 5 + 2, 5 + 3])


def test_an_update_of_elements_named_twice_counts_once():
    body = (let(a, "list", ZERO, ZERO), Update("item", "add", x, a, y))
    given = (np.array([1.0]), np.array([2.0, 3.0]))
    out, dot = run(*body, result=x, given=given, dots=(None, np.array([20.0, 30.0])))
    assert (out.tolist(), dot.tolist()) == ([4.0], [30.0])


def test_whole_updates_and_their_runtime_form():
    for update in (
        (Update("whole", "add", x, ZERO, y), Assign(a, x)),
        (let(a, "dpc.iadd", x, y),),
    ):
        given = (np.ones(2), 3.0)
        out, dot = run(*update, result=a, given=given, dots=(np.ones(2), 2.0))
        assert (out.tolist(), dot.tolist()) == ([4, 4], [3, 3])
        assert given[0].tolist() == [4, 4]
    found = run(let(a, "dpc.iadd", x, y), result=a, given=(1.0, 3.0), dots=(5.0, 2.0))
    assert found == (4.0, 7.0)
    with pytest.raises(InternalError, match="rebinds"):
        update = Update("whole", "add", x, ZERO, y)
        run(update, result=x, given=(1.0, 2.0), dots=(None, None))


def test_lists_hold_tangents():
    body = (
        let(a, "list", x),
        Do(Apply("method.append", (a, y))),
        Update("whole", "add", a, ZERO, a),
        Update("item", "mul", a, ZERO, y),
        let(b, "method.pop", a),
        let(c, "sum", a),
        let(d, "operator.mul", c, b),
    )
    # (x y + y + x) y
    out, dot = run(*body, result=d, given=(2.0, 3.0), dots=(1.0, 0.0))
    assert (out, dot) == (33.0, 12.0)


class Point(NamedTuple):
    x: float
    y: float


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    rate: float

    @property
    def half(self):
        raise AssertionError("a property is run as a program")


def half(layer):
    return layer.rate / 2


def test_containers_and_objects_come_with_tangents():
    given = {"p": Point(1.0, 2.0), "l": Layer(np.ones(2), 3.0)}
    dots = {"p": (10.0, 20.0), "l": Layer(np.full(2, 5.0), 30.0)}
    body = (
        let(a, "getitem", x, Const("p")),
        let(b, "getattr", a, Const("y")),
        let(c, "getitem", x, Const("l")),
        let(d, "getattr", c, Const("rate")),
        let(e, "getattr", c, Const("w")),
        let(f, "tuple", b, d, e, a),
    )
    out, dot = run(*body, result=f, given=(given,), dots=(dots,))
    assert out[:2] == (2.0, 3.0) and dot[:2] == (20.0, 30.0)
    assert dot[2].tolist() == [5.0, 5.0]
    assert type(out[3]) is Point and type(out[3].x) is float and dot[3] == (10.0, 20.0)


def entered(callee, args, kwargs):
    if callee is not half and callee is not Layer.half.fget:
        return None
    param, t = Slot("layer"), Slot("t")
    body = (let(t, "getattr", param, Const("rate")), let(c, "operator.truediv", t, TWO))
    return Program(Function("half", (Param(param),), body, c), {}), args


def test_functions_that_are_met_late():
    model = Layer(np.ones(2), 3.0)
    dots = (Layer(np.zeros(2), 10.0),)
    for statement in (
        let(a, "call", Object(__name__, ("half",)), x),
        let(a, "getattr", x, Const("half")),
    ):
        options = {"given": (model,), "dots": dots, "enter": entered}
        assert run(statement, result=a, **options) == (1.5, 5.0)
    sinus = let(a, "call", Object("np", ("sin",)), x)
    assert run(sinus, result=a, given=(0.0,), dots=(2.0,)) == (0.0, 2.0)
    unknown = let(a, "call", Object(__name__, ("half",)), x)
    assert run(unknown, result=a, given=(model,), dots=(None,)) == (1.5, 0.0)
    with pytest.raises(KeyError, match="half"):  # There is no rule to ask.
        run(unknown, result=a, given=(model,), dots=dots)
    given = {"given": (lambda v: v, 1.0), "dots": (None, 1.0)}
    with pytest.raises(NotImplementedError, match="no program and no rule"):
        run(let(a, "call", x, y), result=a, **given)


def test_globals_have_zero_tangents_until_they_are_written():
    body = (
        Assign(a, Object("closure", ("weights",))),
        let(b, "np.copy", a),
        let(c, "operator.mul", a, x),
    )
    out, dot = run(*body, result=c, given=(3.0,), dots=(1.0,))
    assert (out.tolist(), dot.tolist()) == ([3, 6], [1, 2])


def test_pullbacks_see_the_tangents_of_their_time():
    inner = Pullback(b, (c,), (let(d, "operator.mul", c, a),), d)
    body = (let(a, "operator.mul", x, x), inner, let(e, "call", b, x))
    assert run(*body, result=e, given=(2.0,), dots=(1.0,)) == (8.0, 12.0)


@pytest.mark.parametrize(
    ("fn", "args", "expected"),
    [
        ("np.fill_diagonal", (y,), [[5, 1], [1, 5]]),
        ("np.copyto", (y,), [[5, 5], [5, 5]]),
        ("np.add.at", (ZERO, y), [[6, 6], [1, 1]]),
        ("np.subtract.at", (ZERO, y), [[-4, -4], [1, 1]]),
        ("np.put", (ONE, y), [[1, 5], [1, 1]]),
    ],
)
def test_functions_that_write(fn, args, expected):
    given = (np.ones((2, 2)), 5.0)
    body = (Do(Apply(fn, (x, *args))),)
    out, dot = run(*body, result=x, given=given, dots=(np.ones((2, 2)), 5.0))
    assert out.tolist() == dot.tolist() == expected


def test_duals_are_numbers_of_their_type():
    for value in (1.5, 1j, np.float64(1), np.float32(1), np.complex64(1j)):
        made = dual(value, 2.0)
        assert isinstance(made, type(value)) and isinstance(made, Dual)
        assert made == value and made.dot == 2.0 and type(plain(made)) is type(value)
    for value in (1, True, None, "a", np.int32(1)):
        assert dual(value, 2.0) is value
    items = [1.0, 2]
    assert plain(items) is items
    assert plain({"a": [dual(1.0, 2.0)]}) == {"a": [1.0]}


def test_shadows_are_laid_out_like_their_arrays():
    shadows, array = Shadows(), np.arange(24.0).reshape(4, 6)
    views = [
        array.T,
        array[1:, ::-2],
        array.reshape(2, 12)[1],
        np.lib.stride_tricks.sliding_window_view(array[0], 3),
        np.broadcast_to(array[1], (3, 6)),
    ]
    shadows.of(array)[...] = array
    for view in views:
        assert shadows.knows(view)
        np.testing.assert_array_equal(shadows.of(view), view)
    assert not shadows.knows(array.copy())
    assert shadows.of(np.arange(3)) is None
    assert shadows.of(array[:0]).shape == (0, 6)
    parts = np.ones(2, complex)
    shadows.of(parts)[...] = 2 + 3j
    assert shadows.of(parts.imag).tolist() == [3.0, 3.0]


def test_varies_and_filled():
    assert not varies([None, 0.0, {"a": np.zeros(2)}])
    assert varies(({"a": (np.array([0.0, 1.0]),)},))
    assert filled(None, 3) == 0.0
    assert filled([None, 1.0], [2, 3.0]) == [0.0, 1.0]
    assert filled(None, np.ones(2)).tolist() == [0.0, 0.0]
    assert filled(None, (1.0, 2.0)) == [0.0, 0.0]
