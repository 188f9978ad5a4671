"""The Lorenz attractor: three parameters recovered from two seconds of its motion.

Lorenz's equations of convection (1963) are integrated by Runge and Kutta's method in a
Python loop. From 201 exact points between t = 0 and 2 the parameters σ, ρ and β are
found again; the gradient runs back through 800 steps.

    python examples/lorenz.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, report
from optimisers import lbfgs
from style import panels, save

TRUE = (10.0, 28.0, 8.0 / 3.0)
INTERVAL = 0.01  # between two points
END = (-8.173500, -9.562024, 24.620702)  # at t = 2, by an integrator of order 8


def slope(x, y, z, sigma, rho, beta):
    """Lorenz's equations."""
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


def advance(x, y, z, sigma, rho, beta, steps):
    """The state one interval later, in so many Runge-Kutta steps."""
    h = INTERVAL / steps
    for _ in range(steps):
        x1, y1, z1 = slope(x, y, z, sigma, rho, beta)
        x2, y2, z2 = slope(
            x + h / 2 * x1, y + h / 2 * y1, z + h / 2 * z1, sigma, rho, beta
        )
        x3, y3, z3 = slope(
            x + h / 2 * x2, y + h / 2 * y2, z + h / 2 * z2, sigma, rho, beta
        )
        x4, y4, z4 = slope(x + h * x3, y + h * y3, z + h * z3, sigma, rho, beta)
        x = x + h / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
        y = y + h / 6 * (y1 + 2 * y2 + 2 * y3 + y4)
        z = z + h / 6 * (z1 + 2 * z2 + 2 * z3 + z4)
    return x, y, z


@dpc.value_and_grad(wrt=("sigma", "rho", "beta"), branches="hard")
def loss(sigma: float, rho: float, beta: float, points):
    """Mean squared distance from the points, the first of which is the start."""
    x, y, z = float(points[0, 0]), float(points[0, 1]), float(points[0, 2])
    total = 0.0
    for k in range(1, len(points)):
        x, y, z = advance(x, y, z, sigma, rho, beta, 4)
        total += (x - points[k, 0]) ** 2
        total += (y - points[k, 1]) ** 2
        total += (z - points[k, 2]) ** 2
    return total / len(points)


def trajectory(parameters: tuple, intervals: int, steps: int = 4) -> np.ndarray:
    """Points of the motion from (1, 1, 1): (intervals + 1, 3)."""
    points = [(1.0, 1.0, 1.0)]
    for _ in range(intervals):
        points.append(advance(*points[-1], *parameters, steps))
    return np.array(points)


def draw(points: np.ndarray, start: tuple, found: tuple, out) -> None:
    """The motion that was seen, that of the first guess, and that of the answer."""
    figure, ((left, right),) = panels(2)
    guess, fitted = trajectory(start, 200), trajectory(found, 200)
    left.plot(points[::5, 0], points[::5, 2], "o", ms=3, color="tab:red", label="seen")
    left.plot(guess[:, 0], guess[:, 2], color="tab:gray", lw=1, label="first guess")
    left.plot(fitted[:, 0], fitted[:, 2], color="tab:blue", label="fitted")
    left.set(xlabel="x", ylabel="z", title="two seconds of the attractor")
    left.legend()
    time = INTERVAL * np.arange(len(points))
    for motion, name, colour in (
        (guess, "first guess", "tab:gray"),
        (fitted, "fitted", "tab:blue"),
    ):
        distance = np.linalg.norm(motion - points, axis=1)[1:]
        right.semilogy(time[1:], distance, color=colour, label=name)
    right.set(xlabel="time", ylabel="distance from the points", title="error")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "lorenz").parse_args(arguments)
    # Finer steps than the fit's: the points are not those of the fitted program.
    points = trajectory(TRUE, 200, steps=16)
    if options.source:
        print(loss.specialize(*TRUE, points).source)
        return {}
    start = (9.0, 25.0, 2.0)
    # Chaos makes long motions hard to fit from afar: half of it first.
    found, _ = lbfgs(lambda p: loss(*p, points[:101]), start, steps=40)
    if not options.quick:
        found, _ = lbfgs(lambda p: loss(*p, points), found, steps=200)
    found = tuple(float(p) for p in found)
    error = max(abs(p - true) for p, true in zip(found, TRUE, strict=True))
    off = float(np.max(np.abs(points[-1] - np.array(END))))
    report("σ, ρ, β", "{:.6f} {:.6f} {:.6f}".format(*found), "10, 28, 2.666667")
    report("largest error of the three", f"{error:.1e}", "<= 1e-6")
    report("error of the points at t = 2", f"{off:.1e}", "<= 1e-6")
    draw(points, start, found, options.out)
    return {"error": error, "end": off}


if __name__ == "__main__":
    main()
