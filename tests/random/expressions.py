"""Random expressions over floats and small arrays, bounded so that nothing overflows.

Every template maps operands of moderate size to a result of moderate size, so that a
program may apply it in loops as often as it likes and differences stay meaningful.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]
"""Draws one element of a sequence; earlier elements are the simpler ones."""

GRID = (2, 3)
CONSTANTS = ["0.3", "-0.7", "1.2", "0.05"]
THRESHOLDS = ["0.137", "-0.271", "0.519", "-0.883"]
"""Thresholds are never values, so that ties do not come from constants."""

SCALAR_FORMS = [
    "{a}",
    "0.5 * {a} + 0.3 * {b}",
    "np.sin({a} + {b})",
    "np.tanh({a} * {b})",
    "{a} * {b} / (1 + {b}**2)",
    "{a} / (1.5 + {b} * {b})",
    "np.exp(-({a}**2)) * {b}",
    "math.cos({a}) - 0.4 * {b}",
    "math.sqrt(1.0 + {a}**2) * 0.5",
    "({a} if {t} else {b})",
    "max({a}, {b}) * 0.9",
    "abs({a}) % 1.3",
    "float({a}) * np.cos({b})",
]

ARRAY_FORMS = [
    "{u} * {c}",
    "0.5 * {u} + 0.3 * {v}",
    "np.sin({u} + {v})",
    "np.tanh({u} * {s})",
    "{u} * {v} / (1 + {v}**2)",
    "np.where({u} > {h}, {u}, {s} * 0.5)",
    "np.maximum({u}, 0.5 * {v})",
    "np.cumsum({u}) * 0.3",
    "np.clip({u}, -0.9, 0.8) - {s}",
    "np.sqrt(1.0 + {u}**2) * {c}",
    "np.flip({u}) * 0.9",
    "np.sort({u})",
    "np.full({n}, {s})",
]

REDUCTIONS = [
    "np.sum({u}) * 0.3",
    "{u}.mean()",
    "{u} @ {v} * 0.2",
    "np.max({u})",
    "np.linalg.norm({u}) * 0.4",
    "{u}[int(np.argmin({v}))]",
    "sum({u}) * 0.25",
]


@dataclass
class Scope:
    """What is defined at a place of the program."""

    floats: list[str] = field(default_factory=list)
    arrays: dict[str, int] = field(default_factory=dict)
    grids: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    dicts: list[str] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    functions: dict[str, str] = field(default_factory=dict)

    def inner(self) -> "Scope":
        """A scope whose new names are forgotten at the end of a block."""
        return replace(
            self,
            floats=list(self.floats),
            arrays=dict(self.arrays),
            grids=list(self.grids),
            lists=list(self.lists),
            dicts=list(self.dicts),
            counters=list(self.counters),
        )

    def of_length(self, n: int) -> list[str]:
        return [name for name, length in self.arrays.items() if length == n]


class Expressions:
    """Draws expressions over the names of a scope."""

    def __init__(self, choose: Choose) -> None:  # type: ignore[type-arg]
        self.choose = choose

    def number(self, below: int) -> int:
        return int(self.choose(range(below)))

    def index(self, scope: Scope, length: int) -> str:
        """An index into an axis of this length: constant, negative or a counter's."""
        forms = [str(k) for k in range(length)] + [str(-k - 1) for k in range(length)]
        forms += [f"{name} % {length}" for name in scope.counters]
        return str(self.choose(forms))

    def array_name(self, scope: Scope) -> tuple[str, int]:
        return self.choose(sorted(scope.arrays.items()))  # type: ignore[no-any-return]

    def test(self, scope: Scope) -> str:
        """A comparison of a value with a threshold, or of a counter."""
        if scope.counters and self.number(4) == 3:
            return f"{self.choose(scope.counters)} % 2 == {self.number(2)}"
        sign = self.choose(["<", ">", "<="])
        return f"{self.variable(scope)} {sign} {self.choose(THRESHOLDS)}"

    def condition(self, scope: Scope) -> str:
        first = self.test(scope)
        form = self.choose(["{0}", "{0} and {1}", "{0} or {1}", "not ({0})"])
        return str(form).format(first, self.test(scope) if "{1}" in form else "")

    def atom(self, scope: Scope) -> str:
        """A float: a variable, or a constant now and then."""
        if self.number(5) == 4:
            return str(self.choose(CONSTANTS))
        return self.variable(scope)

    def variable(self, scope: Scope) -> str:
        """A float that has a place: a name, an element, the end of a list."""
        kinds = ["name"] * bool(scope.floats) + ["element"] * bool(scope.arrays)
        kinds += ["grid"] * bool(scope.grids) + ["list"] * bool(scope.lists)
        kind = self.choose(kinds)
        if kind == "name":
            return str(self.choose(scope.floats))
        if kind == "grid":
            row, column = (self.index(scope, n) for n in GRID)
            return f"{self.choose(scope.grids)}[{row}, {column}]"
        if kind == "list":
            return f"{self.choose(scope.lists)}[-1]"
        name, length = self.array_name(scope)
        return f"{name}[{self.index(scope, length)}]"

    def scalar(self, scope: Scope) -> str:
        """A float."""
        if scope.arrays and self.number(4) == 3:
            name, length = self.array_name(scope)
            other = self.choose(scope.of_length(length))
            return str(self.choose(REDUCTIONS)).format(u=name, v=other)
        form = str(self.choose(SCALAR_FORMS))
        parts = {key: self.atom(scope) for key in "ab" if f"{{{key}}}" in form}
        test = self.test(scope) if "{t}" in form else ""
        return form.format(**parts, t=test)

    def operand(self, scope: Scope, length: int) -> str | None:
        """An array of this length: a name, or a piece of something longer."""
        found = list(scope.of_length(length))
        for name, n in scope.arrays.items():
            if n > length:
                start = self.number(n - length + 1)
                found.append(f"{name}[{start}:{start + length}]")
            if n == 2 * length:
                found.append(f"{name}[::2]")
        found += self.pieces(scope, length)
        return str(self.choose(found)) if found else None

    def pieces(self, scope: Scope, length: int) -> list[str]:
        """Arrays of this length that are views of grids."""
        rows, columns = GRID
        found = []
        for grid in scope.grids:
            if length == columns:
                found.append(f"{grid}[{self.index(scope, rows)}]")
            if length == rows:
                found.append(f"{grid}[:, {self.index(scope, columns)}]")
                found.append(f"{grid}.T[{self.index(scope, columns)}]")
            if length == rows * columns:
                found.append(f"{grid}.ravel()")
                found.append(f"{grid}.reshape(-1)")
        return found

    def array(self, scope: Scope, length: int) -> str:
        """An array of this length, a fresh one."""
        form = str(self.choose(ARRAY_FORMS))
        u = self.operand(scope, length)
        if u is None:
            return f"np.full({length}, {self.atom(scope)})"
        return form.format(
            u=u,
            v=self.operand(scope, length) if "{v}" in form else "",
            s=self.atom(scope) if "{s}" in form else "",
            c=self.choose(CONSTANTS) if "{c}" in form else "",
            h=self.choose(THRESHOLDS) if "{h}" in form else "",
            n=length,
        )
