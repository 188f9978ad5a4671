"""`dpc.jvp` and `dpc.pushforward`: outputs, tangents, refusals."""

import dataclasses
import pickle
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

import dpc
from dpc.derived import LIMIT
from tests.along import assert_modes_agree

A = np.array([[1.0, 2.0], [3.0, 4.0]])
X = np.array([0.5, -1.0])


def jvp(function, primals, tangents, **options):
    return dpc.jvp(function, primals, tangents, branches="hard", **options)


def affine(a, x, *, shift=0.0):
    return a @ x + shift


def test_output_and_its_tangent():
    out, out_dot = jvp(affine, (A, X), (np.eye(2), 2 * X))
    np.testing.assert_allclose(out, A @ X)
    np.testing.assert_allclose(out_dot, X + 2 * A @ X)


def test_none_is_a_zero_tangent():
    _, out_dot = jvp(affine, (A, X), (None, X), kwargs={"shift": 2.0})
    np.testing.assert_allclose(out_dot, A @ X)
    _, out_dot = jvp(affine, (A, X), (None, None))
    assert out_dot.tolist() == [0.0, 0.0]


def test_compiled_form():
    push = dpc.pushforward(affine, wrt=("a", "x"), branches="hard")
    out, out_dot = push(A, X, tangents=(np.eye(2), X))
    np.testing.assert_allclose(out_dot, X + A @ X)
    out, out_dot = push(A, X, shift=1.0, tangents=(None, X))
    np.testing.assert_allclose(out, A @ X + 1.0)
    assert "def affine_jvp(a, x, *, shift=0.0, a_dot, x_dot)" in push.source
    assert "a @ x_dot" in push.specialize(A, X).source
    assert "jvp of affine" in repr(push)


def scaled(x: float, y: float = 3.0):
    return x * y


def test_single_tangent_may_stand_alone_and_defaults_hold():
    push = dpc.pushforward(scaled, branches="hard")
    assert push(2.0, tangents=1.0) == push(2.0, tangents=(1.0,)) == (6.0, 3.0)


@dpc.pushforward(wrt=("x", "y"), branches="hard")
def decorated(x: float, y: float):
    return np.sin(x) * y


def test_as_a_decorator_and_pickled():
    again = pickle.loads(pickle.dumps(decorated))
    assert again is decorated
    assert decorated(0.0, 2.0, tangents=(1.0, 5.0)) == (0.0, 2.0)


class Params(NamedTuple):
    w: np.ndarray
    name: str


@dataclasses.dataclass
class Layer:
    params: Params
    rate: float
    steps: int


def layered(layer, extra):
    w = layer.params.w * layer.rate
    return Layer(Params(w, "out"), w[0] * extra["k"][0], 3), {"n": 1, "w": w}


def test_containers_in_and_out():
    layer = Layer(Params(X, "in"), 2.0, 4)
    layer_dot = Layer(Params(np.ones(2), None), 0.5, None)
    extra = {"k": [3.0, 1]}
    push = dpc.pushforward(layered, wrt=("layer", "extra"), branches="hard")
    _, out_dot = push(layer, extra, tangents=(layer_dot, {"k": [1.0, None]}))
    w_dot = 2.0 + 0.5 * X
    made, listed = out_dot
    assert isinstance(made, Layer) and isinstance(made.params, Params)
    np.testing.assert_allclose(made.params.w, w_dot)
    assert made.params.name is None and made.steps is None
    assert made.rate == pytest.approx(3.0 * w_dot[0] + 2 * X[0])
    assert listed["n"] is None
    np.testing.assert_allclose(listed["w"], w_dot)


def mutates(a, scale: float):
    a[1:] *= scale
    return a[0] * 2


def test_mutated_arguments_are_part_of_the_output():
    a, a_dot = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 0.0])
    (out, left), (out_dot, left_dot) = jvp(mutates, (a, 2.0), (a_dot, 1.0))
    assert out == 2.0 and left is a and a.tolist() == [1.0, 4.0, 6.0]
    assert out_dot == 1.0 and left_dot.tolist() == [0.5, 4.0, 3.0]
    assert a_dot.tolist() == [0.5, 1.0, 0.0]


