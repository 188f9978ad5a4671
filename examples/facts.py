"""Compositional reasoning: a question about two facts, by attention in several steps.

Eight facts say who each of eight people passes the ball to; the order and the game
change every time. "Ann starts: who has it after two passes?" needs two facts, and the
second only shows when the first is known. One step of attention cannot do it; two steps
can, and so can self-attention among the facts followed by one step.

    python examples/facts.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save, smooth

PEOPLE, WIDTH = 8, 32
NAMES = "Ann Bob Cat Dan Eve Fay Gus Hal".split()


class Model(NamedTuple):
    person: np.ndarray  # (PEOPLE, WIDTH), one embedding for all
    giver: np.ndarray  # (WIDTH, WIDTH), of who passes, in a fact
    taker: np.ndarray  # (WIDTH, WIDTH), of who gets the ball
    query: np.ndarray  # (steps, WIDTH, WIDTH), of every step
    key: np.ndarray  # (steps, WIDTH, WIDTH)
    value: np.ndarray  # (steps, WIDTH, WIDTH)
    out: np.ndarray  # (WIDTH, PEOPLE)


def attend(model, step, asking, facts):
    """What those who ask (batch, n, WIDTH) get of the facts, and their weights."""
    scores = (asking @ model.query[step]) @ np.swapaxes(facts @ model.key[step], 1, 2)
    weights = dpc.softmax(scores / np.sqrt(WIDTH), axis=2)
    return weights @ (facts @ model.value[step]), weights


def answer(model, givers, takers, start, steps, among):
    """Scores (batch, PEOPLE) and the weights of every step of the question.

    ``steps`` of attention by the question, after one among the facts where ``among``.
    """
    facts = model.person[givers] @ model.giver + model.person[takers] @ model.taker
    if among:
        facts = facts + attend(model, steps, facts, facts)[0]
    state = model.person[start][:, None]
    looked = []
    for step in range(steps):
        found, weights = attend(model, step, state, facts)
        state = state + found
        looked.append(weights[:, 0])
    return state[:, 0] @ model.out, looked


@dpc.value_and_grad(branches="hard")
def loss(model, givers, takers, start, right, steps, among):
    """Mean cross entropy of the answers."""
    scores, _ = answer(model, givers, takers, start, steps, among)
    rows = np.arange(len(right))
    return np.mean(dpc.logsumexp(scores, axis=1) - scores[rows, right])


def games(rng: np.random.Generator, count: int) -> tuple[np.ndarray, ...]:
    """Givers and takers (count, PEOPLE) in random order, who starts, who ends."""
    everyone = np.tile(np.arange(PEOPLE), (count, 1))
    passes = rng.permuted(everyone, axis=1)
    givers = rng.permuted(everyone, axis=1)
    rows, start = np.arange(count), rng.integers(PEOPLE, size=count)
    takers = passes[rows[:, None], givers]
    return givers, takers, start, passes[rows, passes[rows, start]]


def initial(rng: np.random.Generator) -> Model:
    def square(*stack: int) -> np.ndarray:
        return rng.normal(size=(*stack, WIDTH, WIDTH)) / np.sqrt(WIDTH)

    person = rng.normal(size=(PEOPLE, WIDTH))
    out = rng.normal(size=(WIDTH, PEOPLE)) / np.sqrt(WIDTH)
    return Model(person, square(), square(), square(3), square(3), square(3), out)


PROGRAMS = {"one step": (1, False), "two steps": (2, False)}
PROGRAMS["among the facts, one step"] = (1, True)


def train(name: str, rng: np.random.Generator, iterations: int):
    """Adam on new games: the model and the accuracy of every batch."""
    model, optimiser = initial(rng), Adam(rate=2e-3)
    right = np.zeros(iterations)
    bar = progress(iterations, name)
    for number in bar:
        batch = games(rng, 64)
        value, gradient = loss(model, *batch, *PROGRAMS[name])
        if number % 10 == 0:
            scores, _ = answer(model, *batch[:3], *PROGRAMS[name])
            accuracy = np.mean(np.argmax(scores, axis=1) == batch[3])
        right[number] = accuracy
        model = optimiser.step(model, gradient)
        bar.set_postfix_str(f"loss {value:.3f}, right {accuracy:.0%}")
    return model, right


def draw(curves: dict, model: Model, rng: np.random.Generator, out) -> None:
    """Accuracy of the three programs, and where the two steps looked in one game."""
    figure, ((left, right),) = panels(2, width=5.2)
    for name, curve in curves.items():
        left.plot(100 * smooth(curve, 50), label=name)
    left.axhline(100 / PEOPLE, color="black", ls=":", label="guessing")
    left.set(xlabel="step of training", ylabel="right answers, %", ylim=(0, 103))
    left.set_title("two facts, one question")
    left.legend()
    givers, takers, start, _ = batch = games(rng, 1)
    scores, looked = answer(model, *batch[:3], *PROGRAMS["two steps"])
    right.imshow(np.concatenate(looked), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    pairs = zip(givers[0], takers[0], strict=True)
    facts = [f"{NAMES[giver]} → {NAMES[taker]}" for giver, taker in pairs]
    right.set_xticks(range(PEOPLE), facts, rotation=45, fontsize=7)
    right.set_yticks([0, 1], ["first step", "second step"])
    said = NAMES[int(np.argmax(scores))]
    right.set_title(f"two passes from {NAMES[start[0]]}: {said}")
    right.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "facts").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(initial(rng), *games(rng, 4), 2, True).source)
        return {}
    targets = {"one step": "below 40 %", "two steps": ">= 99 %"}
    targets["among the facts, one step"] = ">= 99 %"
    figures, curves, models = {}, {}, {}
    for name, target in targets.items():
        iterations = 250 if options.quick else 2500
        models[name], curves[name] = train(name, rng, iterations)
        *asked, right = games(rng, 1000)
        scores, _ = answer(models[name], *asked, *PROGRAMS[name])
        figures[name] = float(np.mean(np.argmax(scores, axis=1) == right))
        report(name, f"{figures[name]:.1%}", target)
    draw(curves, models["two steps"], rng, options.out)
    return figures


if __name__ == "__main__":
    main()
