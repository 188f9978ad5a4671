"""What is known of gradients: they have the structure of what they belong to."""

from __future__ import annotations

from dataclasses import replace

from dpc.ir.facts import NONE, Fact
from dpc.runtime.trees import is_foreign


def has_floating_leaf(fact: Fact) -> bool:
    """Something in the argument can be differentiated, for all that is known."""
    match fact.kind:
        case "float" | "complex" | "any" | "number":
            return True
        case "scalar" | "array":
            return fact.dtype[:1] in ("f", "c", "")
        case "tuple" | "list" | "dict" | "object":
            parts = [*(fact.items or ()), *(part for _, part in fact.fields or ())]
            if fact.element is not None:
                parts.append(fact.element)
            elif fact.items is None and fact.fields is None:
                return not (isinstance(fact.value, type) and is_foreign(fact.value))
            return any(map(has_floating_leaf, parts))
        case _:
            return False


def gradient_of(fact: Fact) -> Fact:
    """The fact of the gradient of a value; None stands where nothing is floating."""
    if fact.kind in ("tuple", "list", "dict", "object"):
        items = None if fact.items is None else tuple(map(gradient_of, fact.items))
        element = None if fact.element is None else gradient_of(fact.element)
        fields = None
        if fact.fields is not None:
            fields = tuple([(name, gradient_of(part)) for name, part in fact.fields])
        return replace(fact, items=items, element=element, fields=fields)
    if not has_floating_leaf(fact):
        return NONE
    return replace(fact, value=None)