def test_tangents_are_fresh():
    def same(x, y):
        return x, x, y[1:], np.sin(x), np.sin(x)

    x, y = np.ones(2), np.ones(3)
    x_dot, y_dot = np.ones(2), np.ones(3)
    _, dots = jvp(same, (x, y), (x_dot, y_dot))
    for place, dot in enumerate(dots):
        assert dot.flags.writeable
        for other in (*dots[:place], x, y, x_dot, y_dot):
            assert not np.shares_memory(dot, other)


def test_dtypes_are_those_of_the_output():
    x = np.ones(3, np.float32)
    out, out_dot = jvp(lambda x: np.sum(np.sin(x) * 2), (x,), (np.ones(3),))
    assert type(out) is type(out_dot) is np.float32
    out, out_dot = jvp(lambda x: x * 2, (1.0,), (np.float64(3.0),))
    assert type(out_dot) is float


class Model:
    def __init__(self, w):
        self.w = w

    def energy(self, x):
        return self.w * x * x

    def __call__(self, x):
        return self.energy(x) + x


def test_methods_partials_callables_and_functions_of_numpy():
    model = Model(3.0)
    assert jvp(model.energy, (2.0,), (1.0,)) == (12.0, 12.0)
    assert jvp(model, (2.0,), (1.0,)) == (14.0, 13.0)
    assert jvp(partial(scaled, y=4.0), (2.0,), (1.0,)) == (8.0, 4.0)
    assert dpc.pushforward(model.energy, branches="hard")(2.0, tangents=1.0)[1] == 12
    out, out_dot = jvp(np.sin, (0.0,), (2.0,))
    assert (out, out_dot) == (0.0, 2.0)


def late(x: float):
    return defined_below(x, scale=x * 2)


def defined_below(x, scale=1.0):
    if x > 100:
        return x
    return defined_below(x * scale, scale)


def fills(a, x: float):
    write_below(a, x)
    return np.sum(a * a)


def write_below(a, x):
    a[0] = x * a[1]


def outer(model, x):
    return model(x) + model.energy(x)


def test_functions_that_are_compiled_when_reached():
    source = dpc.pushforward(late, branches="hard").source
    assert "from dpc import jvp" in source and "defined_below, (x,), (x_dot,)" in source
    assert_modes_agree(late, 2.0)
    assert_modes_agree(fills, np.array([1.0, 2.0]), 3.0, wrt=(0, 1))
    out, out_dot = jvp(outer, (Model(2.0), 3.0), (None, 1.0))
    assert (out, out_dot) == (39.0, 25.0)


def recursive(x: float, n: int):
    return x * recursive(x, n - 1) if n else 1.0


def test_recursion():
    assert jvp(recursive, (2.0, 3), (1.0, None)) == (8.0, 12.0)


def bar(x):
    hidden = x
    exec("pass")
    return hidden


@dpc.rule(bar)
def bar_rule(x, *, out, out_bar):
    return out_bar


def uses_bar(x: float):
    return bar(x) * 2


def test_a_reverse_rule_alone_is_refused():
    with pytest.raises(dpc.NoRuleError, match="no forward rule"):
        dpc.pushforward(uses_bar, branches="hard")


def spin(x, y, out_of):
    return x * y + out_of


@dpc.rule(spin, forward=True)
def spin_rule(x, y, out_of, x_dot, y_dot, out_of_dot, *, out):
    return x_dot * y + x * y_dot + np.sum(out_of_dot)


def uses_spin(x, y: float):
    return np.sum(spin(x, y, 2.0))


