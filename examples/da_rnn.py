"""Dual-stage attention forecasts a room's temperature (Qin et al., 2017), on SML2010.

Sixteen series drive one. At every step of the encoder attention weighs the series, and
at every step of the decoder it weighs the ten steps of the encoder. What the paper does
not say: a linear model of the same inputs is about as good. Both are printed.

    python examples/da_rnn.py --data DIRECTORY     # of sml2010/NEW-DATA-*.T15.txt
"""

import time
from collections.abc import Sequence

import numpy as np

from command import parser, progress, report
from da_rnn_model import BATCH, Model, forecast, initial, loss
from indoor import NAMES, WINDOW, linear_error, windows
from optimisers import Adam
from style import panels, save


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
    three.set(ylabel="step", title="attention over series, dark: more")
    three.set_xticks(range(len(NAMES)), NAMES, rotation=90, fontsize=6)
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
