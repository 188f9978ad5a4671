"""What is proven of an index: does it select a view, can elements repeat?"""

from __future__ import annotations

from dpc.analysis.sharing import SEQUENCES
from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Atom, Const

_LINEAR = frozenset("T mT real imag".split())  # attributes of arrays


def is_view(build: Builder, index: Atom) -> bool:
    """Integers, slices, `...` and None only: NumPy's basic indexing."""
    if isinstance(index, Const):
        return _basic(index.value)
    fact = build.fact(index)
    if fact.is_integer or fact.kind == "slice":
        return True
    found = build.definition(index)
    if found is not None and found.fn == "tuple":
        return all(is_view(build, part) for part in found.args)
    return found is not None and found.fn == "slice"


def _basic(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_basic, value))
    if isinstance(value, bool):
        return False
    return value is None or value is Ellipsis or isinstance(value, int | slice)


def inserted(build: Builder, x: Atom, index: Atom) -> tuple[object, ...] | None:
    """The parts of an index of numbers that only inserts axes of size 1, or None.

    All elements are selected, in their order: `x[:, None]`, `x[..., None, :]`, `x[:]`.
    """
    if not build.fact(x).is_number:
        return None
    if isinstance(index, Const):
        parts = index.value if isinstance(index.value, tuple) else (index.value,)
    else:
        found = build.definition(index)
        if found is None or found.fn != "tuple":
            return None
        if not all(isinstance(part, Const) for part in found.args):
            return None
        parts = tuple(part.value for part in found.args if isinstance(part, Const))
    whole = all(p is None or p is Ellipsis or p == slice(None) for p in parts)
    return parts if whole else None


def scatters(build: Builder, load: Apply) -> bool:
    """What is read here is a part, whose adjoint is added into that of the whole."""
    kind = build.fact(load.args[0]).kind
    if load.fn == "unpack":
        return kind not in SEQUENCES  # The adjoints of all items are that of the whole.
    if load.fn == "getitem":
        return inserted(build, *load.args) is None
    linear = isinstance(load.args[1], Const) and load.args[1].value in _LINEAR
    return not (linear or kind in ("array", "number", "scalar"))


def repeats(build: Builder, index: Atom) -> bool:
    """The index may select an element twice, so that `x[index] += g` would lose one."""
    if is_view(build, index):
        return False
    if isinstance(index, Const):
        value = index.value
        parts = value if isinstance(value, tuple) else (value,)
        return any(isinstance(part, list) for part in parts)
    fact = build.fact(index)
    if fact.is_array:
        return fact.dtype != "b1" and not _distinct(build, index)
    found = build.definition(index)
    if found is not None and found.fn == "tuple":
        arrays = [part for part in found.args if not is_view(build, part)]
        if any(_distinct(build, part) for part in arrays):
            # Rows that differ select elements that differ.
            return not all(build.fact(part).is_array for part in arrays)
        return any(repeats(build, part) for part in arrays)
    return True


def _distinct(build: Builder, index: Atom) -> bool:
    """The integers of the array differ: `np.arange(n)` and what is made of it."""
    found = build.definition(index)
    return found is not None and found.fn in ("np.arange", "np.argsort", "np.nonzero")


def is_transpose(name: Atom) -> bool:
    """`x.T`, a view of `x` however it is laid out."""
    return isinstance(name, Const) and name.value in ("T", "mT")


def is_imaginary(call: Apply) -> bool:
    """`z.imag`, `np.imag(z)`."""
    if call.fn == "getattr":
        return isinstance(call.args[1], Const) and call.args[1].value == "imag"
    return call.fn == "np.imag"
