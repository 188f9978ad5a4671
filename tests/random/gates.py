"""Random programs that cut arrays into parts: gates, heads, lookups, stacks.

What they have in common is that the sizes of the parts follow from those of the
arguments and of data of the module: `z[:, units : 2 * units]`, `np.split(z, 3, 1)`,
`x.reshape(-1, HEADS, WIDTH // HEADS)`, tables of which rows are looked up. A program is
made by running it: every value has its shape, so that what is written always fits.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

UNARY = (
    "np.tanh({})",
    "np.sin({})",
    "np.exp(-{} * {})",
    "0.5 * {}",
    "1 - {}",
    "np.maximum({}, 0.1)",
    "np.where({} > 0.2, {}, 0.3 * {})",
)
BINARY = ("{} * {}", "{} + {}", "{} - {}", "{} / (1.5 + {} ** 2)", "{} * np.tanh({})")


@dataclass
class Program:
    """A text, and the arguments and the data of the module that it runs on."""

    text: str
    args: tuple[Any, ...]
    data: dict[str, Any] = field(default_factory=dict)


class Writer:
    """Writes statements and keeps the shape of what each name is."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rng = np.random.default_rng(seed)
        pick = self.random.choice
        self.batch, self.units, self.gates = pick((1, 2, 3, 5)), pick((1, 2, 3)), 4
        self.heads = pick((1, 2))
        self.lines: list[str] = []
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.count = 0

    # Names

    def new(self, text: str, shape: tuple[int, ...], indent: str = "    ") -> str:
        self.count += 1
        name = f"v{self.count}"
        self.lines.append(f"{indent}{name} = {text}")
        self.shapes[name] = shape
        return name

    def some(self, rank: int | None = None) -> str:
        names = [n for n, s in self.shapes.items() if rank is None or len(s) == rank]
        return self.random.choice(names)

    def unit(self) -> str:
        """The number of units, by one of its names."""
        return self.random.choice(("n", "h.shape[1]", "UNITS", "u.shape[0]"))

    # Statements

    def statement(self) -> None:
        self.random.choice(
            (self.unary, self.binary, self.binary, self.cut, self.cut, self.looked_up)
            + (self.joined, self.by_head, self.reduced, self.widened, self.looped)
        )()

    def unary(self) -> None:
        x = self.some()
        form = self.random.choice(UNARY)
        self.new(form.format(*[x] * form.count("{}")), self.shapes[x])

    def binary(self) -> None:
        x = self.some()
        fitting = [y for y in self.shapes if self.together(x, y) is not None]
        y = self.random.choice(fitting)
        shape = self.together(x, y)
        assert shape is not None
        self.new(self.random.choice(BINARY).format(x, y), shape)

    def together(self, x: str, y: str) -> tuple[int, ...] | None:
        try:
            shape = np.broadcast_shapes(self.shapes[x], self.shapes[y])
        except ValueError:
            return None
        return shape if len(shape) < 4 and np.prod(shape) < 200 else None

    def cut(self) -> None:
        """A part of the columns that the units say."""
        x = self.some(2)
        rows, columns = self.shapes[x]
        u = self.unit()
        lo, hi = sorted(self.random.sample(range(5), 2))
        bounds = [f"{k} * {u}" if k > 1 else u for k in (lo, hi)]
        text = {
            0: f"{x}[:, : {bounds[1]}]",
            1: f"{x}[:, {bounds[0]} : {bounds[1]}]",
            2: f"{x}[:, {bounds[0]} :]",
            3: f"np.split({x}, 2, axis=1)[{lo % 2}]",
        }[self.random.randrange(4 if columns % 2 == 0 else 3)]
        size = np.empty((rows, columns))
        scope = {"n": self.units, "UNITS": self.units, "np": np}
        scope |= {"h": np.empty((1, self.units)), "u": np.empty((self.units, 1))}
        scope[x] = size
        shape = eval(text, scope).shape
        if shape[1]:
            self.new(text, shape)

    def looked_up(self) -> None:
        x = self.some(2)
        rows, columns = self.shapes[x]
        text = self.random.choice(
            (f"{x}[places % {rows}]", f"{x}[places[:2] % {rows}]")
        )
        count = 2 if "[:2]" in text else 4
        self.new(text, (count, columns))

    def joined(self) -> None:
        x = self.some(2)
        rows = self.shapes[x][0]
        fitting = [y for y, s in self.shapes.items() if len(s) == 2 and s[0] == rows]
        y = self.random.choice(fitting)
        columns = self.shapes[x][1] + self.shapes[y][1]
        if columns < 30:
            self.new(f"np.concatenate([{x}, {y}], axis=1)", (rows, columns))

    def by_head(self) -> None:
        x = self.some(2)
        rows, columns = self.shapes[x]
        if columns % self.heads == 0:
            shape = rows, self.heads, columns // self.heads
            sizes = f"-1, HEADS, {x}.shape[1] // HEADS"
            y = self.new(f"{x}.reshape({sizes})", shape)
            if self.random.random() < 0.5:
                self.new(f"np.sum({y} * {y}, axis=2)", shape[:2])

    def reduced(self) -> None:
        x = self.some()
        shape = self.shapes[x]
        if len(shape) > 1:
            axis, keep = self.random.randrange(len(shape)), self.random.random() < 0.5
            left = list(shape)
            left[axis : axis + 1] = [1] if keep else []
            how = self.random.choice(("np.sum", "np.mean"))
            self.new(f"{how}({x}, axis={axis}, keepdims={keep})", tuple(left))

    def widened(self) -> None:
        x = self.some()
        shape = self.shapes[x]
        if len(shape) == 2:
            index, new = self.random.choice(
                (
                    (":, :, None", (*shape, 1)),
                    (":, None", (shape[0], 1, shape[1])),
                    ("None", (1, *shape)),
                )
            )
            self.new(f"{x}[{index}]", new)

    def looped(self) -> None:
        """A state that goes round, and a stack of what it was."""
        step = self.random.choice(("s * s", "np.tanh(s + h)", "s + SCALE * s", "s / 2"))
        self.count += 1
        s, states = f"s{self.count}", f"l{self.count}"
        self.lines += [
            f"    {s}, {states} = h, []",
            "    for t in range(3):",
            f"        {s} = {step.replace('s', s).replace(f'{s}.', 's.')}"
            if "h)" not in step
            else f"        {s} = np.tanh({s} + h)",
            f"        {states}.append({s})",
        ]
        self.shapes[s] = (self.batch, self.units)
        if self.random.random() < 0.5:
            self.new(f"np.stack({states}, axis=1)", (self.batch, 3, self.units))
        else:
            self.new(f"np.concatenate({states}, axis=1)", (self.batch, 3 * self.units))


