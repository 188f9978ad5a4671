"""Random statements: assignments, stores, views, branches, loops, calls, returns."""

from tests.random.expressions import (
    CONSTANTS,
    GRID,
    THRESHOLDS,
    Choose,
    Expressions,
    Scope,
)

LENGTHS = [4, 2, 3, 6]
SIMPLE = [
    "set_float",
    "set_array",
    "store",
    "augment_float",
    "augment_array",
    "make_view",
    "store_many",
    "store_grid",
    "call",
    "append",
    "append",
    "swap",
]
COMPOUND = ["branch", "for_range", "for_values", "while_loop"]


class Statements:
    """Writes blocks of statements, and keeps count of how many are left to write.

    `gives` says whether a `return` gives a value.
    """

    def __init__(self, choose: Choose, size: int) -> None:  # type: ignore[type-arg]
        self.draw = Expressions(choose)
        self.choose = choose
        self.left = size
        self.names = 0
        self.gives = True

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def block(
        self, scope: Scope, depth: int, loop: bool, at_most: int = 5
    ) -> list[str]:
        """At least one statement; `loop` says whether `break` has a meaning here."""
        lines: list[str] = []
        for _ in range(1 + self.draw.number(at_most)):
            self.left -= 1
            lines += self.statement(scope, depth, loop)
            if self.left <= 0:
                break
        return lines

    def statement(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        kinds = SIMPLE + (COMPOUND * 2 if depth < 3 and self.left > 0 else [])
        kinds += ["leave"] * (2 * loop) + ["give_back"] * (depth > 0)
        kind = self.choose(kinds)
        if kind in COMPOUND:
            return getattr(self, kind)(scope, depth, loop)  # type: ignore[no-any-return]
        return getattr(self, kind)(scope)  # type: ignore[no-any-return]

    def set_float(self, scope: Scope) -> list[str]:
        value = self.draw.scalar(scope)
        old = [*scope.floats, ""]
        name = self.choose(old) or self.fresh("s")
        if name not in scope.floats:
            scope.floats.append(name)
        return [f"{name} = {value}"]

    def set_array(self, scope: Scope) -> list[str]:
        length = int(self.choose(LENGTHS))
        value = self.draw.array(scope, length)
        name = self.choose([*scope.of_length(length), ""]) or self.fresh("v")
        scope.arrays[name] = length
        return [f"{name} = {value}"]

    def make_view(self, scope: Scope) -> list[str]:
        """A new name for memory that has one already."""
        name, length = self.draw.array_name(scope)
        views = [(name, length), (f"{name}[::-1]", length), (f"{name}[1:]", length - 1)]
        views += [(f"{name}[::2]", (length + 1) // 2), (f"{name}.reshape(-1)", length)]
        views += [(piece, n) for n in (2, 3, 6) for piece in self.draw.pieces(scope, n)]
        view, n = self.choose([pair for pair in views if pair[1] > 1])
        target = self.choose([*scope.of_length(n), ""]) or self.fresh("w")
        scope.arrays[target] = n
        return [f"{target} = {view}"]

    def store(self, scope: Scope) -> list[str]:
        name, length = self.draw.array_name(scope)
        place = f"{name}[{self.draw.index(scope, length)}]"
        return [f"{place} {self.operator()} {self.draw.scalar(scope)}"]

    def store_many(self, scope: Scope) -> list[str]:
        name, length = self.draw.array_name(scope)
        half = length // 2
        forms = [
            f"{name}[:] = {self.draw.array(scope, length)}",
            f"{name}[{length - half}:] = {name}[:{half}]",
            f"{name}[1:] = {name}[:-1]",
            f"{name}[::2] *= {self.draw.atom(scope)} * 0.5",
            f"{name}[{name} > {self.choose(THRESHOLDS)}] = {self.draw.atom(scope)}",
            f"{name}[{name} < {self.choose(THRESHOLDS)}] *= 0.5",
            f"{name}[[0, {length - 1}]] = {name}[[1, 0]] * 0.9",
            f"{name}[[1, 0, 1]] += {self.draw.atom(scope)}",
            f"np.add.at({name}, [0, 1, 0], {self.draw.atom(scope)})",
        ]
        return [str(self.choose(forms))]

    def store_grid(self, scope: Scope) -> list[str]:
        if not scope.grids:
            return self.store(scope)
        grid, (rows, columns) = self.choose(scope.grids), GRID
        row, column = self.draw.index(scope, rows), self.draw.index(scope, columns)
        forms = [
            f"{grid}[{row}, {column}] = {self.draw.scalar(scope)}",
            f"{grid}[{row}] = {self.draw.array(scope, columns)}",
            f"{grid}[:, {column}] += {self.draw.atom(scope)}",
            f"{grid} *= {self.choose(CONSTANTS)}",
            f"{grid}[{grid} > {self.choose(THRESHOLDS)}] *= 0.5",
            f"{grid}.T[{column}] = {self.draw.array(scope, rows)}",
        ]
        return [str(self.choose(forms))]

    def operator(self) -> str:
        return str(self.choose(["=", "+=", "-=", "*="]))

    def augment_float(self, scope: Scope) -> list[str]:
        if not scope.floats:
            return self.set_float(scope)
        name = self.choose(scope.floats)
        factor = f"np.cos({self.draw.atom(scope)})"
        return [str(self.choose([f"{name} += {factor}", f"{name} *= {factor}"]))]

    def augment_array(self, scope: Scope) -> list[str]:
        name, length = self.draw.array_name(scope)
        forms = [
            f"{name} += {self.draw.atom(scope)}",
            f"{name} *= 0.5 * np.sin({self.draw.operand(scope, length)})",
            f"{name} -= 0.5 * {self.draw.operand(scope, length)}",
            f"{name} /= 1 + {name}**2",
        ]
        return [str(self.choose(forms))]

    def swap(self, scope: Scope) -> list[str]:
        name, length = self.draw.array_name(scope)
        if len(scope.floats) > 1 and self.draw.number(2):
            a, b = scope.floats[:2]
            return [f"{a}, {b} = {b}, 0.5 * {a} + {b} * {self.draw.atom(scope)} * 0.5"]
        i, j = (self.draw.index(scope, length) for _ in range(2))
        return [f"{name}[{i}], {name}[{j}] = {name}[{j}], {name}[{i}]"]

    def append(self, scope: Scope) -> list[str]:
        value = self.draw.scalar(scope)
        if scope.lists:
            return [f"{self.choose(scope.lists)}.append({value})"]
        scope.lists.append(name := self.fresh("parts"))
        return [f"{name} = [{value}]"]

    def call(self, scope: Scope) -> list[str]:
        """One of the functions that were written above the program."""
        if not scope.functions:
            return self.set_float(scope)
        name = self.choose(sorted(scope.functions))
        first, second = self.draw.scalar(scope), self.draw.atom(scope)
        if scope.functions[name] == "float":
            target = self.fresh("r")
            call = self.choose(
                [f"{name}({first}, {second})", f"{name}(b={first}, a=0.4)"]
            )
            scope.floats.append(target)
            return [f"{target} = {call}"]
        array, length = self.draw.array_name(scope)
        pieces = [f"{array}[:2]", f"{array}[{length - 2}:][::-1]", f"{array}[-2:]"]
        array = self.choose(pieces)
        return [f"{name}({array}, {second})"]

    def leave(self, scope: Scope) -> list[str]:
        return [
            f"if {self.draw.test(scope)}:",
            f"    {self.choose(['break', 'continue'])}",
        ]

    def give_back(self, scope: Scope) -> list[str]:
        return [f"if {self.draw.test(scope)}:", f"    {self.returned(scope)}"]

    def returned(self, scope: Scope) -> str:
        return f"return {self.draw.scalar(scope)}" if self.gives else "return"

    def branch(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        lines = [f"if {self.draw.condition(scope)}:"]
        lines += indented(self.block(scope.inner(), depth + 1, loop, 3))
        if self.draw.number(3) == 2:
            lines += [f"elif {self.draw.test(scope)}:"]
            lines += indented(self.block(scope.inner(), depth + 1, loop, 3))
        if self.draw.number(2):
            lines += ["else:", *indented(self.block(scope.inner(), depth + 1, loop, 3))]
        return lines

    def for_range(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        inner, name = scope.inner(), self.fresh("i")
        inner.counters.append(name)
        walks = ["range(3)", "range(2)", "range(4, 0, -2)", "reversed(range(3))"]
        lines = [f"for {name} in {self.choose(walks)}:"]
        lines += indented(self.block(inner, depth + 1, True, 3))
        if self.draw.number(4) == 3:
            lines += ["else:", *indented(self.set_float(scope.inner()))]
        return lines

    def for_values(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        inner, name, length = scope.inner(), *self.draw.array_name(scope)
        value, other, count = self.fresh("e"), self.fresh("e"), self.fresh("i")
        twin = self.choose(scope.of_length(length))
        head, floats, counters = self.choose(
            [
                (f"for {value} in {name}:", [value], []),
                (f"for {count}, {value} in enumerate({name}):", [value], [count]),
                (f"for {value}, {other} in zip({name}, {twin}):", [value, other], []),
            ]
        )
        inner.floats += floats
        inner.counters += counters
        return [head, *indented(self.block(inner, depth + 1, True, 3))]

    def while_loop(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        inner, name = scope.inner(), self.fresh("k")
        inner.counters.append(name)
        test = self.choose([f"{name} < 3", f"{name} < 5 and {self.draw.test(scope)}"])
        body = [f"{name} += 1", *self.block(inner, depth + 1, True, 3)]
        return [f"{name} = 0", f"while {test}:", *indented(body)]


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
