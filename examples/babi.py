"""Questions about small stories: the bAbI tasks of Weston et al. (2015), or made up.

The files are those of ``babi_en_1k.zip`` (Facebook, Inc., CC BY 3.0).
"""

import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

FACTS = 50  # the newest ones are kept
PEOPLE = "mary john daniel sandra".split()
PLACES = "bathroom bedroom garden hallway kitchen office".split()
VERBS = ["moved to", "went to", "went back to", "journeyed to", "travelled to"]


class Stories(NamedTuple):
    """Word codes, 0 where there is none; the newest fact comes first."""

    facts: np.ndarray  # (questions, FACTS, words)
    question: np.ndarray  # (questions, words)
    answer: np.ndarray  # (questions,)

    def take(self, rows: np.ndarray) -> "Stories":
        return Stories(*(part[rows] for part in self))

    def renamed(self, rng: np.random.Generator, groups: list) -> "Stories":
        """The same stories with the words of each group in each other's place."""
        words = np.arange(1 + max(int(np.max(part)) for part in (*self, *groups)))
        for group in groups:
            words[group] = rng.permutation(group)
        return Stories(*(words[part] for part in self))


def names_of(stories: Stories) -> list[np.ndarray]:
    """Who is asked for, the last word of each question, and where they can be."""
    last = np.sum(stories.question > 0, axis=1) - 1
    return [
        np.unique(stories.question[np.arange(len(last)), last]),
        np.unique(stories.answer),
    ]


Asked = tuple[list[list[str]], list[str], str]  # facts, question, answer


def words_of(sentence: str) -> list[str]:
    return re.findall("[a-z]+", sentence.lower())


def read(lines: list[str]) -> list[Asked]:
    """Every question with the facts before it; a number 1 starts a new story."""
    asked, facts = [], []
    for line in lines:
        number, text = line.split(" ", 1)
        if number == "1":
            facts = []
        if "\t" in text:
            question, answer, _ = text.split("\t")
            asked.append((list(facts), words_of(question), answer.strip()))
        else:
            facts.append(words_of(text))
    return asked


def made_up(rng: np.random.Generator, stories: int) -> list[Asked]:
    """Task 1: people move about; after every second fact, where one of them is."""
    asked: list[Asked] = []
    for _ in range(stories):
        where: dict[str, str] = {}
        facts = []
        for number in range(10):
            person = str(rng.choice(PEOPLE))
            place = str(rng.choice([p for p in PLACES if p != where.get(person)]))
            facts.append(words_of(f"{person} {rng.choice(VERBS)} the {place}"))
            where[person] = place
            if number % 2:
                who = str(rng.choice(list(where)))
                asked.append((list(facts), ["where", "is", who], where[who]))
    return asked


def coded(asked: list[Asked], codes: dict[str, int]) -> Stories:
    """As arrays; sentences are cut to nothing, facts to the newest."""
    longest = max(len(s) for facts, question, _ in asked for s in (*facts, question))
    facts = np.zeros((len(asked), FACTS, longest), dtype=int)
    questions = np.zeros((len(asked), longest), dtype=int)
    for row, (said, question, _) in enumerate(asked):
        for place, sentence in enumerate(said[::-1][:FACTS]):
            facts[row, place, : len(sentence)] = [codes[word] for word in sentence]
        questions[row, : len(question)] = [codes[word] for word in question]
    return Stories(facts, questions, np.array([codes[word] for _, _, word in asked]))


def load(path: Path | None, task: int, seed: int) -> tuple[Stories, Stories, list[str]]:
    """Training and test questions, 1000 each, and the words; word 0 is none."""
    if path is None:
        rng = np.random.default_rng(seed)
        parts = [made_up(rng, 200), made_up(rng, 200)]
    else:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if f"/qa{task}_" in n]
            texts = [archive.read(n).decode() for n in sorted(names, reverse=True)]
        parts = [read(text.splitlines()) for text in texts]  # train, then test
    words = {w for asked in parts for f, q, a in asked for s in (*f, q, [a]) for w in s}
    codes = {word: code for code, word in enumerate(sorted(words), start=1)}
    both = coded(parts[0] + parts[1], codes)
    middle = len(parts[0])
    rows = np.arange(len(both.answer))
    return both.take(rows[:middle]), both.take(rows[middle:]), ["", *sorted(words)]
