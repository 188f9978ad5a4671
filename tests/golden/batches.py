"""Programs whose form over a batch is kept: axes, what is batched, arguments."""

import numpy as np

import dpc
from tests.golden.programs import relax


def dense(w, b, x):
    h = np.tanh(w @ x + b)
    return np.sum(h)


def layers(params, x, target):
    (w1, b1), (w2, b2) = params
    h = np.tanh(w1 @ x + b1)
    return np.sum((w2 @ h + b2 - target) ** 2)


def fade(w, limit):
    x = 1.0
    while x > limit:
        x = x * np.exp(-w)
    return x


def logarithm(x):
    if x > 0:
        return np.log(x)
    return x - 1


def recurrence(x, rate):
    y = np.zeros(len(x))
    y[0] = x[0]
    for t in range(1, len(x)):
        y[t] = rate * y[t - 1] + x[t]
    return y


def embedded(table, word):
    return table[word] * 2


def hard(f, wrt):
    return dpc.grad(f, wrt=wrt, branches="hard")


W, B = np.linspace(-1.0, 1.0, 6).reshape(2, 3), np.array([0.1, -0.2])
ROWS = np.linspace(0.0, 1.5, 12).reshape(4, 3)
PARAMS = ((W, B), (np.ones((3, 2)), np.ones(3)))

BATCHES = {
    "dense": (dense, (None, None, 0), (W, B, ROWS)),
    "dense_grad": (hard(dense, ("w", "b")), (None, None, 0), (W, B, ROWS)),
    "layers_grad": (hard(layers, "params"), (None, 0, 0), (PARAMS, ROWS, ROWS)),
    "fade": (fade, (0, None), (np.array([0.2, 0.5, 1.0]), 0.1)),
    "fade_grad": (hard(fade, "w"), (0, None), (np.array([0.2, 0.5, 1.0]), 0.1)),
    "relax": (relax, (0, None, None), (np.array([0.5, 1.0, 0.3]), 0.9, 0.1)),
    "logarithm": (logarithm, (0,), (np.array([-1.0, 2.0, 0.5]),)),
    "recurrence": (recurrence, (0, 0), (ROWS, np.array([0.5, 0.6, 0.7, 0.8]))),
    "embedded": (embedded, (None, 0), (W.T, np.array([2, 0, 1]))),
}
