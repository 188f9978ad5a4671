"""A projectile with air drag: the angle that throws farthest, by gradient ascent.

Thrown at 30 m/s with a drag of 0.01 |v| v a kilogram. The flight is Runge-Kutta steps
in a `while` loop; the last step is shortened by Newton's method until it ends on the
ground, so that the derivative of the range knows of the moment of landing.

    python examples/projectile.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, report
from style import panels, save

SPEED, GRAVITY, DRAG, STEP = 30.0, 9.81, 0.01, 0.02


def acceleration(vx, vy):
    """Gravity, and drag against the motion."""
    speed = np.sqrt(vx * vx + vy * vy)
    return -DRAG * speed * vx, -GRAVITY - DRAG * speed * vy


def advance(x, y, vx, vy, h):
    """Place and velocity a time h later, by Runge and Kutta's method."""
    ax1, ay1 = acceleration(vx, vy)
    vx2, vy2 = vx + h / 2 * ax1, vy + h / 2 * ay1
    ax2, ay2 = acceleration(vx2, vy2)
    vx3, vy3 = vx + h / 2 * ax2, vy + h / 2 * ay2
    ax3, ay3 = acceleration(vx3, vy3)
    vx4, vy4 = vx + h * ax3, vy + h * ay3
    ax4, ay4 = acceleration(vx4, vy4)
    x = x + h / 6 * (vx + 2 * vx2 + 2 * vx3 + vx4)
    y = y + h / 6 * (vy + 2 * vy2 + 2 * vy3 + vy4)
    vx = vx + h / 6 * (ax1 + 2 * ax2 + 2 * ax3 + ax4)
    vy = vy + h / 6 * (ay1 + 2 * ay2 + 2 * ay3 + ay4)
    return x, y, vx, vy


@dpc.value_and_grad(branches="hard")
def throw(angle: float):
    """Where it lands, in metres, for an angle in radians."""
    x, y = 0.0, 0.0
    vx, vy = SPEED * np.cos(angle), SPEED * np.sin(angle)
    while True:
        x_next, y_next, vx_next, vy_next = advance(x, y, vx, vy, STEP)
        if y_next < 0:
            break
        x, y, vx, vy = x_next, y_next, vx_next, vy_next
    h = STEP / 2
    for _ in range(5):
        _, y_next, _, vy_next = advance(x, y, vx, vy, h)
        h = h - y_next / vy_next
    x, _, _, _ = advance(x, y, vx, vy, h)
    return x


def path(angle: float) -> np.ndarray:
    """Points of the flight: (points, 2)."""
    state = (0.0, 0.0, SPEED * np.cos(angle), SPEED * np.sin(angle))
    points = []
    while state[1] >= 0:
        points.append(state[:2])
        state = advance(*state, STEP)
    return np.array(points)


def draw(angles: list[float], out) -> None:
    """The flights on the way to the best angle, and range against angle."""
    figure, ((left, right),) = panels(2)
    for angle in angles:
        shade = 1.0 if angle == angles[-1] else 0.35
        left.plot(*path(angle).T, color="tab:blue", alpha=shade)
    left.set(xlabel="distance, m", ylabel="height, m", title="every step of ascent")
    grid = np.radians(np.linspace(15, 75, 61))
    ranges = [throw.primal(float(a)) for a in grid]
    right.plot(np.degrees(grid), ranges, label="all angles")
    reached = [throw.primal(a) for a in angles]
    right.plot(np.degrees(angles), reached, "o", ms=4, label="steps of ascent")
    right.set(xlabel="angle, degrees", ylabel="range, m", title="range")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "projectile").parse_args(arguments)
    if options.source:
        print(throw.source)
        return {}
    distance, slope = throw(np.pi / 4)
    report("range at 45°, m", f"{distance:.6f}", "55.781853")
    report("its slope, m a radian", f"{slope:.4f}", "-11.7474")
    angles = [np.radians(70.0)]
    for _ in range(12 if options.quick else 60):
        angles.append(angles[-1] + 0.002 * throw(angles[-1])[1])
    best, farthest = np.degrees(angles[-1]), throw.primal(angles[-1])
    report("best angle, degrees", f"{best:.5f}", "41.21297")
    report("range there, m", f"{farthest:.6f}", "56.171859")
    draw(angles, options.out)
    return {"range": distance, "slope": slope, "best": best, "farthest": farthest}


if __name__ == "__main__":
    main()
