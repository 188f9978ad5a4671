"""Variables outside the function are read once, before anything else is done.

before                                  after
`for t in range(n):`                    `STEP = model.STEP`
    `x = x + model.STEP * v`            `for t in range(n):`
    `v = v + model.STEP * f(x)`             `x = x + STEP * v`
                                            `v = v + STEP * f(x)`

So no sweep has to keep them, and a pullback uses what the forward sweep has used. Only
data, and only where nothing in the function can bind these names anew: code that is not
seen, a store to what may be a module or its dictionary.
"""

from __future__ import annotations

from dataclasses import replace

from dpc.ir.build import Facts
from dpc.ir.facts import ANY, NUMBERS, of_constant
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    Object,
    Slot,
    Stmt,
    Store,
    Update,
    With,
)
from dpc.ir.program import Program
from dpc.ir.rebuild import map_blocks, substitute_function, with_body
from dpc.ir.walk import statements

# What these do to the world binds no name.
_HARMLESS = ("print", "raise", "assert", "dpc.", "np.random.")
# These write arrays and lists, which hold no names.
_OF_LISTS = frozenset(
    f"method.{n}" for n in "append extend insert sort reverse".split()
)
_NO_SCOPES = NUMBERS | {"list", "tuple", "object"}
_NO_NAMES = NUMBERS | {"tuple", "slice", "none"}

Place = tuple[str, tuple[str, ...]]


def outside(program: Program, library: Library) -> Program:
    """The program that reads the data around it at its beginning."""
    body, facts = program.function.body, program.facts
    data = {(d.scope, d.path) for d in program.dependencies if d.fact is not None}
    first: dict[Place, Assign] = {}
    instead: dict[Slot, Slot] = {}
    gone: set[Stmt] = set()
    for statement in statements(body):
        match statement:
            case Assign(target, Object(scope, path)) if (scope, path) in data:
                kept = first.setdefault((scope, path), statement)
                instead[target] = kept.target
                gone.add(statement)
    inner = any(len(path) > 1 for _, path in first)
    if not first or any(_may_bind(s, facts, library, inner) for s in statements(body)):
        return program

    def without(block: Block) -> Block:
        return tuple([map_blocks(s, without) for s in block if s not in gone])

    function = with_body(program.function, (*first.values(), *without(body)))
    others = {old: new for old, new in instead.items() if old is not new}
    return replace(program, function=substitute_function(function, others))


def _may_bind(statement: Stmt, facts: Facts, library: Library, inner: bool) -> bool:
    """A name outside may mean something else after the statement.

    inner: one that is looked up in an object, which a store to its attribute changes.
    """
    match statement:
        case With():
            return True
        case Store("attr", base) | Update("attr", _, base):
            return inner or _kind(base, facts) != "object"
        case Store(_, base, index) | Update(_, _, base, index):
            named = _kind(index, facts) not in _NO_NAMES
            return named and _kind(base, facts) not in _NO_SCOPES
        case Assign(_, Apply(fn, args)) | Do(Apply(fn, args)):
            effect = library[fn].effect
            if effect == "world":
                draws = fn in library and fn.startswith("method.")
                return not (draws or fn.startswith(_HARMLESS))
            if effect != "writes" or fn in _OF_LISTS or fn.startswith(("dpc.", "np.")):
                return False
            return _kind(args[0], facts) not in _NO_SCOPES
    return False


def _kind(atom: Atom, facts: Facts) -> str:
    if isinstance(atom, Const):
        return of_constant(atom.value).kind
    return facts.get(atom, ANY).kind if isinstance(atom, Slot) else ""
