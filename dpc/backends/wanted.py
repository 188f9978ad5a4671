"""The name that every slot wants, before it is known which of them clash.

A slot of the user has its own. A temporary has that of the variable it becomes,
or says what it is in the words of the program: `tanh_x`, `shape`, `test`, `product`.
"""

from __future__ import annotations

import re

from dpc.backends.operators import BOOLEAN, COMPARISONS
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    For,
    Function,
    If,
    Object,
    Replay,
    Slot,
    Stmt,
    Store,
    Update,
    Value,
    While,
)
from dpc.ir.walk import bound, statements, targets

LONGEST = 12

OPERATORS = {
    "add": "total",
    "sub": "difference",
    "mul": "product",
    "matmul": "product",
    "truediv": "quotient",
    "floordiv": "quotient",
    "mod": "rest",
    "pow": "power",
    "neg": "minus",
    "not_": "test",
}
# Where the name of the function is taken by a builtin, or is not a good one.
FUNCTIONS = {
    "sum": "total",
    "len": "count",
    "abs": "size",
    "max": "largest",
    "min": "smallest",
    "maximum": "larger",
    "minimum": "smaller",
    "round": "rounded",
    "list": "items",
    "tuple": "items",
    "dict": "table",
    "sorted": "ordered",
    "where": "chosen",
    "array": "values",
    "asarray": "values",
    "copy": "kept",
    "range": "steps",
    "float": "number",
    "int": "number",
    "bool": "test",
    "str": "text",
    "type": "kind",
    "new": "grad",  # of a class that is asked for
    "isinstance": "test",
    "callable": "test",
    "set": "items",
    "arange": "places",
    "slice": "part",
    "getitem": "item",
    "sequence": "items",
    "unpack": "items",
    "fstring": "text",
    "call": "value",
    "jvp": "pair",
    "vjp": "pair",
    "vjp_wrt": "pair",
}


# Functions of dpc's own that are not about cotangents, but about values.
VALUES = {
    "one_length": "count",
    "accumulate": "total",
    "ratio": "quotient",
    "quotient": "quotient",
    "power": "power",
    "copy_tree": "kept",
    "gradient": "grad",
    **dict.fromkeys(
        "sigmoid log_sigmoid softmax log_softmax logsumexp relu leaky_relu silu "
        "softplus stop_gradient iadd isub imul itruediv ipow imatmul".split(),
        "value",
    ),
}


def wanted_names(function: Function) -> dict[Slot, str]:
    """The name that every slot of a function wants."""
    return _Namer(function).names


class _Namer:
    def __init__(self, function: Function) -> None:
        self.names: dict[Slot, str] = {}
        self.values: dict[Slot, Value] = {}
        self.indices: set[Atom] = set()
        self.links: list[tuple[Slot, Atom]] = []
        slots = [param.slot for param in function.params]
        for statement in statements(function.body):
            slots += targets(statement)
            slots += bound(statement)
            self._visit(statement)
        for slot in slots:
            if not slot.temp:
                self.names[slot] = _identifier(slot.name)
        self._as_what_they_become()
        self._value_of_result(function)
        for slot in slots:
            if slot in self.values or slot.name != "t":
                self.names.setdefault(slot, self._of_temporary(slot))
        self._as_what_they_were()
        for slot in slots:
            self.names.setdefault(slot, "t")

    def _visit(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, value):
                self.values[target] = value
                if isinstance(value, Apply) and value.fn == "getitem":
                    self.indices.add(value.args[1])
            case Store("item", _, index) | Update("item", _, _, index):
                self.indices.add(index)
            case For() | While() | Replay():
                for carry in statement.carries:
                    self.links.append((carry.header, carry.result))
                    self.links.append((carry.header, carry.next))
                    self.links.append((carry.header, carry.init))
            case If(merges=merges):
                for merge in merges:
                    self.links.append((merge.target, merge.then))
                    self.links.append((merge.target, merge.orelse))

    def _as_what_they_become(self) -> None:
        """A temporary is named by the variable that it becomes."""
        for target, source in reversed(self.links):
            if isinstance(source, Slot) and source.temp and target in self.names:
                self.names.setdefault(source, self.names[target])

    def _as_what_they_were(self) -> None:
        """What branches and loops leave behind is named by what it was in them."""
        before = -1
        while before != (before := len(self.names)):  # an inner one may come later
            for target, source in self.links:
                if isinstance(source, Slot) and source in self.names:
                    self.names.setdefault(target, self.names[source])

    def _value_of_result(self, function: Function) -> None:
        """What `(value, gradient)` begins with."""
        result = function.result
        if isinstance(result, Slot):
            match self.values.get(result):
                case Apply("tuple", (Slot() as value, _)) if value.temp:
                    self.names.setdefault(value, "value")

    def _of_temporary(self, slot: Slot) -> str:
        if slot.name != "t":
            return _identifier(slot.name)
        value = self.values.get(slot)
        if slot in self.indices and isinstance(value, Apply) and value.fn == "tuple":
            return "index"
        return _identifier(name_of(value))


def _identifier(name: str) -> str:
    """The name without what no identifier has: `$broke` is `broke`."""
    return name if name.isidentifier() else re.sub(r"\W", "", name) or "t"


def name_of(value: Value | None) -> str:
    """The name for the value of a temporary; `t` where nothing better is known."""
    return _of_call(value.fn, value.args) if isinstance(value, Apply) else "t"


def _of_call(fn: str, args: tuple[object, ...]) -> str:
    if fn in COMPARISONS or fn in BOOLEAN:
        return "test"
    if fn == "getattr":
        return _of_attribute(args[1])
    base = args[0] if fn == "getitem" else None
    if isinstance(base, Slot) and base.name.endswith("_bar"):
        return "bar"
    if isinstance(base, Slot) and not base.temp:
        place = args[1]
        if isinstance(place, Const) and isinstance(place.value, str):
            return place.value if place.value.isidentifier() else "item"
    if fn == "call" and isinstance(args[0], Object):
        return f"{args[0].path[-1]}_value"
    if fn == "new" and isinstance(args[0], Object):
        return args[0].path[-1].lower()
    last = fn.rpartition(".")[2]
    if fn.startswith("dpc."):
        return VALUES.get(last, "bar")
    if fn.startswith("operator."):
        return OPERATORS.get(last, "t")
    if last in FUNCTIONS:
        return FUNCTIONS[last]
    if len(args) == 1 and isinstance(args[0], Slot) and not args[0].temp:
        named = f"{last}_{args[0].name}"
        return named if len(named) <= LONGEST else last
    return last


def _of_attribute(field: object) -> str:
    name = field.value if isinstance(field, Const) else "value"
    return {"T": "transposed", "mT": "transposed"}.get(str(name), str(name))
