"""What decides whether a loop goes on, and whether that may be relaxed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Const,
    Do,
    For,
    If,
    Slot,
    Stmt,
    While,
)
from dpc.ir.walk import statements
from dpc.transforms.relax.gates import COMPARISONS
from dpc.transforms.relax.state import IN_PLACE, Relaxation, until_called

CONNECTIVES = ("and", "or", "operator.not_")
EQUALITIES = ("operator.eq", "operator.ne")


def exits(loop: For | While) -> list[Atom]:
    """The atoms that decide whether a loop goes on."""
    found: list[Atom] = [] if loop.leave is None else [loop.leave]
    if isinstance(loop.leave, Const):
        # It is left in its first step: only its flags tell how.
        found += [carry.next for carry in loop.carries if _is_false(carry.init)]
    return [*found, loop.test] if isinstance(loop, While) else found


def _is_false(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is False


def carries_of(block: Block) -> dict[Slot, Carry]:
    """The carries of all loops, by header and by result."""
    found: dict[Slot, Carry] = {}
    for statement in statements(block):
        if isinstance(statement, For | While):
            for carry in statement.carries:
                found[carry.header] = found[carry.result] = carry
    return found


def closure(
    atoms: Iterable[Atom],
    definitions: Mapping[Slot, Stmt],
    carries: Mapping[Slot, Carry],
) -> frozenset[Slot]:
    """The truth values that some are made of, round loops and through branches."""
    found: set[Slot] = set()
    pending = list(atoms)
    while pending:
        atom = pending.pop()
        if not isinstance(atom, Slot) or atom in found:
            continue
        found.add(atom)
        if atom in carries:
            pending += (carries[atom].init, carries[atom].next)
            continue
        match definitions.get(atom):
            case Assign(_, Apply(fn, args)) if fn in CONNECTIVES:
                pending += args
            case Assign(_, Slot() as same):
                pending.append(same)
            case If(test, _, _, merges):
                merge = next(m for m in merges if m.target is atom)
                pending += (test, merge.then, merge.orelse)
    return frozenset(found)


def kept_hard(loop: For | While, library: Library) -> str | None:
    """Why a loop runs as it is written although its test varies."""
    for statement in statements(loop.body):
        call = statement.value if isinstance(statement, Assign | Do) else None
        if not isinstance(call, Apply) or call.fn in ("raise", "assert"):
            continue
        if call.fn in IN_PLACE:
            raise until_called(loop)
        if library[call.fn].effect in ("world", "writes"):
            return f"it calls {call.fn}, which has effects"
    return None


def is_endless(loop: For | While) -> bool:
    """`while True`."""
    return (
        isinstance(loop, While)
        and isinstance(loop.test, Const)
        and loop.test.value is True
    )


def is_relaxed_test(relax: Relaxation, slot: Slot) -> bool:
    """A comparison that varies, or a test that is declared to be soft."""
    call = relax.build.definitions.get(slot)
    if not isinstance(call, Apply) or slot in relax.settled:
        return False
    if call.fn in COMPARISONS:
        return any(map(relax.is_varied, call.args))
    return call.fn in ("dpc.soft", "dpc.prob")


def about_weights(relax: Relaxation) -> frozenset[Slot]:
    """The tests of weights themselves, which a soft loop is made of: they are exact."""
    found = set()
    for slot, value in relax.build.definitions.items():
        if isinstance(value, Apply) and value.fn in COMPARISONS:
            made = relax.build.definition(value.args[0])
            if made is not None and made.fn == "dpc.bare":
                found.add(slot)
    return frozenset(found)


def is_truth(relax: Relaxation, atom: Atom) -> bool:
    """A truth value of Python or of NumPy, by what is known of it or how it is made."""
    pending, seen = [atom], set[Slot]()
    while pending:
        atom = pending.pop()
        fact = relax.build.fact(atom)
        if fact.kind == "bool" or (fact.is_scalar and fact.dtype == "b1"):
            continue
        if not isinstance(atom, Slot):
            return False
        if atom in seen:
            continue
        seen.add(atom)
        if atom in relax.carries:
            pending += (relax.carries[atom].init, relax.carries[atom].next)
            continue
        match relax.definitions.get(atom):
            case Assign(_, Apply(fn, args)) if fn in CONNECTIVES:
                pending += args
            case Assign(_, Apply(fn)) if fn in COMPARISONS or fn in EQUALITIES:
                pass
            case Assign(_, Slot() as same):
                pending.append(same)
            case If(merges=merges):
                merge = next(m for m in merges if m.target is atom)
                pending += (merge.then, merge.orelse)
            case _:
                return False
    return True
