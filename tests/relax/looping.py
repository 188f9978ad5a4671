"""Random programs with loops of every kind, which their tests leave in every way."""

from collections.abc import Iterator

from tests.relax.branching import Program, Writer, indented, made_of

# How often the body of a `while` runs at most in a program that nothing relaxes.
BOUND = 5


class LoopWriter(Writer):
    """Draws programs like those with branches, most statements of which are loops."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.counters = 0

    def statement(self, depth: int, in_loop: bool) -> Iterator[str]:
        kind = self.random.random()
        if depth < 2 and kind < 0.35:
            yield from self.loop(depth, in_loop)
        elif in_loop and kind < 0.5:
            yield from self.exit()
        else:
            yield from super().statement(depth, in_loop)

    def exit(self) -> Iterator[str]:
        way = self.random.choice(("break", "continue", "return"))
        yield f"if {self.test()}:"
        if self.random.random() < 0.4:
            yield f"    a = {self.value(1)}"
        yield f"    {way} {self.value(1)}" if way == "return" else f"    {way}"

    def loop(self, depth: int, in_loop: bool) -> Iterator[str]:
        """A loop; `while` counts as well, so that it ends."""
        count = f"k{self.counters}"
        self.counters += 1
        form = self.random.choice(("for", "while", "while", "flag", "endless"))
        if form == "for":
            yield f"for i in range({self.random.randrange(1, 4)}):"
            yield from indented(self.block(depth + 1, True))
        elif form == "endless":
            yield f"{count} = 0"
            yield "while True:"
            yield f"    {count} += 1"
            bound = self.random.randrange(1, BOUND)
            yield f"    if {self.test()} or {count} > {bound}:"
            yield f"        {self.random.choice(('break', 'break', 'return a'))}"
            yield from indented(self.block(depth + 1, True))
        else:
            yield f"{count} = 0"
            test = self.test()
            if form == "flag":
                yield f"go{count} = {test}"
                test = f"go{count}"
            yield f"while {test} and {count} < {self.random.randrange(1, BOUND)}:"
            yield f"    {count} += 1"
            yield from indented(self.block(depth + 1, True))
            if form == "flag":
                yield f"    go{count} = {self.test()}"
        if form != "endless" and self.random.random() < 0.4:
            yield "else:"
            yield from indented(self.block(depth + 1, in_loop))


def looping(seed: int) -> tuple[Program, str]:
    """A function of two floats and an array of three, and its text."""
    return made_of(LoopWriter(seed), f"<loops {seed}>")
