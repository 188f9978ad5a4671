"""Forward mode where it is delicate: memory, layouts, exits, selections, shapes."""

import numpy as np
import pytest

import dpc
from dpc.rules.adjoints import AUGMENTED, OPAQUE, is_linear, rules
from tests.along import assert_modes_agree

MATRIX = np.arange(1.0, 7.0).reshape(2, 3) / 4


def source(function, *args, wrt=0):
    push = dpc.pushforward(function, wrt=wrt, branches="hard")
    return push.specialize(*args).source if args else push.source


def reshaped(x):
    v = x.reshape(-1)
    v[0] = v[1] * v[2]
    x[1] = 2.0
    return np.sum(v * v) + np.sum(x * x)


def raveled_in_place(x):
    v = x.ravel()
    v *= x[0, 1]
    x[0, 0] = v[1] ** 2
    return np.sum(v * v * v) + np.sum(x)


LAYOUTS = {
    "contiguous": MATRIX,
    "Fortran": np.asfortranarray(MATRIX),
    "slice": np.repeat(MATRIX, 2, axis=1)[:, ::2],
    "negative strides": MATRIX[::-1, ::-1],
}


@pytest.mark.parametrize("function", [reshaped, raveled_in_place])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_an_argument_decides_what_is_a_view(layout, function):
    """Copied by hand: a copy of a test would not have the layout."""

    def laid_out():
        x = LAYOUTS[layout]
        if layout == "contiguous":
            return x.copy()
        if layout == "Fortran":
            return np.asfortranarray(x.copy())
        if layout == "slice":
            return np.repeat(x.copy(), 2, axis=1)[:, ::2]
        return x[::-1, ::-1].copy()[::-1, ::-1]

    v = np.cos(MATRIX)
    gradient = dpc.grad(function, branches="hard")(laid_out())
    for run in (
        dpc.pushforward(function, branches="hard"),
        dpc.pushforward(function, branches="hard").generic,
    ):
        (out, _), (out_dot, _) = run(laid_out(), tangents=v)
        assert out == function(laid_out())
        assert out_dot == pytest.approx(np.sum(gradient * v))


def in_both_ways(x, y):
    """Each update reads what another name of the memory holds."""
    a = x * 1.0
    left, right = a[1:], a[:-1]
    left *= right
    a[::2] /= y
    a[1:] += a[:-1]
    a **= 2
    right -= left[::-1]
    a[[0, 0, 2]] += y[:1] * x[:3]
    return np.sum(a * np.arange(1.0, 7.0))


def test_updates_that_overlap():
    x, y = np.linspace(0.5, 1.5, 6), np.array([0.7, 1.2, 2.0])
    assert_modes_agree(in_both_ways, x, y, wrt=(0, 1))


def exits(x, n):
    total = 0.0
    for i in range(n):
        if i == 2:
            continue
        for v in x:
            if v > 2:
                break
            if total > 50:
                return total * v
            total += v * x[i]
        else:
            total = total * 1.5
        while total > 4:
            total = total / x[0]
    return total


def test_exits_of_every_kind():
    assert_modes_agree(exits, np.array([1.5, 0.7, 1.1, 2.5]), 4)
    assert_modes_agree(exits, np.array([1.5, 0.7, 1.1, 1.5]), 3)


def test_what_was_not_selected_has_a_tangent_of_zero():
    def positive(x):
        a = np.zeros(4)
        a[1:3] = x
        return np.sum(np.sqrt(a)) + np.sum(np.sqrt(np.where(x > 1, x, 0.0)))

    x, v = np.array([0.25, 4.0]), np.array([1.0, 8.0])
    with np.errstate(divide="ignore"):
        _, dot = dpc.jvp(positive, (x,), (v,), branches="hard")
    assert dot == pytest.approx(1.0 + 2.0 + 2.0)


def broadcast(s: float, row, matrix):
    """The tangent is smaller than the value until its shape is asked for."""
    a = s + matrix
    b = row - 2.0 + matrix
    c = np.where(matrix > 0.5, s, row)
    return np.sum(a) + np.mean(b[0]) + np.sum(c, axis=0)[1] + np.max(a + row)


def test_tangents_that_are_smaller_than_their_value():
    row = np.array([0.2, 0.9, 0.4])
    assert_modes_agree(broadcast, 1.5, row, MATRIX, wrt=(0, 1))
    assert_modes_agree(broadcast, 1.5, row, MATRIX, wrt=0)


