"""Random programs: functions, and a program of two arrays, a grid and two floats."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from tests.random.expressions import Choose, Scope
from tests.random.statements import Statements, indented

HEADER = "import math\n\nimport numpy as np\n\n\n"
SIZE = 14
"""Statements of a program, about: loops multiply what they cost."""


@dataclass(frozen=True)
class RandomProgram:
    """The text of a module with a function `program`, and its arguments."""

    text: str
    seed: int

    @property
    def arguments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
        rng = np.random.default_rng(self.seed)
        x, y, grid = (rng.uniform(-1, 1, size=shape) for shape in (4, 3, (2, 3)))
        a, b = rng.uniform(-1, 1, size=2)
        return x, y, grid, float(a), float(b)

    def __repr__(self) -> str:
        return f"RandomProgram(seed={self.seed}, text='''\n{self.text}''')"


@st.composite
def random_programs(draw: st.DrawFn) -> RandomProgram:
    def choose(options):  # type: ignore[no-untyped-def]
        return options[draw(st.integers(0, len(options) - 1))]

    return random_program(choose)


def random_program(choose: Choose) -> RandomProgram:  # type: ignore[type-arg]
    """The program that these choices make."""
    writer = Statements(choose, 0)
    functions: dict[str, str] = {}
    text = HEADER
    for kind in choose([[], ["float"], ["array"], ["float", "array"]]):
        writer.left = 4
        name = f"{kind}_function"
        text += function(writer, name, kind, dict(functions)) + "\n\n"
        functions[name] = kind
    writer.left = SIZE
    text += program(writer, functions)
    return RandomProgram(text, choose(range(1000)))


def function(
    writer: Statements, name: str, kind: str, functions: dict[str, str]
) -> str:
    """A function of two floats that returns one, or one that mutates an array."""
    if kind == "float":
        scope = Scope(floats=["a", "b"], functions=functions)
        scope.arrays["t"] = 2
        lines = ["t = np.array([a, b])"]
        lines += writer.block(scope, 1, False)
        lines += [f"return {writer.draw.scalar(scope)} + np.tanh(a * b)"]
        return written(f"def {name}(a, b=0.2):", lines)
    scope = Scope(floats=["c"], arrays={"t": 2}, functions=functions)
    writer.gives = False
    lines = writer.block(scope, 1, False)
    writer.gives = True
    return written(f"def {name}(t, c):", lines)


def program(writer: Statements, functions: dict[str, str]) -> str:
    annotated = writer.choose([": float", ""])
    scope = Scope(["a", "b"], {"x": 4, "y": 3}, ["g"], functions=functions)
    lines: list[str] = []
    while writer.left > 0:
        lines += writer.block(scope, 0, False)
    result = [f"{name} * 0.7" for name in scope.floats]
    result += [f"np.sum(np.sin({name}))" for name in [*scope.arrays, *scope.grids]]
    result += [f"sum({name})" for name in scope.lists]
    lines += ["total = 0.0"] + [f"total += {part}" for part in result]
    lines += ["return total"]
    return written(f"def program(x, y, g, a{annotated}, b{annotated}):", lines)


def written(head: str, lines: list[str]) -> str:
    return "\n".join([head, *indented(lines)]) + "\n"
