"""Whether facts are true: every slot of a program is looked at whenever it is bound."""

from typing import Any

import numpy as np

from dpc.ir import walk
from dpc.ir.evaluate import Evaluator
from dpc.ir.facts import Fact
from dpc.ir.nodes import UNDEFINED
from dpc.ir.program import Program

NUMBERS = (bool, int, float, complex, np.generic, np.ndarray)
TYPES: dict[str, Any] = {
    "number": NUMBERS,
    "array": np.ndarray,
    "scalar": (bool, int, float, complex, np.generic),
    "str": str,
    "none": type(None),
    "tuple": tuple,
    "list": list,
    "dict": dict,
    "slice": slice,
    "range": range,
}
EXACT = {"float": float, "int": int, "bool": bool, "complex": complex}


class Watched(Evaluator):
    """Runs a program and compares every value with the fact of its slot."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.facts = program.facts
        self.sizes: dict[str, int] = {}

    def look(self, slots: Any) -> None:
        for slot in slots:
            fact, value = self.facts.get(slot), self.values[slot]
            if fact is not None and value is not UNDEFINED:
                why = self.objection(value, fact)
                assert why is None, f"{slot.name}: {value!r} is not {fact}: {why}"

    def block(self, block: Any) -> None:
        self.look(p.slot for p in self.code.params)
        for statement in block:
            self.statement(statement)
            self.look(walk.targets(statement))

    def head(self, carries: Any, carried: Any) -> None:
        super().head(carries, carried)
        self.look(c.header for c in carries)

    def objection(self, value: Any, fact: Fact) -> str | None:
        """What in the value is not as the fact says."""
        if fact.kind in EXACT:
            if type(value) is not EXACT[fact.kind]:
                return fact.kind
            return self.of_size(value, fact.value) if fact.kind == "int" else None
        if fact.kind in TYPES and not isinstance(value, TYPES[fact.kind]):
            return fact.kind
        if fact.kind in ("number", "array", "scalar"):
            return self.of_number(value, fact)
        if fact.kind == "object" and isinstance(fact.value, type):
            if type(value) is not fact.value:
                return "class"
        if fact.kind in ("tuple", "list", "dict", "object"):
            return self.of_parts(value, fact)
        return None

    def of_number(self, value: Any, fact: Fact) -> str | None:
        if type(value) is int and value == 0:
            return None  # Python's sum of nothing, whatever the sum of something is.
        array = np.asarray(value)
        kind = array.dtype.kind
        if fact.dtype and fact.dtype not in (kind, f"{kind}{array.dtype.itemsize}"):
            return "dtype"
        if fact.shape is None or fact.kind == "scalar":
            return None
        if len(fact.shape) != array.ndim:
            return "rank"
        sizes = zip(array.shape, fact.shape)
        return next(filter(None, (self.of_size(n, dim) for n, dim in sizes)), None)

    def of_size(self, size: int, dim: Any) -> str | None:
        if isinstance(dim, str):
            dim = self.sizes.setdefault(dim, size)
        return None if dim is None or size == dim else "size"

    def of_parts(self, value: Any, fact: Fact) -> str | None:
        pairs: list[tuple[Any, Fact]] = []
        if fact.items is not None:
            if len(value) != len(fact.items):
                return "length"
            pairs += zip(value, fact.items)
        if fact.element is not None:
            elements = value.values() if isinstance(value, dict) else value
            pairs += [(element, fact.element) for element in elements]
        for name, part in fact.fields or ():
            if isinstance(value, dict):
                if name not in value:
                    return f"key {name}"
                pairs.append((value[name], part))
            elif hasattr(value, name):
                pairs.append((getattr(value, name), part))
        if fact.kind == "dict" and fact.fields is not None:
            if set(value) != {name for name, _ in fact.fields}:
                return "keys"
        reasons = (self.objection(v, f) for v, f in pairs)
        return next(filter(None, reasons), None)
