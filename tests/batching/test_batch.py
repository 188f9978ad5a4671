"""`dpc.batch`: axes, containers, tests and loops that differ from row to row, draws."""

import functools
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import dpc
from tests import ratios


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def each(f, *columns):
    """The results of the rows, stacked."""
    return np.stack([f(*row) for row in zip(*columns, strict=True)])


# Axes


def affine(w, x, b=1.0):
    return w @ x + b


def test_in_axes():
    w, x = normal(2, 3), normal(5, 3)
    expected = each(lambda row: affine(w, row), x)
    for axes in ((None, 0), {"x": 0}, (None, 0, None), [None, -2]):
        np.testing.assert_allclose(dpc.batch(affine, in_axes=axes)(w, x), expected)
    last = dpc.batch(affine, in_axes=(None, 1))(w, x.T)
    np.testing.assert_allclose(last, expected)


def test_a_default_has_no_axis():
    w, x = normal(4, 2, 3), normal(4, 3)
    np.testing.assert_allclose(dpc.batch(affine)(w, x), each(affine, w, x))
    b = normal(4)
    np.testing.assert_allclose(dpc.batch(affine)(w, x, b), each(affine, w, x, b))
    np.testing.assert_allclose(dpc.batch(affine)(w, x, b=b), each(affine, w, x, b))


def test_a_default_has_no_axis_beside_what_is_given_beforehand():
    class Model:
        def __init__(self):
            self.rate = 2.0

        def scaled(self, x, n=2, *, k=1.0):
            return x * self.rate * n * k

    x = normal(4, 3)
    np.testing.assert_allclose(dpc.batch(Model().scaled)(x), x * 4)
    halved = functools.partial(Model().scaled, k=0.5)
    np.testing.assert_allclose(dpc.batch(halved)(x), x * 2)
    with pytest.raises(dpc.ArgumentError, match="in_axes has 4 parts"):
        dpc.batch(Model().scaled, in_axes=(0, None, None, None))


def pair(x, y):
    return x * y, {"sum": x + np.sum(y), "two": 2.0}


def test_out_axes():
    x, y = normal(4), normal(4, 3)
    product, sums = dpc.batch(pair, out_axes=(1, 0))(x, y)
    np.testing.assert_allclose(product, (x[:, None] * y).T)
    np.testing.assert_allclose(sums["sum"], x + y.sum(axis=1))
    np.testing.assert_array_equal(sums["two"], np.full(4, 2.0))


def test_what_is_the_same_for_all_rows_can_stay():
    def both(x, w):
        return x * 2, w * 2

    doubled, shared = dpc.batch(both, in_axes=(0, None), out_axes=(0, None))(
        normal(3), normal(2)
    )
    assert doubled.shape == (3,)
    assert shared.shape == (2,)


@dataclass
class Particle:
    position: np.ndarray
    mass: float


def momentum(particle, velocity):
    return particle.mass * velocity + particle.position


def test_containers_of_axes():
    p, v = Particle(normal(4, 2), normal(4)), normal(4, 2)
    rows = [Particle(a, b) for a, b in zip(p.position, p.mass, strict=True)]
    expected = each(momentum, rows, v)
    np.testing.assert_allclose(dpc.batch(momentum)(p, v), expected)
    shared = Particle(p.position, 2.0)
    axes = ({"position": 0, "mass": None}, 0)
    found = dpc.batch(momentum, in_axes=axes)(shared, v)
    np.testing.assert_allclose(found, 2.0 * v + p.position)


def test_a_batch_of_a_batch():
    x, y = normal(3, 4), normal(3, 4)
    twice = dpc.batch(dpc.batch(lambda a, b: a * np.sin(b)))
    np.testing.assert_allclose(twice(x, y), x * np.sin(y))
    outer = dpc.batch(dpc.batch(np_product, in_axes=(None, 0)), in_axes=(0, None))
    np.testing.assert_allclose(outer(x[:, 0], y[0]), np.outer(x[:, 0], y[0]))


def np_product(a, b):
    return a * b


def test_one_row_and_another_number_of_rows():
    batched = dpc.batch(affine, in_axes=(None, 0))
    w = normal(3, 3)
    for rows in (1, 3, 7):
        x = normal(rows, 3)
        np.testing.assert_allclose(batched(w, x), x @ w.T + 1.0)


def test_methods_and_pickles():
    class Model:
        def __init__(self, w):
            self.w = w

        def predict(self, x):
            return np.tanh(self.w @ x)

    model, x = Model(normal(2, 3)), normal(5, 3)
    np.testing.assert_allclose(dpc.batch(model.predict)(x), np.tanh(x @ model.w.T))
    again = pickle.loads(pickle.dumps(dpc.batch(affine, in_axes=(None, 0))))
    np.testing.assert_allclose(again(normal(2, 3), x), x @ normal(2, 3).T + 1.0)


@pytest.mark.parametrize(
    "axes, text",
    [
        ((0, 0, 0, 0), "in_axes has 4 parts"),
        ({"y": 0}, "no parameter is named 'y'"),
        (None, "no argument has the axis of a batch"),
        ("rows", "an axis is an int, None or a container"),
    ],
)
def test_axes_that_do_not_fit(axes, text):
    with pytest.raises(dpc.ArgumentError, match=text):
        dpc.batch(affine, in_axes=axes)


def test_arguments_that_do_not_fit():
    batched = dpc.batch(affine)
    with pytest.raises(dpc.ArgumentError, match="w has 2 rows, and x has 3"):
        batched(normal(2, 2, 3), normal(3, 3))
    with pytest.raises(dpc.ArgumentError, match="is a float, which has no axis"):
        batched(normal(2, 2, 3), normal(2, 3), 0.5)
    with pytest.raises(dpc.ArgumentError, match="x has no axis 2"):
        dpc.batch(affine, in_axes=(None, 2))(normal(2, 3), normal(3, 3))


