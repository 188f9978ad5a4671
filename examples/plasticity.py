"""Differentiable plasticity: a network that remembers patterns in its synapses.

Five patterns of 100 bits are shown twice; then one of them comes back with half of its
bits erased, and the network must complete it. Every synapse has a fixed weight W and a
plastic part α H, where H follows what its two neurons do (Miconi, Stanley and Clune,
2018). What is learned, over many episodes, is W and α. Without plasticity nothing that
the episode shows can be kept: half of the erased bits are guessed.

    python examples/plasticity.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save, smooth

PATTERNS, SHOWN, EMPTY = 5, 6, 4  # patterns; steps that one is shown, and a pause


class Synapses(NamedTuple):
    weight: np.ndarray  # (neurons, neurons)
    alpha: np.ndarray  # (neurons, neurons), how plastic each one is


def settle(synapses, inputs, eta):
    """The last state of an episode (steps, neurons); eta is the speed of the trace."""
    neurons = inputs.shape[1]
    y = np.zeros(neurons)
    trace = np.zeros((neurons, neurons))
    for shown in inputs:
        before = y
        y = np.tanh(before @ (synapses.weight + synapses.alpha * trace) + 20.0 * shown)
        trace = (1 - eta) * trace + eta * np.outer(before, y)
    return y


@dpc.value_and_grad(branches="hard")
def loss(synapses, inputs, pattern, eta):
    """Squared error of the last state."""
    return np.sum((settle(synapses, inputs, eta) - pattern) ** 2)


def episode(rng: np.random.Generator, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs of 106 steps, (steps, bits), and the pattern to complete."""
    patterns = rng.choice([-1.0, 1.0], size=(PATTERNS, bits))
    shown = []
    for _ in range(2):
        for number in rng.permutation(PATTERNS):
            shown += [patterns[number]] * SHOWN + [np.zeros(bits)] * EMPTY
    pattern = patterns[rng.integers(PATTERNS)]
    shown += [pattern * (rng.random(bits) < 0.5)] * SHOWN
    return np.array(shown), pattern


def train(rng, bits: int, episodes: int, plastic: bool) -> np.ndarray:
    """The share of wrong bits in every episode; Adam, without α where not plastic."""
    weight, alpha = 0.01 * rng.normal(size=(2, bits, bits))
    synapses = Synapses(weight, alpha if plastic else np.zeros_like(alpha))
    optimiser = Adam(rate=3e-4 if plastic else 3e-3)
    wrong = np.zeros(episodes)
    bar = progress(episodes, "plastic" if plastic else "fixed")
    for number in bar:
        inputs, pattern = episode(rng, bits)
        wrong[number] = np.mean(np.sign(settle(synapses, inputs, 0.01)) != pattern)
        value, gradient = loss(synapses, inputs, pattern, 0.01)
        if not plastic:
            gradient = gradient._replace(alpha=np.zeros_like(alpha))
        synapses = optimiser.step(synapses, gradient)
        bar.set_postfix_str(f"loss {value:.2f}")
    return wrong


def draw(plastic: np.ndarray, fixed: np.ndarray, example: tuple, out) -> None:
    """The share of wrong bits while learning, and one episode."""
    figure, ((left, right),) = panels(2, width=5.0)
    for wrong, name in ((plastic, "plastic synapses"), (fixed, "fixed synapses")):
        left.plot(100 * smooth(wrong, 50), label=name)
    left.set(xlabel="episode", ylabel="wrong bits, %", ylim=(0, 30))
    left.set_title("mean of 50 episodes")
    left.legend()
    right.imshow(example[0].T, aspect="auto", cmap="coolwarm", interpolation="nearest")
    right.set(xlabel="step", ylabel="bit")
    right.set_title("an episode: 1 red, -1 blue, the question at its end")
    right.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "plasticity").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    bits, episodes = (30, 150) if options.quick else (100, 1000)
    if options.source:
        synapses = Synapses(*rng.normal(size=(2, bits, bits)))
        print(loss.specialize(synapses, *episode(rng, bits), 0.01).source)
        return {}
    plastic = train(rng, bits, episodes, plastic=True)
    fixed = train(rng, bits, episodes // 2, plastic=False)
    last = max(episodes // 4, 1)
    learned, guessed = float(np.mean(plastic[-last:])), float(np.mean(fixed))
    first = float(np.mean(plastic[:last]))
    report(f"wrong bits, first {last} episodes", f"{first:.2%}", "18.9 %")
    report(f"wrong bits, last {last} episodes", f"{learned:.2%}", "<= 1.5 %")
    report("wrong bits without plasticity", f"{guessed:.2%}", "24 % to 26 %")
    draw(plastic, fixed, episode(rng, bits), options.out)
    return {"first": first, "last": learned, "fixed": guessed}


if __name__ == "__main__":
    main()
