"""A pendulum that swings far: its period, and the length that beats seconds.

θ'' = -(g / L) sin θ by Runge and Kutta's method in a `while` loop until it first hangs
straight down, a quarter of the period; Newton's method finds that moment within the
last step. The period grows as the square root of the length, so dT/dL = T / 2L checks
the gradient; descent on it finds the pendulum of period 2 s at an amplitude of 1 rad.

    python examples/pendulum.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, report
from style import panels, save

GRAVITY, STEP = 9.81, 0.005
PERIODS = {0.5: 2.0378679, 1.0: 2.1391376, 2.0: 2.6658709}  # of 1 m, elliptic integrals


def advance(angle, speed, length, h):
    """Angle and angular speed a time h later."""
    k = GRAVITY / length
    a1 = -k * np.sin(angle)
    s2 = speed + h / 2 * a1
    a2 = -k * np.sin(angle + h / 2 * speed)
    s3 = speed + h / 2 * a2
    a3 = -k * np.sin(angle + h / 2 * s2)
    s4 = speed + h * a3
    a4 = -k * np.sin(angle + h * s3)
    angle = angle + h / 6 * (speed + 2 * s2 + 2 * s3 + s4)
    speed = speed + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    return angle, speed


@dpc.value_and_grad(wrt=("amplitude", "length"), branches="hard")
def period(amplitude: float, length: float):
    """Seconds of a whole swing from rest at the amplitude, in radians."""
    angle, speed, time = amplitude, 0.0, 0.0
    while True:
        next_angle, next_speed = advance(angle, speed, length, STEP)
        if next_angle < 0:
            break
        angle, speed = next_angle, next_speed
        time = time + STEP
    h = STEP / 2
    for _ in range(4):
        at, rate = advance(angle, speed, length, h)
        h = h - at / rate
    return 4 * (time + h)


def draw(lengths: list[float], out) -> None:
    """The period against the amplitude, and the search for the length."""
    figure, ((left, right),) = panels(2)
    amplitudes = np.linspace(0.1, 2.8, 40)
    periods = [period.primal(float(a), 1.0) for a in amplitudes]
    left.plot(amplitudes, periods, label="integrated")
    left.plot(list(PERIODS), list(PERIODS.values()), "o", label="elliptic integrals")
    small = 2 * np.pi * np.sqrt(1 / GRAVITY)
    left.axhline(small, color="tab:gray", ls=":", label="small swings")
    left.set(xlabel="amplitude, rad", ylabel="period, s", title="period of 1 m")
    left.legend()
    right.plot(lengths, "o-")
    right.set(xlabel="step of descent", ylabel="length, m")
    right.set_title("searching the length of period 2 s")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "pendulum").parse_args(arguments)
    if options.source:
        print(period.source)
        return {}
    worst = 0.0
    for amplitude, target in PERIODS.items():
        seconds, (_, by_length) = period(amplitude, 1.0)
        report(f"period at {amplitude} rad, s", f"{seconds:.7f}", f"{target:.7f}")
        worst = max(worst, abs(seconds - target))
    report("dT/dL of the last", f"{by_length:.7f}", f"{target / 2:.7f}, T / 2L")
    lengths = [1.0]
    for _ in range(8 if options.quick else 20):
        seconds, (_, slope) = period(1.0, lengths[-1])
        lengths.append(lengths[-1] - 0.5 * (seconds - 2.0) * slope)
    exact = (2.0 / PERIODS[1.0]) ** 2
    report("length of period 2 s at 1 rad, m", f"{lengths[-1]:.6f}", f"{exact:.6f}")
    draw(lengths, options.out)
    return {"worst": worst, "by_length": by_length, "length": lengths[-1]}


if __name__ == "__main__":
    main()
