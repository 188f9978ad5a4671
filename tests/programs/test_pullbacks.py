"""Functions of arrays that return arrays, containers or nothing, through `dpc.vjp`.

What a function writes into differentiated arguments is output as well: the output is
then `(result, mutated arguments in parameter order)`, in cotangents too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import dpc
from tests import differences, trees
from tests.programs.case import normal


@dataclass(frozen=True)
class Pullback:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    mutated: tuple[int, ...] = ()

    def outputs(self, *args: Any) -> Any:
        result = self.function(*args)
        return (result, *(args[k] for k in self.mutated)) if self.mutated else result


def relax(a, b):
    b[1:-1] = a[1:-1] + a[:-2] * a[2:]
    a[1:-1] = b[1:-1] * 0.5


def scale(y, s: float):
    y *= s
    y[0] += s * s


def overwrite(target, source):
    target[:] = np.sin(source)


def accumulate(totals, x, i):
    totals[i] += x * x
    return totals[i] * 2


def write_through_view(m, x):
    row = m[1]
    row *= x
    m.T[0] = x[:2]
    return row


def conditional_write(x, flag):
    if flag:
        x[0] = x[1] ** 2
    return x * 1.0


def update_parameters(params, grads, rate: float):
    for name in params:
        params[name] -= rate * grads[name]


def append_squares(parts, x):
    parts.append(x * x)
    parts[0] = parts[0] * x


def elementwise(x, y):
    return np.sin(x) * y


def tuple_out(x, y):
    return x @ y, {"sum": x + y, "same": x, "word": "w"}, [2.0, y[0]]


def matrix_out(a, b):
    return a @ b.T


def constant_out(x):
    return np.ones(3)


def unused(x, y):
    return x * 2


def identity(x):
    return x


def view_out(x):
    return x.reshape(2, 2).T[0]


def integers_between(x, n, word):
    return x**n * len(word)


def early(x):
    for i in range(len(x)):
        if x[i] > 0.5:
            return x[: i + 1] * x[i]
    return x


def loop_out(w, x):
    states = []
    for _ in range(3):
        x = np.tanh(w @ x)
        states.append(x)
    return states


INDEX = np.array([0, 2, 0])

PULLBACKS = [
    Pullback(relax, (normal(5), normal(5, seed=1)), (0, 1)),
    Pullback(scale, (normal(3), 1.5), (0,)),
    Pullback(overwrite, (normal(3), normal(3, seed=1)), (0,)),
    Pullback(accumulate, (normal(3), normal(3, seed=1), INDEX), (0,)),
    Pullback(write_through_view, (normal(2, 3), normal(3, seed=1)), (0,)),
    Pullback(conditional_write, (normal(3), True), (0,)),
    Pullback(conditional_write, (normal(3), False), (0,)),
    Pullback(
        update_parameters,
        ({"w": normal(2), "b": 0.5}, {"w": normal(2, seed=1), "b": 1.5}, 0.1),
        (0,),
    ),
    Pullback(append_squares, ([normal(2)], normal(2, seed=1)), (0,)),
    Pullback(elementwise, (normal(3), normal(3, seed=1))),
    Pullback(elementwise, (normal(2, 3), normal(3, seed=1))),
    Pullback(tuple_out, (normal(3), normal(3, seed=1))),
    Pullback(matrix_out, (normal(2, 3), normal(4, 3, seed=1))),
    Pullback(constant_out, (normal(2),)),
    Pullback(unused, (normal(2), normal(3))),
    Pullback(identity, (normal(3),)),
    Pullback(view_out, (normal(4),)),
    Pullback(integers_between, (normal(3), 2, "abc")),
    Pullback(early, (normal(4),)),
    Pullback(loop_out, (normal(2, 2), normal(2, seed=1))),
]


def identifier(pullback):
    return pullback.function.__name__


def cotangent_of(outputs: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)

    def draw(_: trees.Path, leaf: Any) -> Any:
        if not trees.is_floating(leaf):
            return None
        drawn = rng.normal(size=np.shape(leaf))
        return drawn if isinstance(leaf, np.ndarray) else float(drawn)

    return trees.map_leaves(outputs, draw)


def paired(outputs: Any, cotangent: Any) -> float:
    """The inner product of outputs and cotangent."""
    pairs = zip(trees.leaves(outputs), trees.leaves(cotangent), strict=True)
    return sum(float(np.sum(x * u)) for (_, x), (_, u) in pairs if u is not None)


@pytest.mark.parametrize("case", PULLBACKS, ids=identifier)
def test_pullback(case):
    args = trees.copied(case.arguments)
    after = trees.copied(case.arguments)
    plain = case.outputs(*after)
    out, pullback = dpc.vjp(case.function, *args, branches="hard")
    trees.assert_same(out, plain)
    trees.assert_same(args, after)

    for seed in range(2):
        cotangent = cotangent_of(plain, seed)
        given = trees.copied(cotangent)
        found = pullback(cotangent)
        trees.assert_same(cotangent, given)
        trees.assert_same(args, after)
        for k, (argument, bar) in enumerate(zip(case.arguments, found, strict=True)):
            trees.assert_is_gradient_of(bar, argument)
            if not any(trees.is_floating(leaf) for _, leaf in trees.leaves(argument)):
                continue
            expected = differences.gradient(
                lambda *a: paired(case.outputs(*a), cotangent), case.arguments, k
            )
            differences.assert_close(bar, expected.gradient)
