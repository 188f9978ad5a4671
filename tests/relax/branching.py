"""Random programs that decide: tests of every kind, stores and returns in branches."""

import linecache
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

NAMES = ("x", "y", "a", "b")
COMPARISONS = ("<", ">", "<=", ">=")
Program = Callable[..., float]


@dataclass
class Ball:
    """What random programs keep two numbers in."""

    height: float
    speed: float


class Writer:
    """Draws the text of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one_of(self, *choices: Callable[[], str]) -> str:
        return self.random.choice(choices)()

    def name(self) -> str:
        return self.random.choice(NAMES)

    def number(self) -> str:
        return repr(round(self.random.uniform(-2, 2), 2))

    def value(self, depth: int = 0) -> str:
        if depth > 2 or self.random.random() < 0.35:
            return self.name()

        def inner() -> str:
            return self.value(depth + 1)

        return self.one_of(
            self.number,
            lambda: f"math.sin({inner()})",
            lambda: f"abs({inner()})",
            lambda: f"v[{self.random.randrange(3)}]",
            lambda: f"({inner()} {self.random.choice('+-*')} {inner()})",
            lambda: f"({inner()} {self.random.choice('+-*')} {inner()})",
        )

    def test(self, depth: int = 0) -> str:
        def simple() -> str:
            op = self.random.choice(COMPARISONS)
            return f"{self.value(1)} {op} {self.value(1)}"

        if depth > 1 or self.random.random() < 0.55:
            return simple()

        def inner() -> str:
            return self.test(depth + 1)

        return self.one_of(
            lambda: f"({inner()} and {inner()})",
            lambda: f"({inner()} or {inner()})",
            lambda: f"not ({inner()})",
            lambda: f"{self.name()} < {self.name()} < {self.value(2)}",
        )

    def block(self, depth: int, in_loop: bool) -> Iterator[str]:
        for _ in range(self.random.randrange(1, 4)):
            yield from self.statement(depth, in_loop)

    def statement(self, depth: int, in_loop: bool) -> Iterator[str]:
        target = self.random.choice("ab")
        kind = self.random.random()
        if kind < 0.4 or depth > 2:
            yield f"{target} = {self.value()}"
        elif kind < 0.5:
            yield f"{target} {self.random.choice('+-*')}= {self.value(1)}"
        elif kind < 0.56:
            op = self.random.choice(("", "+", "*"))
            yield f"v[{self.random.randrange(3)}] {op}= {self.value(1)}"
        elif kind < 0.64:
            yield f"{target} = {self.value(1)} if {self.test()} else {self.value(1)}"
        elif kind < 0.85:
            yield from self.branches(depth, in_loop)
        elif kind < 0.92:
            yield f"for i in range({self.random.randrange(1, 4)}):"
            yield from indented(self.block(depth + 1, True))
        elif kind < 0.95 and in_loop:
            yield f"if {self.test()}: {self.random.choice(('break', 'continue'))}"
        else:
            yield f"if {self.test()}: return {self.value(1)}"

    def branches(self, depth: int, in_loop: bool) -> Iterator[str]:
        yield f"if {self.test()}:"
        yield from indented(self.block(depth + 1, in_loop))
        if self.random.random() < 0.3:
            yield f"elif {self.test()}:"
            yield from indented(self.block(depth + 1, in_loop))
        if self.random.random() < 0.6:
            yield "else:"
            yield from indented(self.block(depth + 1, in_loop))


def indented(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"    {line}"


def program(seed: int) -> tuple[Program, str]:
    """A function of two floats and an array of three, and its text."""
    return made_of(Writer(seed), f"<decides {seed}>")


def made_of(writer: Writer, name: str) -> tuple[Program, str]:
    """The function that a writer draws, as if it stood in a file, and its text."""
    body = indented(writer.block(0, False))
    lines = [
        "def program(x: float, y: float, w):",
        "    v = w.copy()",
        "    a, b = x, y",
        *body,
        "    return a * b + v[0] * v[1] + v[2]",
        "",
    ]
    return made("\n".join(lines), name)


def made(text: str, name: str) -> tuple[Program, str]:
    """The function that a text defines, with its source where it is looked for."""
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope: dict[str, object] = {"math": math, "Ball": Ball}
    exec(compile(text, name, "exec"), scope)
    found = scope["program"]
    assert callable(found)
    return found, text
