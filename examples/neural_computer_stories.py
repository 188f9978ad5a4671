"""The differentiable neural computer of neural_computer.py answers questions.

It reads a story of task 1 of bAbI sentence by sentence, the oldest first, each the sum
of its words' vectors; then it is asked where somebody is. The task's 1000 questions are
few for this machine: it learns them by heart, and answers 70 to 90 % of the test's. So
people and places change their names in every batch.

    python examples/neural_computer_stories.py --data DIRECTORY   # of babi_en_1k.zip
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from babi import Stories, load, names_of
from command import data_file, parser, progress, report
from neural_computer import INTERFACE, PLACES, UNITS, WORD, State, step
from optimisers import Adam, clipped
from style import panels, save, smooth

WIDTH, BATCH = 24, 32


class Reader(NamedTuple):
    words: np.ndarray  # (words, WIDTH)
    w1: np.ndarray  # (WIDTH + 1 + WORD, UNITS)
    b1: np.ndarray  # (UNITS,)
    face: np.ndarray  # (UNITS, INTERFACE)
    face_bias: np.ndarray  # (INTERFACE,)
    out: np.ndarray  # (UNITS + WORD, words)


def sentences(words, codes):
    """Sums of the words' vectors, (..., WIDTH); word 0 is none."""
    return np.sum(words[codes] * (codes > 0)[..., None], axis=-2)


def answers(reader, facts, question):
    """Scores of the words, (batch, words), and both heads' weights at every step.

    facts: (batch, facts, words), the newest first; the oldest places may be empty.
    """
    batch = len(facts)
    none = np.zeros((batch, PLACES))
    memory, order = np.zeros((batch, PLACES, WORD)), np.zeros((batch, PLACES, PLACES))
    state = State(memory, none, order, none, none, none)
    read, told = np.zeros((batch, WORD)), sentences(reader.words, facts)
    asked, h, looked = sentences(reader.words, question), np.zeros((batch, UNITS)), []
    for age in range(facts.shape[1] - 1, -2, -1):
        seen = asked if age < 0 else told[:, age]
        flag = np.full((batch, 1), float(age < 0))
        x = np.concatenate([seen, flag, read], axis=1)
        h = np.tanh(x @ reader.w1 + reader.b1)
        state, read = step(h @ reader.face + reader.face_bias, state)
        looked.append((state.reading, state.writing))
    return np.concatenate([h, read], axis=1) @ reader.out, looked


@dpc.value_and_grad(branches="hard")
def loss(reader, facts, question, answer):
    """Mean cross entropy of the answers."""
    scores, _ = answers(reader, facts, question)
    chosen = scores[np.arange(len(answer)), answer]
    return np.mean(dpc.logsumexp(scores, axis=1) - chosen)


def initial(rng: np.random.Generator, words: int) -> Reader:
    def normal(rows: int, columns: int) -> np.ndarray:
        return rng.normal(size=(rows, columns)) / np.sqrt(rows)

    first, face = normal(WIDTH + 1 + WORD, UNITS), normal(UNITS, INTERFACE)
    vectors, out = 0.5 * rng.normal(size=(words, WIDTH)), normal(UNITS + WORD, words)
    return Reader(vectors, first, np.zeros(UNITS), face, np.zeros(INTERFACE), out)


def right(reader: Reader, stories: Stories) -> float:
    """Share of right answers."""
    scores, _ = answers(reader, stories.facts, stories.question)
    return float(np.mean(np.argmax(scores, axis=1) == stories.answer))


def short(stories: Stories) -> Stories:
    """Without the places of facts that no story fills."""
    return stories._replace(facts=stories.facts[:, stories.facts.any(axis=(0, 2))])


def train(rng: np.random.Generator, stories: Stories, words: int, epochs: int):
    """Adam with a falling rate: the reader and the loss of every batch."""
    reader, optimiser, losses = initial(rng, words), Adam(), []
    names = names_of(stories)
    bar = progress(epochs, "epochs")
    for epoch in bar:
        optimiser.rate = 4e-3 * (1 + np.cos(np.pi * epoch / epochs)) / 2
        rows = rng.permutation(len(stories.answer))
        for batch in np.array_split(rows, len(rows) // BATCH):
            told = stories.take(batch).renamed(rng, names)
            value, gradient = loss(reader, *told)
            reader = optimiser.step(reader, clipped(gradient, 5.0))
            losses.append(value)
        bar.set_postfix_str(f"loss {losses[-1]:.3f}")
    return reader, losses


def draw(reader: Reader, losses: list, stories: Stories, words: list[str], out) -> None:
    """The loss, and where one story was written and read."""
    figure, ((left, middle),) = panels(2, width=5.4, height=3.8)
    left.semilogy(smooth(losses, 30))
    left.set(xlabel="batch of training", ylabel="cross entropy", title="mean of 30")
    row = int(np.argmax(np.sum(stories.facts[:, :, 0] > 0, axis=1)))
    one = stories.take(np.array([row]))
    scores, looked = answers(reader, one.facts, one.question)
    said = [*one.facts[0][::-1], one.question[0]]
    lines = [" ".join(words[c] for c in line if c) for line in said]
    weights = np.ones((len(lines), PLACES, 3))
    for t, (reading, writing) in enumerate(looked):
        weights[t, :, 0] -= reading[0]  # blue where it was read
        weights[t, :, 1] -= np.maximum(reading[0], writing[0])
        weights[t, :, 2] -= writing[0]  # red where it was written
    middle.imshow(np.clip(weights, 0, 1), aspect="auto")
    middle.set_yticks(range(len(lines)), lines, fontsize=7)
    middle.set(xlabel="place in memory: written red, read blue")
    said, true = words[int(np.argmax(scores))], words[int(one.answer[0])]
    middle.set_title(
        f"answer: {said}" + (", right" if said == true else f", not {true}")
    )
    middle.grid(visible=False)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "neural_computer_stories").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    path, *_ = data_file(options.data, "babi_en_1k.zip") or [None]
    stories, test, words = load(path, 1, options.seed)
    stories, test = short(stories), short(test)
    if options.source:
        few = stories.take(np.arange(5))
        print(loss.specialize(initial(rng, len(words)), *few).source)
        return {}
    epochs = 3 if options.quick else 60
    reader, losses = train(rng, stories, len(words), epochs)
    found = right(reader, test)
    report("right answers, task 1", f"{found:.1%}", "95 %, guessing 17 %")
    draw(reader, losses, test, words, options.out)
    return {"first": losses[0], "last": float(np.mean(losses[-20:])), "right": found}


if __name__ == "__main__":
    main()
