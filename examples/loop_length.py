"""How long a loop runs, learned: for how many minutes did the tea stand?

A cup cools, minute by minute, and only its last temperature is known. The number of
minutes is the length of a loop. Run as it is written, the loop takes whole steps, and
the exact derivative of the temperature in their number is zero. With `dpc.range` the
length is real: between two whole lengths the result is their mean, weighed by the
distances, and the number of minutes is found by descent from anywhere.

    python examples/loop_length.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

MINUTES, STARTS = 7.0, (1.5, 3.0, 15.5)


def cooled(minutes: float):
    """Temperature of a cup that was poured at 95 degrees, in a room of 20."""
    cup = 95.0
    for _ in dpc.range(minutes):
        cup -= 0.08 * (cup - 20.0)
    return cup


def loss(minutes: float, seen: float):
    """Squared difference of the last temperatures."""
    return (cooled(minutes) - seen) ** 2


soft = dpc.value_and_grad(loss, branches="soft")
exact = dpc.grad(loss, branches="hard")


def fit(minutes: float, seen: float, steps: int) -> list[float]:
    """Adam, its rate falling from 0.5 to nothing: the minutes on the way."""
    optimiser, path = Adam(), [minutes]
    for step in progress(steps, f"from {minutes}"):
        _, slope = soft(path[-1], seen)
        optimiser.rate = 0.5 * (1 + np.cos(np.pi * step / steps)) / 2
        path.append(float(optimiser.step(path[-1], slope)))
    return path


def draw(paths: list[list[float]], out) -> None:
    """The temperature as a function of the length, and what was learned."""
    figure, ((left, right),) = panels(2)
    lengths = np.linspace(0, 17, 500)
    ends = [(soft(float(n), 0.0)[0] ** 0.5, cooled(float(n))) for n in lengths]
    left.plot(lengths, ends, label=("real length", "whole, as written"))
    left.plot(MINUTES, cooled(MINUTES), "*", color="black", ms=12)
    left.set(xlabel="length of the loop", ylabel="degrees", title="the cup")
    left.legend()
    for path in paths:
        right.plot(path, label=f"from {path[0]:g}")
    right.axhline(MINUTES, color="black", ls=":")
    right.set(xlabel="step of descent", ylabel="minutes", title="the length learned")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "loop_length").parse_args(arguments)
    seen = cooled(MINUTES)
    if options.source:
        print(soft.specialize(1.5, seen).source)
        return {}
    paths = [fit(n, seen, 100 if options.quick else 300) for n in STARTS]
    found = {f"from {path[0]:g}": path[-1] for path in paths}
    for start, minutes in found.items():
        report(f"minutes, {start}", f"{minutes:.4f}", f"{MINUTES}")
    last, slopes = paths[0][-1], [abs(exact(n, seen)) for n in STARTS]
    both = soft(last, seen)[0], loss(last, seen)
    report("loss at the first, soft and hard", "{:.1e} {:.1e}".format(*both), "0")
    report("largest exact derivative", f"{max(slopes):g}", "0: it learns nothing")
    draw(paths, options.out)
    return {**found, "exact": float(max(slopes))}


if __name__ == "__main__":
    main()
