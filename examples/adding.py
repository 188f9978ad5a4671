"""The vanishing gradient: tanh, LSTM and GRU networks on the adding problem.

A sequence of 50 random numbers, two of them marked; the sum of the marked ones is asked
for at the end (Hochreiter and Schmidhuber, 1997). A network that answers 1 whatever it
reads has an error of 1/6. The tanh network stays there: how its answer depends on early
inputs has vanished, as the profile of the gradient shows. Gates keep it.

    python examples/adding.py
"""

import time
from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, clipped
from recurrent import Cell, gru, initial, lstm, rnn
from style import panels, save, smooth

LENGTH, UNITS, BATCH = 50, 64, 50


def answer(network, cell, x):
    """One number a sequence, (batch,)."""
    return network(cell, x) @ cell.out + cell.shift


def compiled(network):
    """The derivative of the mean squared error of a network's answers."""

    @dpc.value_and_grad(wrt="cell", branches="hard")
    def loss(cell, x, target):
        """Mean squared error of the answers."""
        return np.mean((answer(network, cell, x) - target) ** 2)

    return loss


# A network, its loss, and how many gates it has.
NETWORKS = {"tanh": (rnn, compiled(rnn), 1), "LSTM": (lstm, compiled(lstm), 4)}
NETWORKS["GRU"] = (gru, compiled(gru), 3)


def sequences(rng, batch: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """x (batch, length, 2): numbers, and two marks, one in each half; their sums."""
    numbers = rng.random((batch, length))
    marks = np.zeros((batch, length))
    rows = np.arange(batch)
    marks[rows, rng.integers(0, length // 2, batch)] = 1.0
    marks[rows, rng.integers(length // 2, length, batch)] = 1.0
    return np.stack([numbers, marks], axis=2), np.sum(numbers * marks, axis=1)


def train(name: str, rng: np.random.Generator, steps: int, length: int):
    """Adam with the gradient's norm at most 1: the cell and the errors of the steps."""
    _, loss, gates = NETWORKS[name]
    cell, optimiser = initial(rng, gates, UNITS), Adam(rate=1e-3)
    errors = np.zeros(steps)
    bar = progress(steps, name)
    for step in bar:
        errors[step], gradient = loss(cell, *sequences(rng, BATCH, length))
        cell = optimiser.step(cell, clipped(gradient, 1.0))
        bar.set_postfix_str(f"error {errors[step]:.4f}")
    return cell, errors


def profile(name: str, cell: Cell, x: np.ndarray) -> np.ndarray:
    """Mean size of the answer's derivative in the input at every step: (steps,)."""
    network = NETWORKS[name][0]

    def total(x):
        return np.sum(answer(network, cell, x))

    slope = dpc.grad(total, branches="hard")(x)
    return np.mean(np.linalg.norm(slope, axis=2), axis=0)


def draw(errors: dict, profiles: dict, out) -> None:
    """The errors while learning, and how far back each network's answer reaches."""
    figure, ((left, right),) = panels(2)
    for name, error in errors.items():
        curve = smooth(error, 50)
        left.plot(BATCH * np.arange(curve.size) / 1000, curve, label=name)
        right.semilogy(profiles[name], label=name)
    left.axhline(1 / 6, color="black", ls=":", label="answer 1")
    left.set(
        xlabel="thousands of sequences", ylabel="mean squared error", ylim=(0, 0.2)
    )
    left.set_title("the adding problem")
    left.legend()
    right.set(xlabel="step of the input", ylabel="|d answer / d input|")
    right.set_title("after training")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "adding").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        x, target = sequences(rng, 20, LENGTH)
        _, loss, gates = NETWORKS["LSTM"]
        print(loss.specialize(initial(rng, gates, UNITS), x, target).source)
        return {}
    length, steps = (10, 150) if options.quick else (LENGTH, 3000)
    targets = {"tanh": ">= 0.15", "LSTM": "<= 0.03", "GRU": "<= 0.03"}
    figures, errors, profiles = {}, {}, {}
    for name, target in targets.items():
        start = time.perf_counter()
        cell, errors[name] = train(name, rng, steps, length)
        seconds = time.perf_counter() - start
        profiles[name] = profile(name, cell, sequences(rng, 200, length)[0])
        figures[name] = float(np.mean(errors[name][-steps // 6 :]))
        report(f"error of {name}, {seconds:.0f} s", f"{figures[name]:.4f}", target)
        figures[f"{name} reach"] = float(profiles[name][0] / profiles[name][-2])
    draw(errors, profiles, options.out)
    return figures


if __name__ == "__main__":
    main()
