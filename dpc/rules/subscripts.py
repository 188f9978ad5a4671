"""What `x[index]` is, from the facts of `x` and `index`, and how its adjoint adds."""

from __future__ import annotations

from dataclasses import dataclass

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact, Shape
from dpc.rules import sizes
from dpc.rules.known import array_of, scalar_or_array


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of an index: "int", "slice", "new", "ellipsis", "array" or "mask"."""

    form: str
    fact: Fact

    @property
    def takes(self) -> int:
        """How many axes of the array the entry stands for."""
        if self.form == "mask":
            return self.fact.rank or 0
        return 0 if self.form in ("new", "ellipsis") else 1


def parts_of(index: Fact) -> tuple[Part, ...] | None:
    """The entries of an index, `None` if any of them is not known."""
    entries: tuple[Fact, ...] = (index,)
    if index.kind == "tuple":
        if index.items is None:
            return None
        entries = index.items
    parts = tuple(_part(entry) for entry in entries)
    known = tuple(part for part in parts if part is not None)
    return known if len(known) == len(parts) else None


def _part(fact: Fact) -> Part | None:
    if fact.is_integer:
        return Part("int", fact)
    if fact.kind == "slice":
        return Part("slice", fact)
    if fact.kind == "none":
        return Part("new", fact)
    if fact.value is ...:
        return Part("ellipsis", fact)
    if fact.kind in ("array", "list") and (found := array_of(fact)).rank is not None:
        if found.dtype[:1] == "b" and found.rank:
            return Part("mask", found)
        if found.dtype[:1] in ("i", "u"):
            return Part("array" if found.rank else "int", found)
    return None


def adds_at(index: Fact) -> str:
    """How `x_bar[index] += g` is written so that every element of `g` counts.

    "plain" as it stands (no element is named twice), "at" with `np.add.at`, "guarded"
    with `dpc.runtime.add_at`, which looks at the index when it runs.
    """
    parts = parts_of(index)
    if parts is None:
        return "guarded"
    return "at" if any(part.form == "array" for part in parts) else "plain"


def item_fact(base: Fact, index: Fact) -> Fact:
    """The fact of `base[index]`."""
    if base.is_array or base.kind in ("number", "scalar"):
        return F.ANY if base.dtype == "O" else _array_item(base, index)
    if base.kind in ("list", "tuple"):
        return _sequence_item(base, index)
    if base.kind == "dict":
        if isinstance(index.value, str) and dict(base.fields or ()).get(index.value):
            return base.field(index.value)
        return F.element_of(base) or F.ANY
    if base.kind == "str":
        return F.STR
    if base.kind == "range" and index.kind == "int":
        return F.INT
    return F.ANY


def _sequence_item(base: Fact, index: Fact) -> Fact:
    if index.kind == "int" and base.items is not None:
        at = index.value
        if isinstance(at, int) and -len(base.items) <= at < len(base.items):
            return base.items[at]
    if index.kind == "slice":
        if base.items is not None and isinstance(index.value, slice):
            return Fact(base.kind, items=base.items[index.value])
        return Fact(base.kind, element=F.element_of(base))
    if index.is_scalar:
        return F.element_of(base) or F.ANY
    return F.ANY


def _array_item(base: Fact, index: Fact) -> Fact:
    parts = parts_of(index)
    if parts is None:
        return Fact("number", base.dtype)
    parts = tuple(_without_masks(parts))
    whole = base.shape if base.is_array else None
    if whole is None:
        array = any(part.form != "int" for part in parts)
        return Fact("array" if array else "number", base.dtype)
    expanded = _expanded(parts, len(whole))
    if expanded is None:
        return Fact("number", base.dtype)
    shape = _shape(expanded, whole)
    if any(part.form == "ellipsis" for part in parts) and not _advanced(parts):
        return F.array(base.dtype, shape)
    return scalar_or_array(base.dtype, shape)


def _without_masks(parts: tuple[Part, ...]) -> list[Part]:
    """A mask of `k` axes selects as `k` integer arrays of one unknown length do."""
    out: list[Part] = []
    for part in parts:
        if part.form == "mask":
            out += [Part("array", F.array("i8", (None,)))] * part.takes
        else:
            out.append(part)
    return out


def _expanded(parts: tuple[Part, ...], rank: int) -> list[Part] | None:
    """The entries with full slices for the ellipsis and the axes not named."""
    missing = rank - sum(part.takes for part in parts)
    if missing < 0:
        return None
    full = [Part("slice", Fact("slice", value=slice(None)))] * missing
    at = [i for i, part in enumerate(parts) if part.form == "ellipsis"]
    if len(at) > 1:
        return None
    if not at:
        return [*parts, *full]
    return [*parts[: at[0]], *full, *parts[at[0] + 1 :]]


def _advanced(parts: tuple[Part, ...] | list[Part]) -> list[int]:
    """The places of what is broadcast together: arrays, and integers beside arrays."""
    if not any(part.form == "array" for part in parts):
        return []
    return [i for i, part in enumerate(parts) if part.form in ("array", "int")]


def _shape(parts: list[Part], whole: Shape) -> Shape | None:
    places = _advanced(parts)
    out: list[Dim] = []
    front = 0
    axis = 0
    for position, part in enumerate(parts):
        if places and position == places[0]:
            front = len(out)
        if part.form == "slice":
            out.append(_sliced(whole[axis], part.fact))
        elif part.form == "new":
            out.append(1)
        axis += part.takes
    if not places:
        return tuple(out)
    together = F.broadcast(parts[i].fact.shape for i in places)
    if together is None:
        return None
    # Separated by a slice, the axes of the selection come first.
    if places[-1] - places[0] >= len(places):
        front = 0
    return (*out[:front], *together, *out[front:])


def _sliced(size: Dim, fact: Fact) -> Dim:
    bounds = _bounds(fact)
    return None if bounds is None else sizes.sliced(size, *bounds)


def _bounds(fact: Fact) -> tuple[Dim, Dim, Dim] | None:
    """Start, stop and step of a slice, `None` if one of them is not known."""
    if isinstance(fact.value, slice):
        bounds = (fact.value.start, fact.value.stop, fact.value.step)
        return bounds if all(isinstance(b, int | None) for b in bounds) else None
    if fact.items is None:
        return None
    found: list[Dim] = []
    for item in fact.items:
        if item.kind == "none":
            found.append(None)
        elif item.kind == "int" and isinstance(item.value, int | str):
            found.append(item.value)
        else:
            return None
    lo, hi, step = found
    return lo, hi, step
