"""What is known of values that were integers and are blended: they are floats now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.nodes import Apply, Assign, Atom, Block, For, If, Slot, Store, Update, While
from dpc.ir.walk import statements
from dpc.transforms.relax.state import refused

# What made a number of an integer or of a truth value.
Cause = If | Assign | For | While


def promote(build: Builder, body: Block, promoted: Mapping[Slot, Cause]) -> None:
    """Infer anew what follows from the promoted slots.

    Raises UnsupportedError where one is used as an index or as the bound of a range.
    """
    origin = dict(promoted)
    changed = bool(origin)
    while changed:
        changed = False
        for statement in statements(body):
            changed |= _inferred(build, statement, origin)
    for statement in statements(body) if origin else ():
        for atom in _indices(statement):
            if isinstance(atom, Slot) and atom in origin:
                raise _index(origin[atom], atom)


def _inferred(build: Builder, statement: object, origin: dict[Slot, Cause]) -> bool:
    match statement:
        case Assign(target, value):
            reads = value.operands if isinstance(value, Apply) else (value,)
            cause = _first(reads, origin)
            if cause is None or target in origin:
                return False
            found = build.infer(value)
            if found == build.fact(target):
                return False
            build.facts[target] = found
            origin[target] = cause
            return True
        case If(merges=merges):
            found_any = [
                _join(build, origin, (m.then, m.orelse), (m.target,)) for m in merges
            ]
            return any(found_any)
        case For(carries=carries) | While(carries=carries):
            found_any = [
                _join(build, origin, (c.init, c.next), (c.header, c.result))
                for c in carries
            ]
            return any(found_any)
    return False


def _join(
    build: Builder,
    origin: dict[Slot, Cause],
    parts: tuple[Atom, ...],
    targets: tuple[Slot, ...],
) -> bool:
    cause = _first(parts, origin)
    if cause is None or all(t in origin for t in targets):
        return False
    for target in targets:
        build.facts[target] = F.join(*map(build.fact, parts))
        origin[target] = cause
    return True


def _first(atoms: Iterable[Atom], origin: Mapping[Slot, Cause]) -> Cause | None:
    for atom in atoms:
        if isinstance(atom, Slot) and atom in origin:
            return origin[atom]
    return None


def _indices(statement: object) -> tuple[Atom, ...]:
    match statement:
        case Assign(_, Apply("getitem", (_, index))):
            return (index,)
        case Store("item", _, index) | Update("item", _, _, index):
            return (index,)
        case For(_, start, stop, step):
            return (start, stop, step)
    return ()


def _index(cause: Cause, slot: Slot) -> Exception:
    return refused(
        cause.span,
        f"`{slot.name}` is used as an index, and a relaxed test makes it a real number",
        "write dpc.index(a, i) for a real index, or dpc.hard(test) for an exact one",
    )