def test_a_forward_rule_gets_zeros_for_what_does_not_vary():
    push = dpc.pushforward(uses_spin, branches="hard")
    assert push(X, 3.0, tangents=np.ones(2))[1] == 6.0
    push = dpc.pushforward(uses_spin, wrt="y", branches="hard")
    assert push(X, 3.0, tangents=2.0)[1] == pytest.approx(2 * X.sum())


@pytest.mark.parametrize(
    ("tangents", "message"),
    [
        ((np.ones(3), X), "does not fit"),
        ((A,), "2 tangents are expected"),
        (({"a": 1}, X), "does not fit"),
    ],
)
def test_tangents_that_do_not_fit(tangents, message):
    push = dpc.pushforward(affine, wrt=(0, 1), branches="hard")
    with pytest.raises(dpc.ArgumentError, match=message):
        push(A, X, tangents=tangents)


def test_as_many_tangents_as_primals():
    with pytest.raises(dpc.ArgumentError, match="1 tangents for 2 primals"):
        jvp(affine, (A, X), (A,))


def test_a_parameter_named_tangents_is_refused():
    with pytest.raises(dpc.ArgumentError, match="tangents"):
        dpc.pushforward(lambda tangents: tangents * 2.0)


def independent(x: float, y: float):
    return y * 2


def test_what_does_not_vary_has_tangent_zero_and_says_so():
    push = dpc.pushforward(independent, branches="hard")
    assert push(1.0, 2.0, tangents=1.0) == (4.0, 0.0)
    assert "tangent 0" in push.report


def named_like_a_tangent(x: float, x_dot: float):
    return x * x_dot


def test_names_of_tangents_give_way():
    push = dpc.pushforward(named_like_a_tangent, branches="hard")
    assert push(2.0, 3.0, tangents=1.0) == (6.0, 3.0)
    assert "x_dot_1" in push.source


def starred(*xs, scale=2.0, **more):
    return sum(xs) * scale + more["y"] ** 2


def test_stars():
    push = dpc.pushforward(starred, wrt=("xs", "more"), branches="hard")
    found = push(1.0, 2.0, y=3.0, tangents=((1.0, 0.5), {"y": 1.0}))
    assert found == (15.0, 9.0)
    assert jvp(starred, (1.0, 2.0), (1.0, 0.5), kwargs={"y": 3.0})[1] == 3.0


def decides(x: float, c: float):
    y = x * x if x > c else 3 * x
    return y * 2


def test_relaxed_and_straight_through():
    soft = dpc.value_and_grad(decides, wrt=(0, 1), branches="soft", temperature=0.3)
    value, (x_bar, c_bar) = soft(1.2, 1.0)
    push = dpc.pushforward(decides, wrt=(0, 1), branches="soft", temperature=0.3)
    out, out_dot = push(1.2, 1.0, tangents=(1.0, 2.0))
    assert out == value and out_dot == pytest.approx(x_bar + 2 * c_bar)
    through = dpc.pushforward(
        decides, wrt=(0, 1), branches="straight-through", temperature=0.3
    )
    out, out_dot = through(1.2, 1.0, tangents=(1.0, 2.0))
    assert out == decides(1.2, 1.0) and out_dot == pytest.approx(x_bar + 2 * c_bar)


def shifted(x, nested):
    y = x * 1.0
    y[1:] += x[:-1]
    return np.prod(y)


def test_the_output_is_the_same_past_the_limit_of_variants():
    """What might be written, if nothing were known of arguments, is no part of it."""
    x, nested = np.arange(1.0, 4.0), 0.0
    pushed = dpc.pushforward(shifted, branches="hard")
    for _ in range(LIMIT + 2):
        nested = [nested]
        found = pushed(x, nested, tangents=(x,))
        assert found == (15.0, 45.0)
        assert dpc.vjp(shifted, x, nested)[0] == 15.0


def test_the_output_with_the_value_of_the_program_itself():
    x = np.arange(1.0, 4.0)
    options = {"branches": "straight-through"}
    assert dpc.jvp(shifted, (x, None), (x, None), **options) == (15.0, 45.0)