def program(seed: int) -> Program:
    """The program of a seed: `program(w, u, x, h, table, places)`."""
    writer = Writer(seed)
    b, n, k = writer.batch, writer.units, writer.gates
    inputs = writer.random.choice((1, 2, 3))
    sizes = {"w": (inputs, k * n), "u": (n, k * n), "x": (b, inputs), "h": (b, n)}
    sizes["table"] = writer.random.choice((1, 3, 4)), n
    draws = [writer.rng.uniform(-1, 1, size) for size in sizes.values()]
    writer.shapes |= {"h": sizes["h"], "table": sizes["table"], "SCALE": (n,)}
    writer.new("x @ w + h @ u", (b, k * n))
    for _ in range(writer.random.randrange(4, 11)):
        writer.statement()
    used = [name for name in writer.shapes if name not in ("SCALE", "table")]
    total = " + ".join(f"np.sum({name} ** 2)" for name in used[-4:])
    text = "\n".join(
        [
            "import numpy as np",
            "",
            f"UNITS, HEADS = {n}, {writer.heads}",
            f"SCALE = np.linspace(0.5, 1.5, {n})",
            "",
            "",
            "def program(w, u, x, h, table, places):",
            "    n = u.shape[0]",
            *writer.lines,
            f"    return {total}",
            "",
        ]
    )
    places = writer.rng.integers(0, 12, 4)
    return Program(text, (*draws, places))