def containers(xs, table, k: float):
    ys = [x * k for x in xs]
    ys.append(k)
    ys.insert(1, ys[0] * 2)
    ys.extend([xs[0], k * k])
    last = ys.pop()
    ys.reverse()
    ys[0] += last
    table["new"] = ys[1] * table["w"][0]
    table.setdefault("w", 3.0)
    table["w"][1] *= k
    both = ys + [last] * 2
    pairs = [(a, b) for a, b in zip(both, ys)]
    total = table.get("none", 1.0) * table["new"]
    for a, (b, c) in enumerate(pairs):
        total += a * b * c
    return total + np.sum(table["w"])


def test_containers_that_are_written():
    table = {"w": np.array([0.4, 1.3]), "n": 3}
    assert_modes_agree(containers, [0.3, 1.2], table, 0.8, wrt=(0, 1, 2))


class Tank:
    def __init__(self, level, rates):
        self.level = level
        self.rates = rates

    def step(self, dt):
        self.level = self.level + dt * self.rates[0]
        self.rates[1:] *= self.level


def simulated(rates, level: float):
    tank = Tank(level, rates)
    for _ in range(3):
        tank.step(0.5)
    other = tank
    other.level *= 2
    return tank.level * np.sum(tank.rates)


def test_objects_that_are_written():
    assert_modes_agree(simulated, np.array([0.3, 1.2, 0.5]), 0.8, wrt=(0, 1))


def shared(x):
    a = np.exp(x)
    b = np.cos(a)
    return np.sum(np.sin(a) * b)


def test_work_is_shared_with_the_primal():
    text = source(shared, np.ones(3))
    assert text.count("np.exp(") == 1 and text.count("np.cos(") == 1
    assert text.count("np.sin(") == 1


def summed_between_stores(x):
    y = x.copy()
    a = np.sum(y) * 2
    y[0] = y[1] ** 2
    b = np.mean(y) * 2
    y[1] = 3.0
    return a * b * (np.sum(y) * np.mean(y))


def test_work_is_not_shared_across_a_store():
    assert_modes_agree(summed_between_stores, np.array([0.3, 1.2, 0.7]))


# They make zeros, or are handled with the augmented assignments.
CONSTANT = {
    "dpc.zeros",
    "dpc.shadow",
    "dpc.zero_tangent",
    "dpc.shadow_imag",
}


def test_no_function_of_adjoint_code_passes_for_a_constant():
    augmented = {f"dpc.i{name}" for name in AUGMENTED}
    for key, rule in rules.rules.items():
        if rule.kind == "constant" and key.startswith("dpc."):
            checks = key.startswith(("dpc.require", "dpc.refuse"))
            assert is_linear(key) or checks or key in CONSTANT | augmented | OPAQUE, key


def clean(x, w):
    y = x @ w
    y = y * 1.0 + 3.0
    return np.sum(y)


def test_no_zeros_and_no_ones_appear():
    text = source(clean, np.ones(3), np.ones((3, 2)))
    assert "zeros" not in text and "1.0 * y_dot" not in text
    assert "+ 0" not in text


def doubled_after_a_store(x, b: float):
    x = x * 0.3
    x[-1] = b * b
    return np.sum(np.sin(x + x))


def test_what_is_written_is_not_what_it_was_made_as():
    assert_modes_agree(doubled_after_a_store, np.array([0.3, 1.2]), 0.7, wrt=(0, 1))


def negated_and_written(x0, b: float):
    x = -x0
    v = x[::-1]
    v[1] = x[0] * b
    z = x * 2
    z[0] = b
    return np.sum(z * z * x) + np.sum(np.exp(-z))


def test_nothing_is_folded_into_written_memory_in_reverse_either():
    x = np.array([0.3, 0.7, -0.2])
    dpc.check_grad(negated_and_written, x, 0.6, wrt=(0, 1), branches="hard")
    assert_modes_agree(negated_and_written, x, 0.6, wrt=(0, 1))


def added_to(s, x):
    w = np.sin(s)
    w[0] += x
    return np.sum(w * w)


def test_what_is_added_to_numbers_is_not_written_itself():
    assert "tangent(x_dot" not in source(added_to, wrt=(0, 1))
