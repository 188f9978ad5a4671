"""A ball that bounces: why a simulation needs its time of impact.

A ball falls from height y0 at speed v onto an elastic floor, without gravity. After the
bounce y = v t - y0: a higher start is later back up, and dy/dy0 = -1. A program that
only turns the velocity round when the ball is below the floor gives +1, exactly and at
any step: where the floor is never enters it. That is no fault of its differentiation;
differences give the same. Solving for the moment of impact within the step is right.

    python examples/bounce.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, report
from style import panels, save

TIME = 1.0


@dpc.value_and_grad(wrt=("height", "speed"), branches="hard")
def naive(height: float, speed: float, steps: int):
    """Height at the end, the velocity turned round at the end of a step."""
    h = TIME / steps
    y, v = height, -speed
    for _ in range(steps):
        y = y + h * v
        if y < 0:
            v = -v
    return y


@dpc.value_and_grad(wrt=("height", "speed"), branches="hard")
def with_impact(height: float, speed: float, steps: int):
    """Height at the end; a step that would pass the floor is cut where it hits."""
    h = TIME / steps
    y, v = height, -speed
    for _ in range(steps):
        if y + h * v < 0:
            hit = -y / v
            v = -v
            y = (h - hit) * v
        else:
            y = y + h * v
    return y


def search(program, target: float, start: float, steps: int) -> list[float]:
    """Descend on (y - target)^2 / 2 over the start: the heights on the way."""
    heights = [start]
    for _ in range(steps):
        y, (slope, _) = program(heights[-1], 2.0, 200)
        heights.append(float(np.clip(heights[-1] - 0.2 * (y - target) * slope, 0.1, 3)))
    return heights


def draw(out) -> None:
    """The end as a function of the start, and what both gradients lead to."""
    figure, ((left, right),) = panels(2)
    heights = np.linspace(0.3, 1.7, 400)
    for program, name, colour in (
        (naive, "velocity turned round", "tab:red"),
        (with_impact, "time of impact", "tab:blue"),
    ):
        left.plot(
            heights,
            [program.primal(float(y), 2.0, 20) for y in heights],
            color=colour,
            label=name,
        )
        path = search(program, target=1.3, start=1.0, steps=30)
        right.plot(path, ".-", color=colour, label=name)
    left.plot(heights, 2.0 * TIME - heights, ":", color="black", label="exact")
    left.set(xlabel="height at the start", ylabel="height at the end")
    left.set_title("20 steps: the right height, the wrong slope")
    right.axhline(0.7, color="black", ls=":", label="answer")
    right.set(xlabel="step of descent", ylabel="height at the start")
    right.set_title("searching the start that ends at 1.3")
    left.legend()
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "bounce").parse_args(arguments)
    if options.source:
        print(with_impact.source)
        return {}
    height, speed, steps = 1.0, 2.0, 100 if options.quick else 1000
    y, (by_height, by_speed) = with_impact(height, speed, steps)
    _, (wrong, _) = naive(height, speed, steps)
    report("height at the end", f"{y:.6f}", f"{speed * TIME - height:.6f}")
    report("its slope in the first height", f"{by_height:+.6f}", "-1")
    report("its slope in the speed", f"{by_speed:+.6f}", f"{TIME:+.0f}")
    report("slope of the naive program", f"{wrong:+.6f}", "+1, the known failure")
    draw(options.out)
    return {"by_height": by_height, "by_speed": by_speed, "naive": wrong}


if __name__ == "__main__":
    main()
