"""Chaos, six steps ahead: the Mackey-Glass series by a network of eight units.

x' = 0.2 x(t-17) / (1 + x(t-17)^10) - 0.1 x. From the values at t, t-6, t-12 and t-18 a
4-8-1 network predicts x(t+6), trained on 500 pairs by L-BFGS and tested on the 500
after them (Jang, 1993). The error is relative to the standard deviation of the test
part.

    python examples/mackey_glass.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, report
from optimisers import lbfgs
from style import panels, save


class Net(NamedTuple):
    w1: np.ndarray  # (lags, hidden)
    b1: np.ndarray  # (hidden,)
    w2: np.ndarray  # (hidden,)
    b2: np.ndarray  # ()


def predict(net, lags):
    """One number a row of lags: (rows,)."""
    return np.tanh(lags @ net.w1 + net.b1) @ net.w2 + net.b2


@dpc.value_and_grad(branches="hard")
def loss(net, lags, target):
    """Mean squared error of the predictions."""
    return np.mean((predict(net, lags) - target) ** 2)


def series(length: int) -> np.ndarray:
    """x(0), x(1), ...: Runge and Kutta's method with h = 0.1 and a delay of 170 steps.

    The delayed value at half a step is the mean of its neighbours. The motion is
    chaotic: another h gives other numbers.
    """
    h, delay = 0.1, 170
    x = np.zeros(delay + 10 * length + 1)
    x[delay] = 1.2

    def slope(now: float, then: float) -> float:
        return 0.2 * then / (1 + then**10) - 0.1 * now

    for k in range(delay, x.size - 1):
        then, later = x[k - delay], x[k - delay + 1]
        half = (then + later) / 2
        k1 = slope(x[k], then)
        k2 = slope(x[k] + h / 2 * k1, half)
        k3 = slope(x[k] + h / 2 * k2, half)
        k4 = slope(x[k] + h * k3, later)
        x[k + 1] = x[k] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x[delay::10]


def windows(x: np.ndarray, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Lags (1000, 4) and targets (1000,) for t = 118 to 1117."""
    t = np.arange(118, 1118)
    return x[t[:, None] - np.array([18, 12, 6, 0])], x[t + ahead]


def initial(rng: np.random.Generator, inputs: int, hidden: int) -> Net:
    w1 = rng.normal(size=(inputs, hidden)) / np.sqrt(inputs)
    w2 = rng.normal(size=hidden) / np.sqrt(hidden)
    return Net(w1, np.zeros(hidden), w2, np.zeros(()))


def linear(lags: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least squares on the first 500 rows: predictions for all."""
    inputs = np.column_stack([lags, np.ones(len(lags))])
    return inputs @ np.linalg.lstsq(inputs[:500], target[:500], rcond=None)[0]


def relative(prediction: np.ndarray, target: np.ndarray) -> float:
    """The root mean squared error over the target's standard deviation."""
    return float(np.sqrt(np.mean((prediction - target) ** 2)) / np.std(target))


def draw(target: np.ndarray, found: np.ndarray, straight: np.ndarray, out) -> None:
    """The test part, and the errors of the network and of the linear predictor."""
    figure, ((left, right),) = panels(2, width=5.5)
    t = np.arange(618, 618 + 500) + 6
    left.plot(t[:250], target[:250], color="black", lw=2.5, alpha=0.4, label="series")
    left.plot(t[:250], found[:250], color="tab:blue", lw=1, label="network")
    left.plot(t[:250], straight[:250], color="tab:orange", lw=1, label="linear")
    left.set(xlabel="t", ylabel="x, standardised", title="six steps ahead")
    left.legend(ncols=3, loc="upper center", fontsize=7)
    left.set_ylim(-3.5, 3)
    right.semilogy(t, np.abs(straight - target), color="tab:orange", label="linear")
    right.semilogy(t, np.abs(found - target), color="tab:blue", label="network")
    right.set(xlabel="t", ylabel="absolute error", title="error on the test part")
    right.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "mackey_glass").parse_args(arguments)
    x = series(1124)
    lags, target = windows((x - np.mean(x[:618])) / np.std(x[:618]), ahead=6)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng, 4, 8), lags, target).source)
        return {}
    report("x(118), x(1000)", f"{x[118]:.6f} {x[1000]:.6f}", "1.149122 1.007423")
    starts, steps = (1, 300) if options.quick else (5, 2000)
    errors = []
    for _ in range(starts):
        net = initial(rng, 4, 8)
        net, _ = lbfgs(lambda p: loss(p, lags[:500], target[:500]), net, steps)
        errors.append(relative(predict(net, lags[500:]), target[500:]))
    straight = linear(lags, target)[500:]
    line = relative(straight, target[500:])
    report("linear prediction, relative error", f"{line:.3f}", "0.433")
    report("4-8-1 network", f"{np.mean(errors):.4f}", "<= 0.02")
    draw(target[500:], predict(net, lags[500:]), straight, options.out)
    return {"x118": float(x[118]), "linear": line, "network": float(np.mean(errors))}


if __name__ == "__main__":
    main()
