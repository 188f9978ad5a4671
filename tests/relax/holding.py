"""Random programs that decide, and keep what they compute in lists, dicts and objects.

The containers have two names each: what a branch writes through one of them is read
through the other.
"""

from collections.abc import Iterator

from tests.relax.branching import Program, Writer, indented, made

PARTS = ("s[0]", "s[1]", "o['k']", "o['v'][0]", "v2[1]", "ball.height", "ball.speed")
NAMES = ("twin[0]", "o['v'][1]", "other['k']", "v2[0]", "again.height")


class Holder(Writer):
    """Draws the text of one program that writes containers."""

    def value(self, depth: int = 0) -> str:
        if self.random.random() < 0.25:
            return self.random.choice((*PARTS, *NAMES))
        return super().value(depth)

    def statement(self, depth: int, in_loop: bool) -> Iterator[str]:
        kind = self.random.random()
        if kind < 0.35:
            op = self.random.choice(("", "", "+", "*"))
            place = self.random.choice((*PARTS, *NAMES))
            yield f"{place} {op}= {self.value(1)}"
        elif kind < 0.42:
            yield f"c = [{self.value(1)}, {self.value(1)}]"
        elif kind < 0.48:
            test, a, b = self.test(), self.value(1), self.value(1)
            yield f"c = [{a}, c[0]] if {test} else [c[1], {b}]"
        elif kind < 0.53:
            yield f"t = ({self.value(1)}, {{'m': {self.value(1)}}})"
        elif kind < 0.57:
            yield f"a = a + t[0] * t[1]['m'] + c[0] * {self.number()} - c[1]"
        elif kind < 0.61:
            yield f"c = [{self.value(1)} * w for w in c]"
        else:
            yield from super().statement(depth, in_loop)


def holding(seed: int) -> tuple[Program, str]:
    """A function of two floats and an array of three, and its text."""
    lines = [
        "def program(x: float, y: float, w):",
        "    v = w.copy()",
        "    a, b = x, y",
        "    s = [x, y]",
        "    twin = s",
        "    o = {'k': x * y, 'v': [y, 1.0]}",
        "    other, v2 = o, o['v']",
        "    ball = Ball(x, 0.5)",
        "    again = ball",
        "    c, t = [x, 1.0], (y, {'m': x})",
        *indented(Holder(seed).block(0, False)),
        "    held = s[0] * twin[1] + other['k'] * v2[0] - o['v'][1]",
        "    held = held + again.height * ball.speed + c[0] * c[1] + t[0] * t[1]['m']",
        "    return a * b + v[0] * v[1] + v[2] + held",
        "",
    ]
    return made("\n".join(lines), f"<holds {seed}>")
