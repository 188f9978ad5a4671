"""Random statements of Python's syntax, for the printer."""

import random

NAMES = "x w gain x_bar energy_bar np.pi a_long_name_of_something state.field n".split()
LITERALS = ["2", "0.5", "1e-6", "-1", "10", "2j", '"text"', "None"]
PARTS = ["x.T", "b[:, 0]", "a[1:-1, 1:-1]", "w[i]", "x.shape[0]", 'params["w"]']
FUNCTIONS = "np.exp np.sum np.tanh unbroadcast float f state.energy".split()
INDICES = ["i", "1:-1", "i + 1 :", ":, 0", "i : i + n, None", "..., ::2"]


class Sentences:
    """Statements from a seed; every operand stands in parentheses."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def atom(self) -> str:
        kind = self.random.choice([NAMES] * 3 + [LITERALS, PARTS])
        return self.random.choice(kind)

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.atom()
        parts = [self.expression(depth - 1) for _ in range(2)]
        a, b = (f"({part})" for part in parts)
        choice = self.random.choice
        match choice("bbbbbbpccccnnuu[[tldieaw"):
            case "b":
                return f"{a} {choice(['+', '-', '*', '/', '@', '%', '//', '&'])} {b}"
            case "p":
                return f"{a} ** {choice([b, '2', 'n', '-1'])}"
            case "c":
                return self.call(depth)
            case "n":
                return f"-{a}"
            case "u":
                return f"{choice(['not ', '~', '-'])}{a}"
            case "[":
                return f"{a}[{choice(INDICES)}]"
            case "t":
                return f"({a}, {b})"
            case "l":
                return f"[{a}, {b}]"
            case "d":
                return f'{{"key": {a}, "other": {b}}}'
            case "i":
                return f"{a} if {self.atom()} else {b}"
            case "e":
                return f"{a}.T"
            case "a":
                return f"{a} {choice(['and', 'or'])} {b}"
            case _:
                return f"{a} {choice(['<', '==', 'in', 'is not'])} {b}"

    def call(self, depth: int) -> str:
        count = self.random.choice([0, 1, 1, 2, 3])
        arguments = [self.expression(depth - 1) for _ in range(count)]
        if self.random.random() < 0.3:
            arguments.append("axis=0")
        if self.random.random() < 0.2:
            arguments.append(f"keepdims={self.expression(depth - 2)}")
        return f"{self.random.choice(FUNCTIONS)}({', '.join(arguments)})"

    def statement(self) -> str:
        depth = self.random.choice([1, 2, 3, 4])
        value, other = self.expression(depth), self.expression(depth - 1)
        target = self.random.choice(["x", "x_bar", "a[1:-1, 1:-1]", "a, b", "s.f"])
        return self.random.choice(
            [
                f"{target} = {value}",
                f"{target} = {value}",
                f"x[i] += {value}",
                f"return ({value}), ({other})",
                f"return {value}",
                f"tape.append((({value}), ({other})))",
                f"if {value}:\n        pass",
                f"while {value}:\n        break",
                f"for x, y in reversed({value}):\n        pass",
            ]
        )

    def module(self, count: int) -> str:
        """Functions of one statement each."""
        return "\n\n".join(
            f"def f{place}():\n    {self.statement()}\n" for place in range(count)
        )
