"""When to buy and when to sell: decisions guided by two predictors, learned as code.

Two predictors of a price, of tomorrow's change and of the next ten days', are trained
before and stay as they are. Buy above two thresholds, sell below a third, hold in
between. Trades cost, and thresholds at zero trade too often; but they stand in tests
only: the exact derivative of what is earned is zero. The prices are generated.

    python examples/commodities.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, norm
from style import panels, save

FEE, DAYS, AHEAD, MARKETS = 0.5, 600, 10, 12  # the fee in percent of a trade


class Limits(NamedTuple):
    buy: float  # percent, of tomorrow's change
    trend: float  # percent, of the change in ten days
    sell: float


def earned(limits, soon, later, change):
    """Sum of the changes while the commodity was held, less the fees, percent."""
    held, total = 0.0, 0.0
    for day in range(len(change)):
        before = held
        if soon[day] > limits.buy and later[day] > limits.trend:
            held = 1.0
        elif soon[day] < limits.sell:
            held = 0.0
        total += held * change[day] - FEE * abs(held - before)
    return total


def loss(limits, markets, t: float):
    """What the mean market lost, percent in a hundred days; gates of t percent."""
    total = 0.0
    for soon, later, change in markets:
        total -= 100 * earned(limits, soon, later, change) / len(change)
    return total / len(markets)


soft = dpc.value_and_grad(loss, branches="soft", temperature="t")
exact = dpc.grad(loss, branches="hard")


def changes(rng: np.random.Generator) -> np.ndarray:
    """Daily changes, percent: a memory of days, a return to the usual price, noise."""
    found, price, mood = np.zeros(DAYS), 0.0, 0.0
    for day in range(DAYS):
        found[day] = mood - 0.02 * price + 0.4 * rng.normal()
        price, mood = price + found[day], 0.8 * mood + 0.3 * rng.normal()
    return found


def market(change: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What linear predictors of the first half say of the second, and its changes."""
    days, half = np.arange(AHEAD, DAYS - AHEAD), DAYS // 2 - AHEAD
    recent = np.array([[change[:d].sum(), *change[d - 6 : d], 1.0] for d in days])
    ahead = np.column_stack([change[days], [sum(change[d : d + AHEAD]) for d in days]])
    weights = np.linalg.lstsq(recent[:half], ahead[:half])[0]
    return *(recent[half:] @ weights).T, change[days][half:]


def train(markets: list, steps: int) -> tuple[Limits, list]:
    """Adam from zero, the gates from 0.5 to 0.05 percent; the best, hard, is kept."""
    limits, optimiser, path = Limits(0.0, 0.0, 0.0), Adam(rate=0.03), []
    for _, t in zip(progress(steps, "fit"), dpc.anneal(0.5, 0.05, steps), strict=True):
        value, gradient = soft(limits, markets, t)
        path.append((-loss(limits, markets, t), -float(value), limits))
        limits = optimiser.step(limits, gradient)
    return max(path)[2], path


def draw(limits: Limits, path: list, market: tuple, out) -> None:
    figure, ((one, two),) = panels(2)
    one.plot([pair[:2] for pair in path], label=("as written", "relaxed"))
    one.set(xlabel="step", ylabel="percent in 100 days", title="earned in training")
    one.legend()
    for name, chosen in (("at zero", Limits(0.0, 0.0, 0.0)), ("learned", limits)):
        course = [earned(chosen, *(m[:d] for m in market)) for d in range(DAYS // 2)]
        two.plot(course, label=name)
    two.plot(np.cumsum(market[2]), color="gray", lw=0.8, label="price")
    two.set(xlabel="day", ylabel="percent", title="a market of the test")
    two.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "commodities").parse_args(arguments)
    rng, zero = np.random.default_rng(options.seed), Limits(0.0, 0.0, 0.0)
    markets, test = ([market(changes(rng)) for _ in range(MARKETS)] for _ in range(2))
    if options.source:
        print(soft.specialize(zero, markets, 0.5).source)
        return {}
    slope = norm(exact(zero, markets, 0.5))
    limits, path = train(markets, 20 if options.quick else 100)
    learned, plain = (-loss(chosen, markets, 0.0) for chosen in (limits, zero))
    later, zeros = (-loss(chosen, test, 0.0) for chosen in (limits, zero))
    report("largest exact derivative", f"{slope:g}", "0: it learns nothing")
    report("thresholds learned", "{:.2f} {:.2f} {:.2f}".format(*limits), "not 0 0 0")
    report("earned in 100 days, hard", f"{learned:.1f} %", f"over {plain:.1f}, at zero")
    relaxed = -soft(limits, markets, 0.05)[0]
    report("the same, soft at 0.05", f"{relaxed:.1f} %", "of the relaxed one")
    report("in other markets, hard", f"{later:.1f} %", f"over {zeros:.1f}, at zero")
    draw(limits, path, test[0], options.out)
    return {"exact": slope, "gain": learned - plain, "test gain": later - zeros}


if __name__ == "__main__":
    main()
