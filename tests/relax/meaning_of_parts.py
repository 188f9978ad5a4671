"""What is known of values: whether they, or parts of them, depend on arguments."""

from dataclasses import dataclass, field
from typing import Any

Value = Any  # bool | Held | ast.FunctionDef


@dataclass(eq=False)
class Held:
    """A container: the parts that are known, and whether any other depends."""

    parts: dict[Any, Value] = field(default_factory=dict)
    rest: bool = False
    fixed: bool = False  # a tuple


def depends(value: Value) -> bool:
    if isinstance(value, Held):
        return value.rest or any(map(depends, value.parts.values()))
    return value is True


def spoil(value: Value) -> Value:
    """A value all of which depends."""
    if isinstance(value, Held):
        return Held({k: spoil(v) for k, v in value.parts.items()}, True, value.fixed)
    return True if isinstance(value, bool) else value


def either(a: Value, b: Value) -> Value:
    if a is b:
        return a
    if isinstance(a, Held) and isinstance(b, Held) and a.parts.keys() == b.parts.keys():
        parts = {k: either(v, b.parts[k]) for k, v in a.parts.items()}
        return Held(parts, a.rest or b.rest, a.fixed and b.fixed)
    return depends(a) or depends(b)


def shape(value: Value) -> Any:
    if isinstance(value, Held):
        return value.rest, tuple((k, shape(v)) for k, v in value.parts.items())
    return value
