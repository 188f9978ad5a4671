"""An epidemic in a boarding school: two rates fitted through the differential equation.

Influenza, England, January 1978: 763 boys, one of whom fell ill. Kermack and
McKendrick's SIR model is integrated by Runge and Kutta's method in a Python loop, and
the rates of infection and recovery are those whose solution is nearest to the number of
boys in bed on 14 days. The gradient runs back through all 280 steps.

    python examples/sir.py --data DIRECTORY     # of influenza_1978.csv
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import data_file, parser, report
from optimisers import lbfgs
from style import panels, save

BOYS = 763.0
STEPS_A_DAY = 20


def slope(susceptible, infected, beta, gamma):
    """Boys who leave the healthy a day, and who join the ill."""
    caught = beta * susceptible * infected / BOYS
    return -caught, caught - gamma * infected


def next_day(s, i, beta, gamma):
    """The healthy and the ill one day later."""
    h = 1.0 / STEPS_A_DAY
    for _ in range(STEPS_A_DAY):
        s1, i1 = slope(s, i, beta, gamma)
        s2, i2 = slope(s + h / 2 * s1, i + h / 2 * i1, beta, gamma)
        s3, i3 = slope(s + h / 2 * s2, i + h / 2 * i2, beta, gamma)
        s4, i4 = slope(s + h * s3, i + h * i3, beta, gamma)
        s = s + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
        i = i + h / 6 * (i1 + 2 * i2 + 2 * i3 + i4)
    return s, i


@dpc.value_and_grad(wrt=("beta", "gamma"), branches="hard")
def loss(beta: float, gamma: float, in_bed):
    """Sum of squared errors over the days, the first of which is day 1."""
    s, i = BOYS - 1.0, 1.0
    total = 0.0
    for seen in in_bed:
        s, i = next_day(s, i, beta, gamma)
        total += (i - seen) ** 2
    return total


def epidemic(beta: float, gamma: float, days: int) -> np.ndarray:
    """The ill at the end of every day from 0 on: (days + 1,)."""
    s, i = BOYS - 1.0, 1.0
    course = [i]
    for _ in range(days):
        s, i = next_day(s, i, beta, gamma)
        course.append(i)
    return np.array(course)


def observed(directory: str | None, seed: int) -> np.ndarray:
    """Boys in bed on days 1 to 14; without data, of the fitted model, with noise."""
    paths = data_file(directory, "influenza_1978.csv")
    if paths is None:
        noise = np.random.default_rng(seed).normal(0.0, 15.0, 14)
        return np.maximum(np.round(epidemic(1.669, 0.4435, 14)[1:] + noise), 0.0)
    table = np.genfromtxt(paths[0], delimiter=",", names=True, comments="#")
    return table["in_bed"].astype(float)


def draw(in_bed: np.ndarray, beta: float, gamma: float, out) -> None:
    """The epidemic that fits, and the error around its rates."""
    figure, ((left, right),) = panels(2)
    days = np.arange(in_bed.size + 1)
    left.plot(days, epidemic(beta, gamma, in_bed.size), label="fitted SIR model")
    left.plot(days[1:], in_bed, "o", color="tab:red", label="boys in bed")
    left.set(xlabel="days since 21 January 1978", ylabel="boys", title="the epidemic")
    left.legend()
    betas, gammas = np.linspace(1.2, 2.2, 25), np.linspace(0.3, 0.6, 25)
    error = [[loss.primal(b, g, in_bed) for b in betas] for g in gammas]
    levels = np.geomspace(np.min(error), np.max(error), 14)
    drawn = right.contour(betas, gammas, error, levels=levels)
    right.clabel(drawn, fmt="%.0f", fontsize=7)
    right.plot(beta, gamma, "x", color="tab:red")
    right.set(xlabel="β, infections a day", ylabel="γ, recoveries a day")
    right.set_title("sum of squared errors")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "sir").parse_args(arguments)
    in_bed = observed(options.data, options.seed)
    if options.source:
        print(loss.specialize(1.0, 1.0, in_bed).source)
        return {}
    steps = 15 if options.quick else 200
    (beta, gamma), error = lbfgs(lambda p: loss(*p, in_bed), (1.5, 0.5), steps)
    beta, gamma = float(beta), float(gamma)
    report("β, infections a day", f"{beta:.4f}", "1.6692")
    report("γ, recoveries a day", f"{gamma:.4f}", "0.4435")
    report("infections by one boy, β/γ", f"{beta / gamma:.3f}", "3.764")
    report("sum of squared errors", f"{error:.1f}", "4121.9")
    draw(in_bed, beta, gamma, options.out)
    return {"beta": beta, "gamma": gamma, "error": error}


if __name__ == "__main__":
    main()
