"""Programs whose generated gradients are kept, to be read whenever they change."""

import numpy as np

import dpc


def relax(x: float, gain: float, limit: float):
    energy = 0.0
    for _ in range(50):
        x = np.tanh(gain * x)
        if np.abs(x) < limit:
            break
        energy = energy + x**2
    return energy + x


def smooth(u, rate: float):
    """In place, through a view."""
    u = u.copy()
    inner = u[1:-1]
    for _ in range(3):
        inner += rate * (u[2:] - 2 * inner + u[:-2])
    return np.sum(u * u)


def dense(params, x):
    h = np.maximum(x @ params["w"] + params["b"], 0)
    return np.mean(h * h)


def chain(x: float, y: float):
    return np.exp(-x * y) * np.sin(x) + x / y


def orbit(x, w):
    """Of a loop, three snapshots at a time."""
    for t in dpc.checkpoint(range(20), snapshots=3):
        x = np.tanh(w @ x) + 0.1 * t
    return np.sum(x * x)


def fall(u, rate: float):
    """Of a loop that writes, a snapshot at every fourth step."""
    u = u.copy()
    for _ in dpc.checkpoint(range(9), every=4):
        u[1:] += rate * u[:-1] * u[1:]
    return np.sum(u)


PROGRAMS = {
    "relax": (relax, ("x", "gain"), (0.5, 0.9, 0.1)),
    "smooth": (smooth, ("u", "rate"), (np.linspace(0.0, 1.0, 7) ** 2, 0.1)),
    "dense": (
        dense,
        ("params",),
        (
            {"w": np.linspace(-1.0, 1.0, 6).reshape(3, 2), "b": np.array([0.1, -0.3])},
            np.linspace(0.0, 1.0, 12).reshape(4, 3),
        ),
    ),
    "orbit": (
        orbit,
        ("x", "w"),
        (np.array([0.4, -0.7]), np.array([[0.3, -0.8], [0.9, 0.1]])),
    ),
    "fall": (fall, ("u", "rate"), (np.linspace(0.2, 0.9, 5), 0.1)),
    "chain": (chain, ("x", "y"), (0.7, 1.3)),
}
