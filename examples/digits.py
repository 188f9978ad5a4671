"""Handwritten digits by a convolutional network, as loops over its kernel.

conv 3×3×16, ReLU, max pool 2, conv 3×3×32, ReLU, max pool 2, 128 → 10 on 8 × 8 images.
A convolution is nine shifted products, one for each place of the kernel.

    python examples/digits.py --data DIRECTORY     # of digits.csv
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import data_file, parser, progress, report
from optimisers import Adam
from style import panels, save


class Net(NamedTuple):
    k1: np.ndarray  # (3, 3, 1, 16)
    b1: np.ndarray  # (16,)
    k2: np.ndarray  # (3, 3, 16, 32)
    b2: np.ndarray  # (32,)
    w: np.ndarray  # (128, 10)
    b: np.ndarray  # (10,)


def convolve(images, kernel, bias):
    """Images (batch, n, n, channels) to (batch, n, n, kernels), edges padded by 0."""
    batch, rows, columns, channels = images.shape
    padded = np.zeros((batch, rows + 2, columns + 2, channels))
    padded[:, 1:-1, 1:-1] = images
    out = np.zeros((batch, rows, columns, bias.size))
    for i in range(3):
        for j in range(3):
            out += padded[:, i : i + rows, j : j + columns] @ kernel[i, j]
    return out + bias


def max_pool(images):
    """The largest of every 2 × 2 pixels."""
    batch, rows, columns, channels = images.shape
    cells = images.reshape(batch, rows // 2, 2, columns // 2, 2, channels)
    return np.max(cells, axis=(2, 4))


def scores(net, images):
    """Scores of the ten digits, (batch, 10), of images (batch, 8, 8, 1)."""
    hidden = max_pool(dpc.relu(convolve(images, net.k1, net.b1)))
    hidden = max_pool(dpc.relu(convolve(hidden, net.k2, net.b2)))
    return hidden.reshape(len(images), -1) @ net.w + net.b


@dpc.value_and_grad(branches="hard")
def loss(net, images, labels):
    """Mean cross entropy."""
    found = scores(net, images)
    log_norm = np.log(np.sum(np.exp(found), axis=1))
    return np.mean(log_norm - found[np.arange(len(labels)), labels])


def observed(directory: str | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (1797, 8, 8, 1) from 0 to 1 and labels; without data, noisy strokes."""
    paths = data_file(directory, "digits.csv")
    if paths is None:
        rng = np.random.default_rng(seed)
        ideal = rng.random((10, 8, 8)) < 0.4
        labels = rng.integers(0, 10, 1797)
        flipped = rng.random((1797, 8, 8)) < 0.12
        images = (ideal[labels] ^ flipped) * rng.uniform(0.5, 1.0, (1797, 8, 8))
        return images[..., None], labels
    table = np.loadtxt(paths[0], delimiter=",")
    return table[:, :64].reshape(-1, 8, 8, 1) / 16.0, table[:, 64].astype(int)


def initial(rng: np.random.Generator) -> Net:
    def he(*shape: int) -> np.ndarray:
        return rng.normal(size=shape) * np.sqrt(2.0 / np.prod(shape[:-1]))

    k1, k2, w = he(3, 3, 1, 16), he(3, 3, 16, 32), he(128, 10)
    return Net(k1, np.zeros(16), k2, np.zeros(32), w, np.zeros(10))


def train(images, labels, rng: np.random.Generator, epochs: int) -> Net:
    """Adam on batches of 32."""
    net, optimiser = initial(rng), Adam(rate=1e-3)
    bar = progress(epochs, "epochs")
    for _ in bar:
        order = rng.permutation(len(labels))
        for start in range(0, len(labels), 32):
            rows = order[start : start + 32]
            value, gradient = loss(net, images[rows], labels[rows])
            net = optimiser.step(net, gradient)
        bar.set_postfix_str(f"loss {value:.3f}")
    return net


def draw(net: Net, images, labels, guess, out) -> None:
    """Kernels of the first layer, digits that were misread, and the confusion."""
    figure, ((one, two, three),) = panels(3, width=3.8, height=3.6)
    kernels = net.k1[:, :, 0].transpose(2, 0, 1).reshape(4, 4, 3, 3)
    tiles = np.full((16, 16), np.nan)
    for i, j in np.ndindex(4, 4):
        tiles[4 * i : 4 * i + 3, 4 * j : 4 * j + 3] = kernels[i, j]
    one.imshow(tiles, cmap="coolwarm")
    one.set(xticks=[], yticks=[], title="16 kernels of the first layer")
    wrong = np.flatnonzero(guess != labels)[:16]
    sheet = np.zeros((42, 40))
    for k, row in enumerate(wrong):
        i, j = divmod(k, 4)
        sheet[10 * i + 3 : 10 * i + 11, 10 * j + 1 : 10 * j + 9] = images[row, :, :, 0]
        text = f"{labels[row]} as {guess[row]}"
        two.text(10 * j + 1, 10 * i + 1.8, text, color="white", fontsize=6)
    two.imshow(sheet, cmap="gray")
    two.set(xticks=[], yticks=[], title="misread in the test")
    confusion = np.zeros((10, 10))
    np.add.at(confusion, (labels, guess), 1)
    three.imshow(np.sqrt(confusion), cmap="Blues")
    three.set(xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))
    three.set_title("confusion, test rows")
    for axes in (one, two, three):
        axes.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "digits").parse_args(arguments)
    images, labels = observed(options.data, options.seed)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), images[:20], labels[:20]).source)
        return {}
    epochs = 3 if options.quick else 30
    shuffled = rng.permutation(len(labels))
    figures = {}
    splits = {"random": shuffled, "last rows": np.arange(len(labels))}
    targets = {"random": ">= 96 %", "last rows": ">= 92 %, other writers"}
    for name, order in list(splits.items())[: 1 if options.quick else 2]:
        train_rows, test_rows = order[:1297], order[1297:]
        net = train(images[train_rows], labels[train_rows], rng, epochs)
        guess = np.argmax(scores(net, images[test_rows]), axis=1)
        figures[name] = float(np.mean(guess == labels[test_rows]))
        report(f"accuracy, test on {name}", f"{figures[name]:.1%}", targets[name])
    draw(net, images[test_rows], labels[test_rows], guess, options.out)
    return figures


if __name__ == "__main__":
    main()
