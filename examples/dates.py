"""Translating dates, with and without attention: an encoder, a decoder, an alignment.

"thursday, july 11th, 1957" becomes "1957-07-11". A bidirectional GRU reads the letters,
another GRU writes the ten characters. Without attention the whole date must fit in one
vector; with it the decoder looks back at the letters it needs, scored additively
(Bahdanau et al., 2015) or by their cosine. The picture shows where it looked.

    python examples/dates.py
"""

import time
from collections.abc import Sequence

import numpy as np

from command import parser, progress, report
from date_pairs import OUTPUTS, pairs, text_of
from encoder_decoder import KINDS, LOSSES, initial, translate
from optimisers import Adam, clipped
from style import panels, save


def train(name: str, seed: int, pairs_in_all: int, epochs: int):
    """Adam on batches of 100: the model, its last loss, accuracies of the epochs."""
    score, loss, rng = KINDS[name], LOSSES[name], np.random.default_rng(seed)
    codes, used, iso = pairs(rng, pairs_in_all)
    held = pairs(np.random.default_rng(seed + 1000), 1000 if epochs > 2 else 100)
    model, optimiser, accuracy = initial(rng), Adam(rate=3e-3), []
    bar = progress(epochs * pairs_in_all // 100, name)
    for number in bar:
        if number % (pairs_in_all // 100) == 0:
            order = rng.permutation(pairs_in_all).reshape(-1, 100)
        rows = order[number % len(order)]
        value, gradient = loss(model, codes[rows], used[rows], iso[rows])
        model = optimiser.step(model, clipped(gradient, 1.0))
        bar.set_postfix_str(f"loss {value:.3f}")
        if (number + 1) % len(order) == 0:
            found, _ = translate(score, model, *held[:2])
            accuracy.append(float(np.mean(np.all(found == held[2], axis=1))))
    return model, float(value), accuracy, held


def draw(model, held, curves: dict, out) -> None:
    """Where the decoder looked for two dates, and the accuracy of every epoch."""
    figure, ((one, two, three),) = panels(3, width=4.4, height=3.4)
    lengths = np.sum(held[1], axis=1)
    for axes, row in ((one, np.argmax(lengths)), (two, 0)):
        codes, used, _ = (part[row : row + 1] for part in held)
        found, looked = translate(KINDS["additive"], model, codes, used)
        text = text_of(codes[0], used[0])
        axes.imshow(looked[0][:, : len(text)], cmap="Greys", aspect="auto", vmin=0)
        axes.set_xticks(range(len(text)), list(text), fontsize=7)
        axes.set_yticks(range(10), [OUTPUTS[mark] for mark in found[0]])
        axes.set(xlabel="read", ylabel="written", title="where it looked")
        axes.grid(visible=False)
    for name, curve in curves.items():
        percent = 100 * np.array(curve)
        three.plot(np.arange(1, len(curve) + 1), percent, "o-", label=name)
    three.set(xlabel="epoch", ylabel="dates all right, %", ylim=(-3, 103))
    three.set_title("1000 dates of the test")
    three.legend()
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "dates").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(LOSSES["additive"].specialize(initial(rng), *pairs(rng, 20)).source)
        return {}
    size, epochs = (400, 2) if options.quick else (10000, 6)
    targets = {"additive": ">= 99 %", "cosine": ">= 99 %", "none": "far below"}
    figures, curves = {}, {}
    for name, target in targets.items():
        start = time.perf_counter()
        model, loss, curves[name], held = train(name, options.seed, size, epochs)
        if name == "additive":
            shown = model
        seconds = time.perf_counter() - start
        figures |= {name: curves[name][-1], f"{name} loss": loss}
        report(f"{name}, {seconds:.0f} s", f"{figures[name]:.1%}", target)
    draw(shown, held, curves, options.out)
    return figures


if __name__ == "__main__":
    main()
