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
    "pop",
    "store_part",
    "store_key",
    "unpack",
    "comprehend",
    "assign_inside",
    "close_over",
]
COMPOUND = ["branch", "for_range", "for_values", "for_parts", "while_loop"]


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

    def pop(self, scope: Scope) -> list[str]:
        """The end of a list, which keeps its first element."""
        if not scope.lists:
            return self.append(scope)
        name, target = self.choose(scope.lists), self.fresh("s")
        scope.floats.append(target)
        last = f"{target} = {name}.pop() if len({name}) > 1 else {name}[0]"
        return [last, f"{name}[0] = {target} * 0.9"]

    def store_part(self, scope: Scope) -> list[str]:
        """Stores through views that have no name, and into parts with steps."""
        if not scope.grids:
            return self.store(scope)
        name, length = self.draw.array_name(scope)
        grid, value = self.choose(scope.grids), self.draw.atom(scope)
        row, column = (self.draw.index(scope, n) for n in GRID)
        half = length // 2
        forms = [
            f"{name}[::-1][{self.draw.index(scope, length)}] += {value}",
            f"{name}[{length - half}:][::-1] *= {name}[:{half}]",
            f"{name}.reshape(-1)[1:] -= {value} * 0.5",
            f"{grid}[::-1, ::2] *= 0.5",
            f"{grid}[:, ::-2] = {value}",
            f"{grid}[{row}][1:] += {value}",
            f"{grid}[..., {column}] *= {value}",
            f"{grid}[{row}, ::-1] = {grid}[0] * 0.9",
            f"{grid}[[0, 1, 0], {column}] -= {value}",
            f"{grid}.T[1:, {row}] = {grid}[{row}, :2]",
            f"np.multiply({name}, {value}, out={name})",
        ]
        return [str(self.choose(forms))]

    def store_key(self, scope: Scope) -> list[str]:
        """A dict of a float and an array: made, read and written."""
        array, _ = self.draw.array_name(scope)
        if not scope.dicts:
            scope.dicts.append(name := self.fresh("d"))
            return [f'{name} = {{"p": {self.draw.scalar(scope)}, "q": {array}}}']
        name, target = self.choose(scope.dicts), self.fresh("s")
        forms = [
            f'{name}["p"] = {self.draw.scalar(scope)}',
            f'{name}["p"] *= {self.draw.atom(scope)}',
            f'{name}["q"] *= 0.9',
            f'{name}["q"][0] += {self.draw.atom(scope)}',
            f'{name}["q"] = {array}',
            f'{target} = {name}["p"] * {name}["q"][-1]',
        ]
        form = str(self.choose(forms))
        if form.startswith(target):
            scope.floats.append(target)
        return [form]

    def unpack(self, scope: Scope) -> list[str]:
        """Tuples and arrays taken apart, nested and starred."""
        s, r, rest = self.fresh("s"), self.fresh("s"), self.fresh("parts")
        value, other = self.draw.scalar(scope), self.draw.atom(scope)
        forms = [
            f"{s}, {r} = {value}, {other}",
            f"({s}, _), {r} = ({value}, {other}), 0.5 * {other}",
            f"{s} = {r} = {value}",
            f"{s}, *{rest}, {r} = {self.choose(sorted(scope.arrays))}",
        ]
        scope.floats += [s, r]
        return [str(self.choose(forms))]

    def comprehend(self, scope: Scope) -> list[str]:
        name, length = self.draw.array_name(scope)
        value, target = self.draw.atom(scope), self.fresh("v")
        twin = self.choose(scope.of_length(length))
        near = self.choose(THRESHOLDS)
        forms = [
            f"np.array([e * {value} for e in {name}])",
            f"np.array([e * f for e, f in zip({name}, {twin}[::-1])])",
            f"np.array([e if e > {near} else {value} for e in {name}])",
            f"np.stack([{value} * e for e in reversed({name})])",
        ]
        if self.draw.number(2):
            scope.arrays[target] = length
            return [f"{target} = {self.choose(forms)}"]
        target = self.fresh("s")
        scope.floats.append(target)
        sums = [
            f"sum(e * e for e in {name}) * 0.3",
            f"max(e * {value} for e in {name})",
            f"sum([e * i for i, e in enumerate({name})]) * 0.2",
        ]
        return [f"{target} = {self.choose(sums)}"]

    def assign_inside(self, scope: Scope) -> list[str]:
        """A walrus, in an expression and in a test."""
        target, other = self.fresh("s"), self.fresh("s")
        value = self.draw.scalar(scope)
        scope.floats += [target, other]
        forms = [
            f"{other} = ({target} := {value}) * 0.5",
            f"{other} = {target} if ({target} := {value}) > 0.137 else -{target}",
        ]
        return [str(self.choose(forms))]

    def close_over(self, scope: Scope) -> list[str]:
        """A function inside, or a lambda, that reads and writes what is around it."""
        name, target = self.fresh("inner"), self.fresh("s")
        array, length = self.draw.array_name(scope)
        value = self.draw.atom(scope)
        scope.floats.append(target)
        if self.draw.number(2):
            body = f"lambda e, f=0.4: e * f + {array}[{self.draw.index(scope, length)}]"
            return [f"{name} = {body}", f"{target} = {name}({value}) * 0.5"]
        lines = [f"{array}[{self.draw.index(scope, length)}] *= e", "return e * 0.5"]
        calls = [f"{name}({value})", f"{name}({name}({value}))", f"{name}(e={value})"]
        head = f"def {name}(e):"
        return [head, *indented(lines), f"{target} = {self.choose(calls)}"]

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

    def for_parts(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        """A loop over rows, over a list, or from the end."""
        inner, name = scope.inner(), self.fresh("e")
        array, _ = self.draw.array_name(scope)
        row = self.fresh("w")
        rows = [(f"for {row} in {g}:", {row: GRID[1]}, []) for g in scope.grids]
        heads = [
            *rows,
            (f"for {name} in reversed({array}):", {}, [name]),
            (f"for {name} in [{self.draw.atom(scope)}, 0.5]:", {}, [name]),
        ]
        heads += [(f"for {name} in {parts}[:3]:", {}, [name]) for parts in scope.lists]
        head, arrays, floats = self.choose(heads)
        inner.arrays |= arrays
        inner.floats += floats
        lines = [head, *indented(self.block(inner, depth + 1, True, 3))]
        if self.draw.number(4) == 3:
            lines += ["else:", *indented(self.set_float(scope.inner()))]
        return lines

    def while_loop(self, scope: Scope, depth: int, loop: bool) -> list[str]:
        inner, name = scope.inner(), self.fresh("k")
        inner.counters.append(name)
        test = self.choose([f"{name} < 3", f"{name} < 5 and {self.draw.test(scope)}"])
        body = [f"{name} += 1", *self.block(inner, depth + 1, True, 3)]
        lines = [f"{name} = 0", f"while {test}:", *indented(body)]
        if self.draw.number(4) == 3:
            lines += ["else:", *indented(self.store(scope.inner()))]
        return lines


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
