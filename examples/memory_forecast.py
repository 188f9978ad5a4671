"""A memory network forecasts a room's temperature from times that were alike.

The last ten quarters of an hour are the question, the eight blocks of ten before them
the memory. Each is encoded; the question attends to those that are like it, and what it
finds is added to a linear forecast of the recent values (after Chang et al., 2018). On
SML2010 the linear model alone is better still: the next quarter of an hour is nearly
linear in the last ones.

    python examples/memory_forecast.py --data DIRECTORY     # of sml2010/
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from indoor import TEST, TRAIN, WINDOW, linear_error, whole
from optimisers import Adam
from style import panels, save

BLOCKS, WIDTH, BATCH = 8, 32, 128


class Net(NamedTuple):
    key: np.ndarray  # (WINDOW * series, WIDTH), of the blocks in memory
    value: np.ndarray  # (WINDOW * series, WIDTH)
    query: np.ndarray  # (WINDOW * series, WIDTH), of the present block
    bias: np.ndarray  # (3, WIDTH)
    out: np.ndarray  # (2 * WIDTH,)
    linear: np.ndarray  # (WINDOW * series + WINDOW - 1,), of the present block
    shift: np.ndarray  # ()


def forecast(net, blocks, past):
    """The next value (batch,), and the weights over the memory (batch, BLOCKS).

    ``blocks`` are (batch, BLOCKS + 1, WINDOW * series), the present one first.
    """
    now, before = blocks[:, 0], blocks[:, 1:]
    query = np.tanh(now @ net.query + net.bias[0])
    keys = np.tanh(before @ net.key + net.bias[1])
    values = np.tanh(before @ net.value + net.bias[2])
    scores = np.sum(keys * query[:, None], axis=2) / np.sqrt(WIDTH)
    weights = dpc.softmax(scores, axis=1)
    found = np.sum(weights[:, :, None] * values, axis=1)
    recent = np.concatenate([now, past], axis=1) @ net.linear
    return recent + np.concatenate(
        [found, query], axis=1
    ) @ net.out + net.shift, weights


@dpc.value_and_grad(branches="hard")
def loss(net, blocks, past, target, decay):
    """Mean squared error, and a price on the weights outside the linear part."""
    found, _ = forecast(net, blocks, past)
    price = np.sum(net.key**2) + np.sum(net.value**2) + np.sum(net.query**2)
    return np.mean((found - target) ** 2) + decay * (price + np.sum(net.out**2))


def parts(directory: str | None, seed: int) -> tuple[list, list, float]:
    """Training and test part, (blocks, past, target), and the target's spread in °C."""
    (drivers, past, target), spread = whole(directory, seed)
    rows = np.arange(BLOCKS * WINDOW, len(target))
    numbers = rows[:, None] - WINDOW * np.arange(BLOCKS + 1)
    blocks = drivers.reshape(len(target), -1)[numbers]
    everything = blocks, past[rows], target[rows]
    last = TRAIN - WINDOW + 1 - rows[0]
    return (
        [part[:last] for part in everything],
        [part[-TEST:] for part in everything],
        spread,
    )


def initial(rng: np.random.Generator, inputs: int) -> Net:
    def normal(rows: int, *columns: int) -> np.ndarray:
        return 0.3 * rng.normal(size=(rows, *columns)) / np.sqrt(rows)

    embed = [normal(inputs, WIDTH) for _ in range(3)]
    linear = np.zeros(inputs + WINDOW - 1)
    linear[-1] = 1.0  # the last value is a good guess
    bias = np.zeros((3, WIDTH))
    return Net(*embed, bias, normal(2 * WIDTH), linear, np.zeros(()))


def train(rng, net: Net, data: list, epochs: int) -> tuple[Net, list]:
    """Adam with a falling rate on batches of 128."""
    optimiser, losses = Adam(), []
    for epoch in progress(epochs, "epochs"):
        optimiser.rate = 2e-3 * (1 + np.cos(np.pi * epoch / epochs)) / 2
        rows = rng.permutation(len(data[2]))
        for batch in np.array_split(rows, len(rows) // BATCH):
            value, gradient = loss(net, *(part[batch] for part in data), 1e-6)
            net = optimiser.step(net, gradient)
        losses.append(value)
    return net, losses


def draw(net: Net, losses: list, test: list, spread: float, out) -> None:
    """Training, the test part, and which blocks of the memory were looked at."""
    figure, ((one, two, three),) = panels(3, width=4.0, height=3.2)
    found, weights = forecast(net, *test[:2])
    one.semilogy(losses)
    one.set(xlabel="epoch", ylabel="squared error", title="training, standardised")
    two.plot(spread * (test[2] - test[2][0]), color="black", label="measured")
    two.plot(spread * (found - test[2][0]), color="tab:orange", lw=1, label="forecast")
    two.set(xlabel="quarter of an hour", ylabel="°C since the first", title="test")
    two.legend()
    three.imshow(weights.T, cmap="Blues", aspect="auto", interpolation="nearest")
    three.set(xlabel="test row", ylabel="block before", title="where it looked")
    three.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "memory_forecast").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    data, test, spread = parts(options.data, options.seed)
    net = initial(rng, data[0].shape[2])
    if options.source:
        print(loss.specialize(net, *(part[:5] for part in data), 1e-6).source)
        return {}
    last = float(spread * np.sqrt(np.mean((test[1][:, -1] - test[2]) ** 2)))
    net, losses = train(rng, net, data, 10 if options.quick else 300)
    found, _ = forecast(net, *test[:2])
    error = float(spread * np.sqrt(np.mean((found - test[2]) ** 2)))
    line = spread * linear_error(*([p[0][:, 0], *p[1:]] for p in (data, test)))
    report("the last value again, °C", f"{last:.4f}", "0.1233")
    report("linear model of the same inputs, °C", f"{line:.4f}", "0.0205")
    report("memory network, °C", f"{error:.4f}", "<= 0.030")
    draw(net, losses, test, spread, options.out)
    return {"last": last, "linear": line, "error": error}


if __name__ == "__main__":
    main()
