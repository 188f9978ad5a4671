"""`np.random` draws: not differentiated, drawn once."""

import numpy as np

from tests.programs.case import case, normal


def _seed():
    np.random.seed(7)


def generator_made_inside(x):
    rng = np.random.default_rng(3)
    noise = rng.normal(size=3)
    return np.sum(x * noise * x) + rng.random() * x[0]


def generator_as_argument(x, rng):
    total = 0.0
    for _ in range(3):
        total += np.sum(np.sin(x * rng.normal(size=x.shape)))
    return total


def global_generator(x):
    noise = np.random.normal(size=3) + np.random.rand(3)
    return np.sum(x * x * noise) * np.random.uniform()


def dropout(w, x, rng):
    h = np.tanh(w @ x)
    keep = rng.random(h.shape) < 0.6
    return np.sum(h * keep / 0.6) + np.sum(np.where(keep, h, 0.0))


def reparametrised(mean, spread, rng):
    z = mean + spread * rng.standard_normal(3)
    return np.sum(z**3)


def minibatches(w, data, rng):
    for _ in range(2):
        batch = rng.permutation(4)[:2]
        w = w - 0.1 * (data[batch] @ w) @ data[batch]
    i = rng.integers(4)
    return np.sum(w * data[i])


def choice_steers_a_branch(x: float, rng):
    total = 1.0
    for _ in range(5):
        if rng.random() < 0.5:
            total = total * x
        else:
            total = total + x * x
    return total


def random_walk(x: float):
    steps = 0
    while True:
        x = x * (0.7 + 0.2 * np.random.rand())
        steps += 1
        if x < 0.2 or steps > 20:
            return x * steps


def shuffled_in_place(x, rng):
    order = np.arange(4)
    rng.shuffle(order)
    y = x[order]
    y[1:] *= y[:-1]
    return np.sum(y)


RNG = np.random.default_rng(5)

CASES = [
    case(generator_made_inside, normal(3), rows="random draw"),
    case(generator_as_argument, normal(3), RNG, rows="random draw"),
    case(global_generator, normal(3), rows="random draw", before=_seed),
    case(dropout, normal(3, 2), normal(2), RNG, rows="random draw", wrt=(0, 1)),
    case(reparametrised, normal(3), normal(3), RNG, rows="random draw", wrt=(0, 1)),
    case(minibatches, normal(3), normal(4, 3), RNG, rows="random draw", wrt=(0, 1)),
    case(choice_steers_a_branch, 0.7, RNG, rows="random draw; test if"),
    case(random_walk, 0.9, rows="random draw; while True", before=_seed),
    case(shuffled_in_place, normal(4), RNG, rows="random draw; store slice"),
]
