"""Dual-stage attention forecasts a room's temperature (Qin et al., 2017), on SML2010.

Sixteen series drive one. At every step of the encoder attention weighs the series, and
at every step of the decoder it weighs the ten steps of the encoder. What the paper does
not say: a linear model of the same inputs is about as good. Both are printed.

    python examples/da_rnn.py --data DIRECTORY     # of sml2010/NEW-DATA-*.T15.txt
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from indoor import WINDOW, linear_error, windows
from optimisers import Adam
from style import panels, save

UNITS, BATCH = 64, 128


class Lstm(NamedTuple):
    w: np.ndarray  # (inputs, 4 * UNITS): input, forget, output, candidate
    u: np.ndarray  # (UNITS, 4 * UNITS)
    b: np.ndarray  # (4 * UNITS,)


class Model(NamedTuple):
    series_query: np.ndarray  # (2 * UNITS, WINDOW), of the attention over series
    series_key: np.ndarray  # (WINDOW, WINDOW)
    series_score: np.ndarray  # (WINDOW,)
    encoder: Lstm
    step_query: np.ndarray  # (2 * UNITS, UNITS), of the attention over steps
    step_key: np.ndarray  # (UNITS, UNITS)
    step_score: np.ndarray  # (UNITS,)
    decoder: Lstm
    mix: np.ndarray  # (UNITS + 1,), of context and the last value
    out: np.ndarray  # (2 * UNITS,)
    bias: np.ndarray  # ()


def lstm(cell, x, h, c):
    """The next state and memory for inputs (batch, inputs)."""
    z = x @ cell.w + h @ cell.u + cell.b
    gates = dpc.sigmoid(z[:, : 3 * UNITS])
    c = gates[:, UNITS : 2 * UNITS] * c + gates[:, :UNITS] * np.tanh(z[:, 3 * UNITS :])
    return gates[:, 2 * UNITS :] * np.tanh(c), c


def forecast(model, drivers, past):
    """The next value (batch,), with the weights over series and over steps.

    ``drivers`` are (batch, WINDOW, series), ``past`` values of the target (batch,
    WINDOW - 1).
    """
    batch = drivers.shape[0]
    h, c = np.zeros((batch, UNITS)), np.zeros((batch, UNITS))
    keys = np.swapaxes(drivers, 1, 2) @ model.series_key
    states, looked = [], []
    for t in range(WINDOW):
        query = np.concatenate([h, c], axis=1) @ model.series_query
        scores = np.tanh(query[:, None] + keys) @ model.series_score
        weights = dpc.softmax(scores, axis=1)
        h, c = lstm(model.encoder, weights * drivers[:, t], h, c)
        states.append(h)
        looked.append(weights)
    encoded = np.stack(states, axis=1)

    keys = encoded @ model.step_key
    d, s = np.zeros((batch, UNITS)), np.zeros((batch, UNITS))
    context, weights = np.zeros((batch, UNITS)), np.zeros((batch, WINDOW))
    for t in range(WINDOW):
        query = np.concatenate([d, s], axis=1) @ model.step_query
        scores = np.tanh(query[:, None] + keys) @ model.step_score
        weights = dpc.softmax(scores, axis=1)
        context = np.sum(weights[:, :, None] * encoded, axis=1)
        if t < WINDOW - 1:
            known = np.concatenate([context, past[:, t : t + 1]], axis=1) @ model.mix
            d, s = lstm(model.decoder, known[:, None], d, s)
    return (
        np.concatenate([d, context], axis=1) @ model.out + model.bias,
        looked,
        weights,
    )


@dpc.value_and_grad(branches="hard")
def loss(model, drivers, past, target):
    """Mean squared error, of standardised values."""
    found, _, _ = forecast(model, drivers, past)
    return np.mean((found - target) ** 2)


def initial(rng: np.random.Generator, series: int) -> Model:
    def normal(rows: int, *columns: int) -> np.ndarray:
        return rng.normal(size=(rows, *columns)) / np.sqrt(rows)

    def cell(inputs: int) -> Lstm:
        b = np.zeros(4 * UNITS)
        return Lstm(normal(inputs, 4 * UNITS), normal(UNITS, 4 * UNITS), b)

    first = normal(2 * UNITS, WINDOW), normal(WINDOW, WINDOW), normal(WINDOW)
    second = normal(2 * UNITS, UNITS), normal(UNITS, UNITS), normal(UNITS)
    last = normal(UNITS + 1), normal(2 * UNITS), np.zeros(())
    return Model(*first, cell(series), *second, cell(1), *last)


def train(rng, drivers, past, target, epochs: int) -> tuple[Model, list]:
    """Adam on batches of 128, its rate cut to 0.3 of it after each third."""
    model, optimiser, losses = initial(rng, drivers.shape[2]), Adam(), []
    bar = progress(epochs, "epochs")
    for epoch in bar:
        optimiser.rate = 1e-3 * 0.3 ** (3 * epoch // epochs)
        for rows in np.array_split(rng.permutation(len(target)), len(target) // BATCH):
            value, gradient = loss(model, drivers[rows], past[rows], target[rows])
            model = optimiser.step(model, gradient)
        losses.append(value)
        bar.set_postfix_str(f"loss {value:.5f}")
    return model, losses


def draw(model: Model, losses, data, spread, out) -> None:
    """Training, the test part, and where both attentions looked on average."""
    figure, ((one, two), (three, four)) = panels(2, rows=2, width=5.0, height=3.0)
    drivers, past, target = data
    found, looked, weights = forecast(model, drivers, past)
    one.semilogy(losses)
    one.set(xlabel="epoch", ylabel="squared error", title="training, standardised")
    two.plot(spread * (target - target[0]), color="black", label="measured")
    two.plot(spread * (found - target[0]), color="tab:orange", lw=1, label="forecast")
    two.set(xlabel="quarter of an hour", ylabel="°C since the first", title="test")
    two.legend()
    three.imshow(np.mean(looked, axis=1), cmap="Blues", aspect="auto")
    three.set(xlabel="series", ylabel="step", title="attention over series")
    four.bar(range(WINDOW), np.mean(weights, axis=0))
    four.set(xlabel="step", ylabel="weight", title="last attention over steps")
    three.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    reader = parser(__doc__, "da_rnn")
    reader.add_argument("--epochs", type=int, default=300)
    options = reader.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    train_part, test, spread = windows(options.data, options.seed)
    if options.source:
        few = [part[:5] for part in train_part]
        print(loss.specialize(initial(rng, few[0].shape[2]), *few).source)
        return {}
    if options.quick:
        train_part = [part[:640] for part in train_part]
    start = time.perf_counter()
    model, losses = train(rng, *train_part, 2 if options.quick else options.epochs)
    seconds = time.perf_counter() - start
    found, _, _ = forecast(model, *test[:2])
    error = float(spread * np.sqrt(np.mean((found - test[2]) ** 2)))
    line = linear_error(train_part, test) * spread
    report("linear model of the same inputs, °C", f"{line:.4f}", "0.0205")
    report(f"dual-stage attention, {seconds:.0f} s, °C", f"{error:.4f}", "<= 0.030")
    draw(model, losses, test, spread, options.out)
    return {"linear": line, "error": error, "first": losses[0], "last": losses[-1]}


if __name__ == "__main__":
    main()
