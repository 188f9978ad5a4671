"""Four complex numbers draw an elephant, and gradient descent finds them again.

"With four parameters I can fit an elephant, and with five I can make him wiggle his
trunk." The curve is Mayer, Khairy and Howard's (2010): each complex number gives two
coefficients of the Fourier series of x(t) and of y(t). Starting from zero, the eight
real numbers are recovered from 200 points of the outline.

    python examples/elephant.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import SGD
from style import panels, save

ELEPHANT = np.array([50 - 30j, 18 + 8j, 12 - 10j, -14 - 60j])
WIGGLE = 40 + 20j  # the fifth number: the eye is here, and the trunk moves by it


class Outline(NamedTuple):
    """Real and imaginary parts of p1 to p4."""

    real: np.ndarray  # (4,)
    imag: np.ndarray  # (4,)


def curve(outline, t):
    """x and y of the elephant, lying on its side, at the angles t."""
    p, q = outline.real, outline.imag
    x = p[0] * np.sin(t) + p[1] * np.sin(2 * t) + p[2] * np.cos(3 * t)
    x += p[3] * np.cos(5 * t)
    y = q[3] * np.cos(t) + q[0] * np.sin(t) + q[1] * np.sin(2 * t)
    y += q[2] * np.sin(3 * t)
    return x, y


@dpc.value_and_grad(branches="hard")
def loss(outline, t, x_seen, y_seen):
    """Mean squared distance of the curve from the points that were seen."""
    x, y = curve(outline, t)
    return np.mean((x - x_seen) ** 2 + (y - y_seen) ** 2)


def fit(t: np.ndarray, x: np.ndarray, y: np.ndarray, steps: int) -> list:
    """Gradient descent from zero: (parameters, loss) before every step and at the end.

    Over whole periods the eight functions are orthogonal and the Hessian is the
    identity, so steps of rate 0.5 halve the error.
    """
    outline, descent = Outline(np.zeros(4), np.zeros(4)), SGD(rate=0.5)
    path = []
    for _ in progress(steps, "fitting"):
        value, gradient = loss(outline, t, x, y)
        path.append((outline, value))
        outline = descent.step(outline, gradient)
    path.append((outline, loss(outline, t, x, y)[0]))
    return path


def draw(path: list, out) -> None:
    """The outline after some steps, and how fast the error falls."""
    figure, ((left, right),) = panels(2)
    t = np.linspace(0, 2 * np.pi, 600)
    for step, shade in ((1, 0.25), (2, 0.5), (len(path) - 1, 1.0)):
        x, y = curve(path[step][0], t)
        left.plot(y, -x, color="black", alpha=shade, label=f"step {step}")
    left.plot(WIGGLE.imag, WIGGLE.imag, "o", color="black")
    left.set(xlabel="y", ylabel="−x", title="the elephant", aspect="equal")
    left.legend(loc="lower right")
    right.semilogy([value for _, value in path], color="tab:red")
    right.set(xlabel="step", ylabel="mean squared distance", title="gradient descent")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "elephant").parse_args(arguments)
    t = 2 * np.pi * np.arange(200) / 200
    answer = Outline(ELEPHANT.real, ELEPHANT.imag)
    x, y = curve(answer, t)
    if options.source:
        print(loss.specialize(answer, t, x, y).source)
        return {}
    path = fit(t, x, y, steps=20 if options.quick else 60)
    found, value = path[-1]
    error = np.max(np.abs(found.real + 1j * found.imag - ELEPHANT))
    report("mean squared distance after the last step", f"{value:.1e}", "<= 1e-10")
    report("largest error of the four numbers", f"{error:.1e}", "0")
    draw(path, options.out)
    return {"residual": float(value), "error": float(error)}


if __name__ == "__main__":
    main()
