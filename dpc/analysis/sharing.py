"""Primitives that make containers of what other containers hold, and attributes."""

from __future__ import annotations

from dpc.ir import facts as F
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot

METADATA = frozenset("shape ndim size dtype itemsize nbytes strides flags".split())
# New containers of the elements of others. Of a dict, some take the keys.
COPIES = frozenset("method.copy builtins.list builtins.tuple builtins.dict".split())
OF_KEYS = frozenset(
    ("builtins.list", "builtins.tuple", "sequence", "sorted", "method.keys")
)
SEQUENCES = frozenset(("list", "tuple"))
# What the other operand of `list + x` and of `list * x` may be.
_BESIDE = {"operator.add": {"any", "other"}, "operator.mul": {"int", "bool"}}


def fact_in(facts: Facts, atom: Atom) -> Fact:
    """What is known of an atom."""
    if isinstance(atom, Const):
        return F.of_constant(atom.value)
    return facts.get(atom, ANY) if isinstance(atom, Slot) else ANY


def may_be_metadata(facts: Facts, load: Apply) -> bool:
    """A shape or a dtype, unless the base turns out to be an object with such a
    field."""
    base, name = load.args
    known = isinstance(name, Const) and name.value in METADATA
    return known and fact_in(facts, base).kind != "object"


def is_metadata(facts: Facts, load: Apply) -> bool:
    """A shape or a dtype of what is proven to be an array or a number."""
    return may_be_metadata(facts, load) and fact_in(facts, load.args[0]).is_number


def takes_keys(facts: Facts, call: Apply) -> bool:
    """The result holds the keys of a dict, not what it holds under them."""
    of_keys = call.fn in OF_KEYS and bool(call.args)
    return of_keys and fact_in(facts, call.args[0]).kind == "dict"


def joins(facts: Facts, call: Apply) -> bool:
    """`a + b` or `a * n` of lists or tuples, as far as is known."""
    if call.fn not in _BESIDE:
        return False
    kinds = {fact_in(facts, atom).kind for atom in call.args}
    return bool(SEQUENCES & kinds) and kinds <= SEQUENCES | _BESIDE[call.fn]
