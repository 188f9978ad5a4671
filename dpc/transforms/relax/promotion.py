"""What is known of values that were integers and are blended: they are floats now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dpc.analysis.aliases import Aliases
from dpc.analysis.classes import find
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    For,
    If,
    Slot,
    Stmt,
    Store,
    Update,
    Value,
    While,
)
from dpc.ir.walk import statements
from dpc.transforms.relax.state import Cause, Held, refused


def promote(
    build: Builder,
    body: Block,
    promoted: Mapping[Slot, Cause],
    aliases: Aliases,
    held: Sequence[Held] = (),
) -> None:
    """Infer anew what follows from the promoted slots, and from what containers hold.

    Raises UnsupportedError where one is used as an index or as the bound of a range.
    """
    origin: dict[Slot, Cause | None] = dict(promoted)
    holding = list(held)
    changed = bool(origin or holding)
    while changed:
        changed = False
        for statement in statements(body):
            changed |= _inferred(build, statement, origin)
            changed |= _put(statement, origin, holding)
            changed |= _taken(build, aliases, statement, origin, holding)
    for statement in statements(body) if origin else ():
        for atom in _indices(statement):
            if isinstance(atom, Slot) and (cause := origin.get(atom)) is not None:
                raise _index(body, cause, atom)


_LOADS = frozenset("getitem getattr unpack sequence method.get method.pop".split())
_MAKERS = frozenset("list tuple dict new method.append method.insert".split())


def _put(
    statement: Stmt, origin: Mapping[Slot, Cause | None], holding: list[Held]
) -> bool:
    """A promoted number is put into a container, from which it may be taken."""
    match statement:
        case Store(_, base, _, value):
            container: Atom = base
            parts: Sequence[Atom] = (value,)
        case Assign(target, Apply(fn) as call) if fn in _MAKERS:
            made = not fn.startswith("method.")
            container = target if made else call.args[0]
            parts = call.operands
        case Do(Apply(fn, args)) if fn in _MAKERS:
            container, parts = args[0], args[1:]
        case _:
            return False
    found = [p for p in parts if isinstance(p, Slot) and p in origin]
    known = any(h.container is container and h.key is None for h in holding)
    if not found or known:
        return False
    holding.append(Held(container, None, origin[found[0]]))
    return True


def _taken(
    build: Builder,
    aliases: Aliases,
    statement: Stmt,
    origin: dict[Slot, Cause | None],
    holding: Sequence[Held],
) -> bool:
    """A load of what a container holds."""
    match statement:
        case Assign(target, Apply(fn, (base, *rest))) if fn in _LOADS:
            pass
        case _:
            return False
    if target in origin:
        return False
    for held in holding:
        if not _reaches(aliases, held, base):
            continue
        key = rest[0] if rest and fn in ("getitem", "getattr") else None
        literal = isinstance(key, Const) and held.key is not None
        if literal and key.value != held.key:  # type: ignore[union-attr]
            continue
        fact = loosened(build.fact(target))
        if fact != build.fact(target):
            build.facts[target] = fact
            origin[target] = held.cause
            return True
    return False


def _reaches(aliases: Aliases, held: Held, base: Atom) -> bool:
    """The container is the one that is read from, or holds it."""
    node, wanted = aliases.node(held.container), aliases.node(base)
    passed = set[int]()
    while node is not None and id(node) not in passed:
        if node is wanted:
            return True
        passed.add(id(node))
        deeper = held.key is None and node.element is not None
        node = find(node.element) if deeper else None  # type: ignore[arg-type]
    return False


def loosened(fact: Fact) -> Fact:
    """The same of a value of which integers may have become real numbers."""
    if fact.kind in ("int", "bool"):
        return F.SCALAR
    if fact.is_number and fact.dtype[:1] in ("i", "u", "b"):
        return replace(fact, dtype="", value=None)
    if fact.items is not None:
        return replace(fact, items=tuple(map(loosened, fact.items)))
    if fact.element is not None:
        return replace(fact, element=loosened(fact.element))
    if fact.fields is not None:
        fields = [(name, loosened(part)) for name, part in fact.fields]
        return replace(fact, fields=tuple(fields))
    return fact


def _inferred(
    build: Builder, statement: object, origin: dict[Slot, Cause | None]
) -> bool:
    match statement:
        case Assign(target, value):
            reads = value.operands if isinstance(value, Apply) else (value,)
            if target in origin or not _any(reads, origin):
                return False
            cause = _first(reads, origin)
            found = _anew(build, build.fact(target), value)
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


def _anew(build: Builder, known: Fact, value: Value) -> Fact:
    """What is known of a value now. An object stays one of its class, by whose fields
    its parts are found."""
    if not (isinstance(value, Apply) and value.fn == "new" and known.fields):
        return build.infer(value)
    names = (name for name, _ in known.fields)
    parts = {**dict(zip(names, value.args[1:], strict=False)), **dict(value.kwargs)}
    fields = [
        (name, loosened(fact) if isinstance(parts.get(name), Slot) else fact)
        for name, fact in known.fields
    ]
    return replace(known, fields=tuple(fields))


def _join(
    build: Builder,
    origin: dict[Slot, Cause | None],
    parts: tuple[Atom, ...],
    targets: tuple[Slot, ...],
) -> bool:
    if all(t in origin for t in targets) or not _any(parts, origin):
        return False
    cause = _first(parts, origin)
    for target in targets:
        build.facts[target] = F.join(*map(build.fact, parts))
        origin[target] = cause
    return True


def _any(atoms: Iterable[Atom], origin: Mapping[Slot, Cause | None]) -> bool:
    return any(isinstance(atom, Slot) and atom in origin for atom in atoms)


def _first(atoms: Iterable[Atom], origin: Mapping[Slot, Cause | None]) -> Cause | None:
    causes = (origin.get(atom) for atom in atoms if isinstance(atom, Slot))
    return next((cause for cause in causes if cause is not None), None)


def _indices(statement: object) -> tuple[Atom, ...]:
    match statement:
        case Assign(_, Apply("getitem", (_, index))):
            return (index,)
        case Store("item", _, index) | Update("item", _, _, index):
            return (index,)
        case For(_, start, stop, step):
            return (start, stop, step)
    return ()


def _index(body: Block, cause: Cause, slot: Slot) -> Exception:
    if isinstance(cause, Assign):
        return refused(
            cause.span,
            "the weight of a test is used as an index",
            "write a[dpc.soft(np.argmax(s))] to select by weight, or dpc.hard(test)",
        )
    return refused(
        cause.span,
        f"`{_spoken(body, slot)}` is used as an index, and a relaxed test makes it a"
        " real number",
        "write dpc.index(a, i) for a real index, or dpc.hard(test) for an exact one",
    )


def _spoken(body: Block, slot: Slot) -> str:
    """A value as the program calls it: by its name, or as a part of a container."""
    for statement in statements(body) if slot.temp else ():
        match statement:
            case Assign(target, Apply(fn, (Slot() as base, Const(key)))):
                if target is slot and fn == "getattr":
                    return f"{base.name}.{key}"
                if target is slot and fn == "getitem":
                    return f"{base.name}[{key!r}]"
    return slot.name
