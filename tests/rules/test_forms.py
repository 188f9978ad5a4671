"""Adjoints are written as one would write them by hand, where the shapes are known."""

from typing import Any

import numpy as np
import pytest

from dpc.ir.nodes import Apply, Assign, Atom, Const, Object, Slot, Undefined
from dpc.rules.domains import call
from tests.rules import programs

INFIX = {"operator.matmul": "@", "operator.mul": "*", "operator.add": "+"}


class Text:
    """A program of one call, as an expression for each cotangent."""

    def __init__(self, key: str, *args: Any, **kwargs: Any) -> None:
        self.made = programs.program(key, call(*args, **kwargs), programs.KNOWN)
        build = self.made.build
        g = build.slot("g", build.fact(self.made.out))
        self.bars = programs.adjoints(self.made, g)
        self.values = {s.target: s.value for s in build.block if isinstance(s, Assign)}

    def __str__(self) -> str:
        return "; ".join(self.of(bar) for bar in self.bars.values())

    def of(self, atom: Atom) -> str:
        match atom:
            case Const(value):
                return repr(value)
            case Slot() if isinstance(self.values.get(atom), Apply):
                if atom is self.made.out:
                    return "out"
                return self.applied(self.values[atom])
            case Slot():
                return atom.name
            case Object() | Undefined():
                return str(atom)

    def applied(self, value: Any) -> str:
        args = [self.of(a) for a in value.args]
        match value.fn:
            case "getattr":
                return f"{args[0]}.{value.args[1].value}"
            case "getitem":
                index = value.args[1]
                if isinstance(index, Const):
                    return f"{args[0]}[{indexed(index.value)}]"
                return f"{args[0]}[{args[1]}]"
            case "slice":
                return f"{args[0]}:{args[1]}".replace("None", "")
            case "tuple":
                return ", ".join(args)
            case "operator.neg":
                return f"-({args[0]})"
            case fn if fn in INFIX:
                return f"{args[0]} {INFIX[fn]} {args[1]}"
        args += [f"{name}={self.of(atom)}" for name, atom in value.kwargs]
        return f"{value.fn}({', '.join(args)})"


def indexed(value: Any) -> str:
    if isinstance(value, slice):
        return f"{value.start}:{value.stop}".replace("None", "")
    if isinstance(value, tuple):
        return ", ".join(map(indexed, value))
    return "..." if value is ... else repr(value)


M, N, K = np.ones((4, 3)), np.ones((3, 5)), np.ones(3)
T = np.ones((2, 4, 3))


@pytest.mark.parametrize(
    ("key", "args", "kwargs", "text"),
    [
        ("operator.matmul", (M, N), {}, "g @ x2.T; x1.T @ g"),
        ("operator.matmul", (M, K), {}, "np.outer(g, x2); x1.T @ g"),
        ("operator.matmul", (K, N), {}, "x2 @ g; np.outer(x1, g)"),
        ("operator.matmul", (K, K + 1), {}, "g * x2; g * x1"),
        ("np.dot", (M, N), {}, "g @ b.T; a.T @ g"),
        ("np.outer", (K, np.ones(2)), {}, "g @ b; a @ g"),
        (
            "operator.matmul",
            (T, N),
            {},
            "g @ x2.T; np.tensordot(x1, g, ((0, 1), (0, 1)))",
        ),
        ("np.reshape", (M, (2, 6)), {}, "np.reshape(g, a.shape)"),
        ("np.ravel", (M,), {}, "np.reshape(g, a.shape)"),
        ("np.transpose", (M,), {}, "g.T"),
        ("np.transpose", (T, (1, 2, 0)), {}, "np.transpose(g, (2, 0, 1))"),
        ("np.expand_dims", (K, 0), {}, "np.squeeze(g, 0)"),
        ("np.flip", (K,), {}, "np.flip(g, None)"),
        ("np.roll", (K, 1), {}, "np.roll(g, -1)"),
        ("np.roll", (K, 1, 0), {}, "np.roll(g, -1, 0)"),
        ("np.pad", (M, 1), {}, "g[1:-1, 1:-1]"),
        ("np.copy", (M,), {}, "g"),
        ("np.einsum", ("ij,jk->ik", M, N), {}, "np.einsum('ik,jk->ij', g, *1)"),
        ("np.linalg.norm", (K,), {}, "x * dpc.ratio(g, out)"),
        ("np.linalg.inv", (np.eye(3) * 2,), {}, "-(out.T @ g @ out.T)"),
        ("np.diag", (K,), {}, "np.diag(g)"),
        ("np.tril", (M,), {}, "np.tril(g)"),
    ],
)
def test_form(key: str, args: Any, kwargs: Any, text: str) -> None:
    found = str(Text(key, *args, **kwargs))
    assert found.startswith(text), found


def test_parts_of_a_join_are_slices() -> None:
    both = str(Text("np.concatenate", (K, np.ones(2))))
    assert both == "list(g[:arrays[0].shape[0]], g[arrays[0].shape[0]:])"
    rows = str(Text("np.vstack", (K, K)))
    assert rows == "list(g[0], g[1])"
    columns = str(Text("np.stack", (K, K), axis=-1))
    assert columns == "list(g[..., 0], g[..., 1])"
