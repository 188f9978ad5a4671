"""A thermostat's two thresholds, recovered from the temperatures alone.

The heater goes on below `low`, off above `high`, and between the two it stays as it is.
Both numbers stand in nothing but tests, so the exact derivative of the simulation in
them is zero everywhere and says nothing. With relaxed tests it is not; the temperature
of the gates, in degrees, falls from 2 to 0.3 while Adam descends, and of all iterates
the one is kept whose hard simulation fits best. Gates that are sharp from the start
are nearly as blind.

    python examples/thermostat.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, norm
from style import panels, save

LOW, HIGH = 18.0, 21.0  # degrees, to be found
STEPS = 120  # of five minutes
NEAR = 0.25  # degrees, within which a threshold is found


def simulate(low: float, high: float):
    """Temperature of the room, (STEPS,), in winter and with the heater off at first."""
    room, heat = 22.0, 0.0
    seen = np.zeros(STEPS)
    for k in range(STEPS):
        if room < low:
            heat = 1.0
        elif room > high:
            heat = 0.0
        room += 0.03 * (5.0 - room) + 0.9 * heat
        seen[k] = room
    return seen


def loss(low: float, high: float, seen, t: float):
    """Mean squared difference of the temperatures, by gates of temperature t."""
    return np.mean((simulate(low, high) - seen) ** 2)


soft = dpc.value_and_grad(loss, wrt=("low", "high"), branches="soft", temperature="t")
exact = dpc.grad(loss, wrt=("low", "high"), branches="hard")


def fit(start: tuple, seen: np.ndarray, schedule: Sequence[float]) -> tuple:
    """Adam down the schedule: the best hard iterate, and all of them."""
    thresholds, optimiser, path = start, Adam(rate=0.2), []
    for t in schedule:
        path.append((loss(*thresholds, seen, t), *thresholds))
        _, gradient = soft(*thresholds, seen, t)
        thresholds = optimiser.step(thresholds, gradient)
    return min(path)[1:], np.array(path)


def found(thresholds: tuple) -> bool:
    return bool(np.all(np.abs(np.subtract(thresholds, (LOW, HIGH))) < NEAR))


def starts(rng: np.random.Generator, number: int) -> list[tuple[float, float]]:
    """Pairs of thresholds, the lower first, at least a degree apart."""
    low = rng.uniform(12.0, 20.0, number)
    gap = rng.uniform(1.0, 6.0, number)
    return [(float(a), float(a + b)) for a, b in zip(low, gap, strict=True)]


def draw(seen: np.ndarray, paths: dict[str, list], out) -> None:
    """The temperatures, and the way of both thresholds from every start."""
    figure, (axes,) = panels(3, width=4.0)
    best = min(paths["2 to 0.3"], key=lambda path: path[:, 0].min())
    _, *thresholds = min(best.tolist())
    axes[0].plot(seen, color="black", lw=3, alpha=0.4, label="observed")
    axes[0].plot(simulate(*best[0, 1:]), color="tab:red", lw=0.8, label="at a start")
    axes[0].plot(simulate(*thresholds), "--", color="tab:blue", label="learned")
    axes[0].set(xlabel="step of five minutes", ylabel="degrees", title="the room")
    axes[0].legend(ncols=3, fontsize=7)
    for axis, (name, ways) in zip(axes[1:], paths.items(), strict=True):
        for path in ways:
            axis.plot(path[:, 1], path[:, 2], lw=0.7, color="tab:blue", alpha=0.6)
            axis.plot(*path[0, 1:], ".", color="tab:red")
        axis.plot(LOW, HIGH, "*", color="black", ms=12)
        axis.set(xlabel="low", ylabel="high", title=f"temperature {name}")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "thermostat").parse_args(arguments)
    seen, (number, steps) = simulate(LOW, HIGH), (3, 80) if options.quick else (20, 300)
    if options.source:
        print(soft.specialize(17.0, 22.0, seen, 1.0).source)
        return {}
    begins = starts(np.random.default_rng(options.seed), number)
    schedules = {"2 to 0.3": dpc.anneal(2.0, 0.3, steps), "0.1": [0.1] * steps}
    figures, paths = {}, {}
    for name, schedule in schedules.items():
        fits = [fit(begins[k], seen, schedule) for k in progress(number, name)]
        paths[name] = [path for _, path in fits]
        figures[name] = float(sum(found(thresholds) for thresholds, _ in fits))
    learned = min(paths["2 to 0.3"], key=lambda p: p[:, 0].min())
    error, low, high = min(learned.tolist())
    slope = max(norm(exact(*begin, seen, 1.0)) for begin in begins)
    report("thresholds of the best", f"{low:.2f} {high:.2f}", f"{LOW} {HIGH}")
    report("its error, hard, degrees squared", f"{error:.2g}", "0")
    relaxed, _ = soft(low, high, seen, 0.3)
    report("the same, soft at 0.3", f"{relaxed:.2g}", "of the relaxed one")
    report("largest exact derivative", f"{slope:g}", "0: it learns nothing")
    right = figures["2 to 0.3"]
    report("found, annealed 2 to 0.3", f"{right:.0f} of {number}", ">= 18 of 20")
    report("found, fixed 0.1", f"{figures['0.1']:.0f} of {number}", "2 of 20")
    draw(seen, paths, options.out)
    return {**figures, "exact": slope, "error": error, "soft": float(relaxed)}


if __name__ == "__main__":
    main()
