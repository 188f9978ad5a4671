"""Walking blocks: what is read, defined and held, and in which order."""

import pytest

from dpc.ir import walk
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Carry,
    Comment,
    Const,
    Do,
    For,
    If,
    Merge,
    Pullback,
    Record,
    Replay,
    Slot,
    Store,
    Update,
    While,
    With,
)

a, b, c, d, e, f, g, h = (Slot(name) for name in "abcdefgh")
ONE = Const(1)
NOTHING = Assign(h, ONE)

STATEMENTS = {
    "assign": Assign(a, Apply("f", (b,), (("k", c),))),
    "alias": Assign(a, b),
    "store": Store("item", a, b, c),
    "update": Update("item", "add", a, b, c),
    "do": Do(Apply("print", (a,))),
    "if": If(a, (NOTHING,), (), (Merge(b, c, UNDEFINED),)),
    "for": For(a, b, c, d, (NOTHING,), (Carry(e, f, g, h),), b),
    "while": While((NOTHING,), a, (Comment("x"),), (Carry(b, c, d, e),), f),
    "with": With(a, b, (NOTHING,)),
    "bare with": With(a, None, (NOTHING,)),
    "record": Record(a, (b, c)),
    "replay": Replay((a, b), c, (NOTHING,), (Carry(d, e, f, g),)),
    "pullback": Pullback(a, (b, c), (NOTHING,), d),
    "comment": Comment("x"),
}


def names(atoms):
    return "".join(atom.name for atom in atoms if isinstance(atom, Slot))


@pytest.mark.parametrize(
    ("kind", "operands", "inner", "targets", "bound", "blocks"),
    [
        ("assign", "bc", "", "a", "", 0),
        ("alias", "b", "", "a", "", 0),
        ("store", "abc", "", "", "", 0),
        ("update", "abc", "", "", "", 0),
        ("do", "a", "", "", "", 0),
        ("if", "a", "c", "b", "", 2),
        ("for", "bcdf", "gb", "h", "ae", 1),
        ("while", "c", "adf", "e", "b", 2),
        ("with", "a", "", "b", "", 1),
        ("bare with", "a", "", "", "", 1),
        ("record", "abc", "", "", "", 0),
        ("replay", "ce", "f", "g", "abd", 1),
        ("pullback", "", "d", "a", "bc", 1),
        ("comment", "", "", "", "", 0),
    ],
)
def test_a_statement(kind, operands, inner, targets, bound, blocks):
    statement = STATEMENTS[kind]
    assert names(walk.operands(statement)) == operands
    assert names(walk.inner(statement)) == inner
    assert names(walk.targets(statement)) == targets
    assert names(walk.bound(statement)) == bound
    assert len(walk.blocks(statement)) == blocks


def test_statements_come_outer_before_inner():
    first, second, third = (Do(Apply("print", ())) for _ in range(3))
    inside = If(a, (first,), (second,))
    outer = With(a, None, (inside,))
    found = list(walk.statements((outer, third)))
    assert found == [outer, inside, first, second, third]


def test_reads_are_counted_each_time():
    block = (Assign(b, Apply("operator.mul", (a, a))), If(b, (), (), (Merge(c, a, b),)))
    assert names(walk.reads(block)) == "aabab"
    assert names(walk.definitions(block)) == "bc"


def test_free_slots_are_read_but_not_defined():
    body = (Assign(c, Apply("operator.mul", (a, b))),)
    loop = For(d, ONE, e, ONE, body, (Carry(b, f, c, g),))
    assert names(walk.free((loop,), g, h, ONE)) == "efah"
    assert walk.free(()) == ()
