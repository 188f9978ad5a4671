"""Rebuilding blocks: the same objects where nothing changes, new ones where it does."""

import pytest

from dpc.ir import rebuild, walk
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Carry,
    Const,
    For,
    Function,
    If,
    Merge,
    Param,
    Record,
    Slot,
    With,
)
from tests.ir.test_walk import NOTHING, STATEMENTS, names

a, b, c, d, e, f, g = (Slot(name) for name in "abcdefg")
ONE, TWO = Const(1), Const(2)


def same(atom):
    return atom


@pytest.mark.parametrize("kind", STATEMENTS)
def test_what_does_not_change_is_the_same_object(kind):
    statement = STATEMENTS[kind]
    assert rebuild.map_statement(statement, same, lambda block: block) is statement
    block = (statement,)
    assert rebuild.substitute(block, {}) is block
    assert rebuild.flat_map(block, lambda s: [s]) is block


@pytest.mark.parametrize("kind", sorted(set(STATEMENTS) - {"comment"}))
def test_every_atom_read_is_mapped_and_no_target(kind):
    statement = STATEMENTS[kind]
    new = {}

    def primed(atom):
        if isinstance(atom, Slot):
            return new.setdefault(atom, Slot(atom.name + "'"))
        return atom

    mapped = rebuild.map_statement(statement, primed, lambda block: block)
    assert type(mapped) is type(statement) and mapped is not statement
    for find in (walk.operands, walk.inner):
        was = [slot for slot in find(statement) if isinstance(slot, Slot)]
        now = [slot for slot in find(mapped) if isinstance(slot, Slot)]
        assert now == [new[slot] for slot in was]
    assert walk.targets(mapped) == walk.targets(statement)
    assert walk.bound(mapped) == walk.bound(statement)


@pytest.mark.parametrize(
    "kind", [kind for kind, s in STATEMENTS.items() if walk.blocks(s)]
)
def test_blocks_are_mapped(kind):
    mapped = rebuild.map_statement(STATEMENTS[kind], same, lambda b: (NOTHING, *b))
    for new, old in zip(walk.blocks(mapped), walk.blocks(STATEMENTS[kind])):
        assert new == (NOTHING, *old)


def test_substitute_reaches_inner_atoms_at_any_depth():
    inside = If(a, (Assign(b, a),), (), (Merge(c, b, a),))
    loop = For(d, ONE, a, ONE, (inside,), (Carry(e, a, c, f),), a)
    (new,) = rebuild.substitute((loop,), {a: TWO})
    assert new.stop is new.carries[0].init is new.leave is TWO
    (branch,) = new.body
    assert branch.test is branch.then[0].value is branch.merges[0].orelse is TWO
    assert new.carries[0].next is c


def test_flat_map_drops_and_adds():
    one, two = Assign(a, ONE), Assign(b, TWO)
    assert rebuild.flat_map((one, two), lambda s: [] if s is one else [s, s]) == (
        two,
        two,
    )


def test_substitute_function():
    function = Function("f", (Param(a),), (Assign(b, a),), a)
    new = rebuild.substitute_function(function, {a: c})
    assert new.body[0].value is c and new.result is c
    assert rebuild.substitute_function(function, {}) is function


def test_renewed_defines_its_own_slots():
    body = (
        Assign(b, Apply("operator.add", (a, d))),
        With(a, c, (Assign(g, c), Record(e, (g,)))),
    )
    loop = For(d, ONE, a, ONE, body, (Carry(e, UNDEFINED, b, f),))
    replace = {a: TWO}
    (new,) = rebuild.renewed((loop,), replace)
    old, fresh = set(walk.definitions((loop,))), set(walk.definitions((new,)))
    assert not old & fresh and len(old) == len(fresh)
    assert new.stop is TWO and new.body[1].context is TWO
    assert walk.free((new,)) == ()
    assert replace[f] is new.carries[0].result and replace[f].name == "f"
    assert names(walk.definitions((new,))) == names(walk.definitions((loop,)))


def test_a_tape_must_stay_a_slot():
    with pytest.raises(AssertionError, match="tape"):
        rebuild.substitute((Record(a, ()),), {a: ONE})
