"""The copy task of Graves et al. (2014): read random vectors, then write them out.

A machine is its parameters; ``run(machine, inputs)`` returns the scores of the bits
after every input and the weightings, (reading, writing), of its heads; ``loss`` is the
derivative of the bits it loses in a sequence. Guessing costs 8 bits a vector.
"""

import numpy as np

import dpc
from command import progress, report
from optimisers import RMSprop, tree_map
from style import panels, save, smooth

BITS = 8


def sequences(rng: np.random.Generator, batch: int, length: int):
    """Inputs (2 length + 1, batch, BITS + 1), the end flag last, and the bits."""
    bits = rng.integers(0, 2, (length, batch, BITS)).astype(float)
    inputs = np.zeros((2 * length + 1, batch, BITS + 1))
    inputs[:length, :, :BITS] = bits
    inputs[length, :, BITS] = 1.0
    return inputs, bits


def train(loss, machine, rng: np.random.Generator, steps: int, longest: int):
    """RMSprop with momentum, elements of the gradient at most 10: machine, bits."""
    optimiser = RMSprop(3e-4, decay=0.95, momentum=0.9)
    bits = np.zeros(steps)
    bar = progress(steps, "training")
    for step in bar:
        length = int(rng.integers(1, longest + 1))
        bits[step], gradient = loss(machine, *sequences(rng, 16, length))
        gradient = tree_map(lambda g: np.clip(g, -10.0, 10.0), gradient)
        machine = optimiser.step(machine, gradient)
        bar.set_postfix_str(f"bits {bits[step]:.2f}")
    return machine, bits


def wrong(run, machine, rng: np.random.Generator, length: int) -> float:
    """Share of wrong bits in 50 sequences of a length."""
    inputs, bits = sequences(rng, 50, length)
    found = np.array(run(machine, inputs)[0][length + 1 :])
    return float(np.mean((found > 0) != (bits > 0.5)))


def draw(run, machine, bits: np.ndarray, rng: np.random.Generator, out) -> None:
    """Bits lost while learning, a copy at twice the length, and where heads were."""
    figure, ((one, two, three),) = panels(3, width=4.2, height=3.4)
    one.plot(smooth(bits, 100))
    one.set(xlabel="step of training", ylabel="bits per sequence")
    one.set_title("mean of 100 steps; guessing costs 44")
    length = 20
    inputs, right = sequences(rng, 1, length)
    scores, looked = run(machine, inputs)
    found = np.array(scores[length + 1 :])[:, 0]
    gap = np.full((1, length), 0.5)
    chances = np.concatenate([right[:, 0].T, gap, dpc.sigmoid(found).T])
    two.imshow(chances, cmap="Greys", aspect="auto", vmin=0, vmax=1)
    two.set(xlabel="vector", yticks=[3.5, 12.5], title="read, and written")
    two.set_yticklabels(["read", "written"], rotation=90, va="center")
    heads = np.zeros((looked[0][0].shape[1], 2 * length + 1, 3))
    for t, (reading, writing) in enumerate(looked):
        heads[:, t, 2], heads[:, t, 0] = reading[0], writing[0]
    three.imshow(1 - heads[:, :, [2, 2, 0]] * [1, 0.5, 1], aspect="auto")
    three.set(xlabel="step", ylabel="place in memory")
    three.set_title("heads: writing, then reading")
    for axes in (two, three):
        axes.grid(visible=False)
    save(figure, out)


def learn_to_copy(run, loss, machine, rng, options) -> dict[str, float]:
    """Train, report and draw: what both machines' programs do."""
    steps, longest = (60, 3) if options.quick else (3000, 10)
    machine, bits = train(loss, machine, rng, steps, longest)
    window = min(500, steps // 3)
    means = smooth(bits, window)
    errors = {length: wrong(run, machine, rng, length) for length in (10, 20)}
    report(f"bits per sequence, best {window} steps", f"{means.min():.3f}", "< 0.5")
    report("wrong bits, 10 vectors", f"{errors[10]:.2%}", "0 %")
    report("wrong bits, 20 vectors", f"{errors[20]:.2%}", "< 1 %")
    draw(run, machine, bits, rng, options.out)
    figures = {"first": float(bits[:10].mean()), "bits": float(means.min())}
    return figures | {"ten": errors[10], "twenty": errors[20]}
