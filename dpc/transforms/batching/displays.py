"""Dicts and objects as they are made: what their parts are, and the same of others."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Const, Slot
from dpc.ir.plain import is_named_tuple
from dpc.rules.batching.rows import Parts, Value
from dpc.transforms.batching.state import State


@dataclass(frozen=True)
class Display:
    """A dict or an object, whose parts have keys, and the call that makes it."""

    call: Apply
    keys: tuple[int | str, ...]
    parts: tuple[Atom, ...]

    def of(self, parts: list[Atom]) -> Apply:
        """The same of other parts."""
        call = self.call
        if call.fn == "dict":
            pairs = zip(map(Const, self.keys), parts, strict=True)
            return Apply("dict", tuple(atom for pair in pairs for atom in pair))
        count = len(call.args) - 1
        names = (name for name, _ in call.kwargs)
        named = tuple(zip(names, parts[count:], strict=True))
        return Apply("new", (call.args[0], *parts[:count]), named)


def named_tuple(state: State, value: Value) -> Display | None:
    """How a NamedTuple is made, which stays as it is made."""
    call, cls = state.build.definition(value.atom), value.fact.value
    if call is None or call.fn != "new" or not isinstance(cls, type):
        return None
    fields = getattr(cls, "_fields", ())[: len(call.args) - 1]
    keys = (*fields, *(name for name, _ in call.kwargs))
    parts = (*call.args[1:], *(atom for _, atom in call.kwargs))
    whole = is_named_tuple(cls) and len(keys) == len(parts)
    return Display(call, keys, parts) if whole else None


def result(state: State, value: Value) -> Display | None:
    """How a result is made; None where its parts may have been written since."""
    call, fact, rows = state.build.definition(value.atom), value.fact, value.rows
    unnamed = isinstance(value.atom, Slot) and value.atom.temp
    keys = tuple(rows.parts) if isinstance(rows, Parts) else _keys(call, fact)
    if call is not None and call.fn in ("new", "dict") and unnamed and keys:
        named = tuple(atom for _, atom in call.kwargs)
        parts = (*call.args[1:], *named) if call.fn == "new" else call.args[1::2]
        return Display(call, keys, parts) if len(keys) == len(parts) else None
    if fact.kind == "dict" and fact.fields and keys:
        names = tuple(name for name, _ in fact.fields)
        items = [state.build.apply("getitem", value.atom, Const(n)) for n in names]
        return Display(Apply("dict", ()), names, tuple(items))
    return named_tuple(state, value)


def _keys(call: Apply | None, fact: Fact) -> tuple[int | str, ...]:
    """The keys of a dict or an object that is the same for all rows."""
    if call is None or call.fn not in ("dict", "new"):
        return ()
    if call.fn == "dict":
        literals = [key.value for key in call.args[::2] if isinstance(key, Const)]
        return tuple(key for key in literals if isinstance(key, int | str))
    fields = [name for name, _ in fact.fields or ()][: len(call.args) - 1]
    return (*fields, *(name for name, _ in call.kwargs))