# What is written


def test_rows_that_are_written_are_written():
    def doubled(x):
        x *= 2
        x[0] = 1.0

    x = normal(4, 3)
    expected = x * 2
    expected[:, 0] = 1.0
    assert dpc.batch(doubled)(x) is None
    np.testing.assert_array_equal(x, expected)


def test_what_all_rows_share_cannot_be_written():
    def store(a, x):
        a[0] = x
        return a

    with pytest.raises(dpc.UnsupportedError, match="each row writes a"):
        dpc.batch(store, in_axes=(None, 0))(np.zeros(3), normal(4))


def test_numbers_of_rows_are_no_views():
    def first(x):
        return x[0]

    def swap(x):
        held = x[0]
        x[0] = x[1]
        x[1] = held
        return x[1] - held

    x = normal(4, 3)
    assert not np.shares_memory(dpc.batch(first)(x), x)
    np.testing.assert_array_equal(dpc.batch(swap)(x), np.zeros(4))


# Derivatives


def loss(w, b, x, t):
    h = np.tanh(w @ x + b)
    return np.sum((h - t) ** 2)


def test_gradients_of_each_row():
    w, b, x, t = normal(2, 3), normal(2), normal(5, 3), normal(5, 2)
    gradient = dpc.value_and_grad(loss, wrt=("w", "b"), branches="hard")
    value, (w_bar, b_bar) = dpc.batch(gradient, in_axes=(None, None, 0, 0))(w, b, x, t)
    for k in range(5):
        one, (w_one, b_one) = gradient(w, b, x[k], t[k])
        np.testing.assert_allclose(value[k], one)
        np.testing.assert_allclose(w_bar[k], w_one)
        np.testing.assert_allclose(b_bar[k], b_one)


def test_gradients_are_arrays_of_their_own():
    def product(x, y):
        return x * y

    x, y = normal(4), normal(4)
    found = dpc.batch(dpc.grad(product, wrt=(0, 1), branches="hard"))(x, y)
    arrays = [*found, x, y]
    for i, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[i + 1 :])


def clipped(x, w):
    s = w @ x
    if s > 1:
        return 0.0 * s
    elif s > 0:
        return 0.5 * (1 - s) ** 2
    return 0.5 - s


@pytest.mark.parametrize("branches", ["hard", "soft"])
def test_gradients_through_tests_that_differ(branches):
    x, w = normal(9, 3, seed=2), normal(3, seed=4)
    gradient = dpc.grad(clipped, wrt="w", branches=branches)
    found = dpc.batch(gradient, in_axes=(0, None))(x, w)
    np.testing.assert_allclose(found, each(lambda row: gradient(row, w), x), 1e-12)


def test_gradients_of_loops_of_different_lengths():
    def settled(x, rate):
        steps = 0.0
        while x > 0.1:
            x = x * np.exp(-rate)
            steps += x
        return steps

    x, rate = np.array([0.05, 1.0, 3.0]), np.array([1.0, 0.5, 0.2])
    gradient = dpc.grad(settled, wrt=(0, 1), branches="hard")
    found = dpc.batch(gradient)(x, rate)
    for k in range(3):
        one = gradient(x[k], rate[k])
        np.testing.assert_allclose([found[0][k], found[1][k]], one, 1e-12)


def test_source_and_report_are_those_of_a_derivative():
    batched = dpc.batch(dpc.grad(loss, branches="hard"), in_axes=(None, None, 0, 0))
    args = (normal(2, 3), normal(2), normal(5, 3), normal(5, 2))
    variant = batched.specialize(*args)
    assert "def loss_grad_batch(w, b, x, t):" in variant.source
    assert "for each row of x and t" in " ".join(variant.source.split())
    assert "def loss_grad_batch" in str(variant.program)
    assert isinstance(variant.report, str)
    assert batched.primal is loss


def test_a_batch_is_exported(tmp_path):
    batched = dpc.batch(fade_of, in_axes=(0, None))
    w = np.array([0.3, 0.5])
    path = tmp_path / "fade.py"
    batched.specialize(w, 0.1).export(path)
    text = path.read_text()
    assert "dpc" not in text.replace("Generated by dpc", "")
    names: dict = {}
    exec(compile(text, str(path), "exec"), names)
    np.testing.assert_allclose(names["fade_of_batch"](w, 0.1), batched(w, 0.1))


def fade_of(w: float, limit: float):
    x = 1.0
    while x > limit:
        x = x * np.exp(-w)
    return x


def test_the_source_of_annotated_functions_is_there_before_any_call():
    assert "np.where" in dpc.batch(fade_of, in_axes=(0, None)).source


# What is not differentiated


SHARED = dpc.batch(np_product, in_axes=(0, None))


def calls_a_batch(x, y):
    return np.sum(SHARED(x, y))


def test_a_batch_is_not_differentiated():
    with pytest.raises(dpc.UnsupportedError, match="inside a program that is diff"):
        dpc.grad(calls_a_batch, branches="hard")(normal(3), 2.0)
    with pytest.raises(dpc.UnsupportedError, match="over a batch is differentiated"):
        dpc.grad(SHARED, branches="hard")
    with pytest.raises(dpc.UnsupportedError, match="over a batch is differentiated"):
        dpc.vjp(SHARED, normal(3), 2.0, branches="hard")


@pytest.mark.slow
def test_gradients_of_samples_cost_a_tenth_of_a_loop_over_them():
    ratio = ratios.measured("samples")
    print(f"the gradients of 256 samples at once cost {ratio:.3f} of a loop over them")
    assert ratio <= 0.1
