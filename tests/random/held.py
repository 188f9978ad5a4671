"""Random programs of two floats, of tuples and lists that hold arrays and each other.

An array may be held in several places, each of which is popped, walked or written in
place: what shares memory in the program shares it in the shadows, and in the shadows of
the shadows.
"""

import random
from dataclasses import dataclass, field

PART = ("n", "a", "a")
"""What a loop appends: a number and two arrays."""


@dataclass
class Writer:
    """Writes statements and keeps what each name holds: numbers, arrays, containers."""

    random: random.Random
    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=lambda: ["w", "b"])
    arrays: list[str] = field(default_factory=list)
    lists: dict[str, list[tuple]] = field(default_factory=dict)
    count: int = 0

    def new(self, text: str) -> str:
        self.count += 1
        self.lines.append(f"v{self.count} = {text}")
        return f"v{self.count}"

    def pick(self, *options):
        return self.random.choice(options)

    def number(self) -> str:
        if not self.arrays or self.random.random() < 0.5:
            return self.pick(*self.numbers)
        return f"{self.pick(*self.arrays)}[{self.pick(0, 1)}]"

    def value(self) -> str:
        forms = ("{} * {}", "{} + 0.5 * {}", "{}", "np.sin({})")
        return self.pick(*forms).format(self.number(), self.number())

    def array(self) -> str:
        return f"np.array([{self.value()}, {self.value()}])"

    def holder(self, depth: int = 0) -> tuple[str, tuple]:
        """The text of a tuple or a list, and the kinds of its parts."""
        texts, kinds = [], []
        for _ in range(self.pick(1, 2, 3)):
            kind = self.pick("n", "a", "new", "new", "in" if depth == 0 else "n")
            if kind == "n":
                text = self.value()
            elif kind == "in":
                text, kind = self.holder(depth + 1)
            else:
                held = kind == "a" and self.arrays
                text, kind = self.pick(*self.arrays) if held else self.array(), "a"
            texts.append(text)
            kinds.append(kind)
        form = self.pick("({},)", "[{}]")
        return form.format(", ".join(texts)), tuple(kinds)

    def read(self, name: str, kinds: tuple) -> None:
        """What is to be had of `name` from now on."""
        for place, kind in enumerate(kinds):
            item = f"{name}[{place}]"
            if kind == "n":
                self.numbers.append(item)
            elif kind == "a":
                self.arrays.append(item)
            else:
                self.read(item, kind)

    # Statements

    def make(self) -> None:
        text, kinds = self.holder()
        self.read(self.new(text), kinds)

    def make_list(self) -> None:
        text, kinds = self.holder()
        self.lists[self.new(f"[{text}]")] = [kinds]

    def append(self) -> None:
        if self.lists:
            name = self.pick(*self.lists)
            text, kinds = self.holder()
            self.lines.append(f"{name}.append({text})")
            self.lists[name].append(kinds)

    def pop(self) -> None:
        name = self.pick(*self.lists or ("",))
        if name and self.lists[name]:
            first = self.pick(True, False)
            popped = self.new(f"{name}.pop({'0' if first else ''})")
            self.read(popped, self.lists[name].pop(0 if first else -1))

    def store(self) -> None:
        if self.arrays:
            place = f"{self.pick(*self.arrays)}[{self.pick(0, 1)}]"
            self.lines.append(f"{place} {self.pick('=', '*=', '+=')} {self.value()}")

    def walk(self) -> None:
        if self.arrays:
            some = ", ".join(self.pick(*self.arrays) for _ in range(3))
            self.lines.append(f"for each in ({some}):")
            self.lines.append(f"    each[{self.pick(0, 1)}] *= {self.value()}")

    def append_in_loop(self) -> None:
        name = self.new("[]")
        held = self.pick(*self.arrays) if self.arrays else self.array()
        self.lines.append("for i in range(3):")
        self.lines.append(
            f"    {name}.append(({self.value()}, {self.array()}, {held}))"
        )
        if self.pick(True, False):
            self.lines.append(f"    {name}[i][1][0] *= {self.value()}")
        self.lists[name] = [PART] * 3

    def pop_in_loop(self) -> None:
        for name, kinds in self.lists.items():
            if len(kinds) > 1 and set(kinds) == {PART}:
                total = self.new("0.0")
                self.lines += [
                    f"while len({name}) > 1:",
                    f"    t = {name}.pop()",
                    "    t[1][1] *= t[0]",
                    f"    {total} = {total} + t[1][1] * t[2][0] + t[0]",
                ]
                self.numbers.append(total)
                del kinds[1:]
                return


def program(seed: int) -> str:
    """The text of a module with a function `program(w, b)`."""
    writer = Writer(random.Random(seed))
    if writer.pick(True, False):
        writer.arrays.append(writer.new(writer.array()))
    for _ in range(writer.pick(3, 4, 5, 6)):
        writer.pick(
            writer.make,
            writer.make_list,
            writer.make_list,
            writer.append,
            writer.pop,
            writer.pop,
            writer.store,
            writer.store,
            writer.walk,
            writer.append_in_loop,
            writer.pop_in_loop,
        )()
    products = (f"{writer.value()} * {writer.value()}" for _ in range(2))
    lines = [*writer.lines, f"return {' + '.join(products)}"]
    body = "".join(f"    {line}\n" for line in lines)
    return f"import numpy as np\n\n\ndef program(w, b):\n{body}"
