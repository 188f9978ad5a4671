"""The backward sweep reuses what has been computed.

before                                      after
`p = 1 / (1 + np.exp(-z))`                  `t = np.exp(-z); p = 1 / (1 + t)`
`z_bar = p_bar * p * p * np.exp(-z)`        `z_bar = p_bar * p * p * t`

Only adjoint code is changed: a value it computes is taken from the forward sweep, or
from earlier adjoint code, where that is in scope. Indexing and arithmetic on scalars
are left as they are; a name for them would be longer than they are.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from functools import partial

from dpc.analysis.aliases import find_aliases
from dpc.analysis.fresh import LIKE
from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Function,
    Object,
    Slot,
    Stmt,
    Undefined,
)
from dpc.ir.rebuild import map_atoms, map_statement, unless_same, with_body
from dpc.ir.walk import statements

_LIGHT = frozenset(
    "getitem getattr tuple list dict slice sequence unpack call vjp np.copy "
    "dpc.copy_tree dpc.gradient dpc.tangent".split()
)
Key = tuple[object, ...]


@dataclass
class _Share:
    facts: Facts
    library: Library
    written: set[Slot]
    own: Set[Slot] | None = None
    rename: dict[Slot, Atom] = field(default_factory=dict)

    def atom(self, atom: Atom) -> Atom:
        while isinstance(atom, Slot) and atom in self.rename:
            atom = self.rename[atom]
        return atom

    def key(self, target: Slot, call: Apply) -> Key | None:
        """What makes two computations the same; None for what is not to be shared."""
        primitive = self.library[call.fn]
        if (
            call.fn in _LIGHT
            or primitive.effect not in ("", "reads")
            or primitive.trivial
        ):
            return None
        if target in self.written or primitive.memory == "holds":
            return None
        fact = self.facts.get(target, ANY)
        if not fact.is_number:
            return None
        if fact.is_scalar and call.fn.startswith("operator."):
            return None
        for position, atom in enumerate(call.operands):
            if atom in self.written and (position or call.fn not in LIKE):
                return None
        return _key(call)

    def block(self, block: Block, known: dict[Key, Slot], adjoint: bool) -> Block:
        known = dict(known)
        kept: list[Stmt] = []
        for statement in block:
            adjoint = adjoint or isinstance(statement, Comment)
            if isinstance(statement, Assign) and isinstance(statement.value, Apply):
                if self.own is not None:
                    adjoint = statement.target not in self.own
                value = map_atoms(statement.value, self.atom)
                assert isinstance(value, Apply)
                key = self.key(statement.target, value)
                if key is not None and adjoint and key in known:
                    found = known[key]
                    if statement.target.temp:
                        self.rename[statement.target] = found
                        continue
                    kept.append(Assign(statement.target, found, statement.span))
                    continue
                if key is not None:
                    known.setdefault(key, statement.target)
                if value is not statement.value:
                    statement = Assign(statement.target, value, statement.span)
                kept.append(statement)
                continue
            inside = partial(self.block, known=known, adjoint=adjoint)
            kept.append(map_statement(statement, self.atom, inside))
        return unless_same(kept, block)


def _repeats(function: Function) -> bool:
    """Some call stands twice in the function: there may be something to share."""
    seen: set[Key] = set()
    for statement in statements(function.body):
        call = statement.value if isinstance(statement, Assign) else None
        if isinstance(call, Apply) and call.fn not in _LIGHT:
            key = _key(call)
            if key in seen:
                return True
            seen.add(key)
    return False


def _key(call: Apply) -> Key:
    operands = map(_identity, call.operands)
    return (call.fn, *operands, *(name for name, _ in call.kwargs))


def _identity(atom: Atom) -> object:
    match atom:
        case Const(value):
            return (type(value).__name__, repr(value))
        case Object(scope, path):
            return (scope, path)
        case Slot() | Undefined():
            return id(atom)


def share(
    function: Function,
    facts: Facts,
    library: Library,
    own: Set[Slot] | None = None,
) -> Function:
    """The function with repeated work of its adjoint done once.

    own: what is to stay: the user's variables, where tangents stand beside them, and
      results. Else what follows the first comment is the adjoint.
    """
    if not _repeats(function):
        return function
    aliases = find_aliases(function, facts, library)
    written = {slot for slot in aliases.nodes if aliases.written(slot)}
    shared = _Share(facts, library, written, own)
    body = shared.block(function.body, {}, False)
    return with_body(function, body, shared.atom(function.result))
