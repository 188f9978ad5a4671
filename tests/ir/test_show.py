"""The text of programs: what each statement looks like, and how slots are named."""

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    UNDEFINED,
    Apply,
    Assign,
    Carry,
    Comment,
    Const,
    Do,
    For,
    Function,
    If,
    Merge,
    Object,
    Param,
    Pullback,
    Record,
    Replay,
    Slot,
    Store,
    Update,
    While,
    With,
)
from dpc.ir.show import fact_text, numbered, show

x, y, a, b, c, d, e, f, g = (Slot(name) for name in "xyabcdefg")
ZERO, ONE, TWO = Const(0), Const(1), Const(2)


def text(*body, result=ONE):
    """The lines of the body, without header and return."""
    lines = show(Function("f", (Param(x), Param(y)), body, result)).splitlines()
    assert lines[0] == "def f(x, y):" and lines[-1].startswith("    return ")
    return "\n".join(line[4:] for line in lines[1:-1])


def value(fn, *args, **kwargs):
    return text(Assign(a, Apply(fn, args, tuple(kwargs.items())))).removeprefix("a = ")


def test_primitives():
    assert value("operator.add", x, ONE) == "x + 1"
    assert value("operator.matmul", x, y) == "x @ y"
    assert value("operator.neg", x) == "-x"
    assert value("operator.not_", x) == "not x"
    assert value("operator.is_not", x, Const(None)) == "x is not None"
    assert value("operator.contains", x, Const("k")) == "'k' in x"
    assert value("and", x, y) == "x and y"
    assert value("getattr", x, Const("T")) == "x.T"
    assert value("tuple", x) == "(x,)"
    assert value("list", x, y) == "[x, y]"
    assert value("dict", Const("k"), x) == "{'k': x}"
    assert value("np.sum", x, axis=ONE) == "np.sum(x, axis=1)"
    assert value("method.pop", x, ZERO) == "x.pop(0)"
    assert value("call", Object("my.module", ("f",)), x) == "my.module.f(x)"
    assert value("call", Object("builtins", ("len",)), x) == "len(x)"


def test_indices():
    whole = slice(None)
    assert value("getitem", x, y) == "x[y]"
    assert value("getitem", x, Const(slice(1, None))) == "x[1:]"
    assert value("getitem", x, Const(slice(None, -1, 2))) == "x[:-1:2]"
    assert value("getitem", x, Const((whole, None, 0))) == "x[:, None, 0]"
    assert value("getitem", x, Const((Ellipsis, "k"))) == "x[..., 'k']"
    assert value("getitem", x, Const((0,))) == "x[0,]"
    assert value("getitem", x, Const(())) == "x[()]"


def test_stores():
    assert text(Store("item", x, Const(slice(1, 2)), y)) == "x[1:2] = y"
    assert text(Store("attr", x, Const("rate"), y)) == "x.rate = y"
    assert text(Update("item", "add", x, y, ONE)) == "x[y] += 1"
    assert text(Update("attr", "and_", x, Const("rate"), ONE)) == "x.rate &= 1"
    assert text(Update("whole", "pow", x, Const(None), TWO)) == "x **= 2"


def test_effects_and_comments():
    shown = text(Comment("print(x)"), Do(Apply("print", (x,), (("end", Const("")),))))
    assert shown == "# print(x)\nprint(x, end='')"


def test_branch():
    then = (Assign(a, ONE),)
    shown = text(If(x, then, (), (Merge(b, a, UNDEFINED), Merge(c, a, y))))
    assert shown == "if x:\n    a = 1\nb = merge a else undefined\nc = merge a else y"
    assert text(If(x, (), then)) == "if x:\n    pass\nelse:\n    a = 1"


def test_loops():
    carries = (Carry(b, x, c, d), Carry(e, UNDEFINED, a, f))
    loop = For(a, ZERO, y, ONE, (Assign(c, b),), carries, c)
    assert text(loop).splitlines() == [
        "for a in range(0, y, 1) with b = x, e = undefined:",
        "    c = b",
        "    next b = c, e = a",
        "    leave if c",
        "d = last b",
        "f = last e",
    ]
    backward = For(a, ZERO, y, ONE, (), (), None, None, backward=True)
    assert text(backward) == "for a in reversed(range(0, y, 1)):"


def test_while():
    head, body = (Assign(a, Apply("operator.lt", (b, y))),), (Assign(c, b),)
    shown = text(While(head, a, body, (Carry(b, x, c, d),), c))
    assert shown.splitlines() == [
        "loop with b = x:",
        "    a = b < y",
        "    while a:",
        "        c = b",
        "        next b = c",
        "        leave if c",
        "d = last b",
    ]


def test_tapes():
    tape = Slot("tape")
    loop = For(a, ZERO, x, ONE, (Record(tape, (a, y)),))
    replay = Replay((b, c), tape, (), (Carry(d, x, b, e),))
    assert text(Assign(tape, Apply("list", ())), loop, replay).splitlines() == [
        "tape = []",
        "for a in range(0, x, 1):",
        "    record tape (a, y)",
        "for (b, c) in reversed(tape) with d = x:",
        "    next d = b",
        "e = last d",
    ]


def test_with_and_pullback():
    assert text(With(x, a, (Assign(b, a),))) == "with x as a:\n    b = a"
    assert text(With(x, None, ())) == "with x:\n    pass"
    pullback = Pullback(a, (b, c), (Assign(d, b),), d)
    assert text(pullback) == "def a(b, c):\n    d = b\n    return d"


def test_names_are_numbered_where_they_repeat():
    first, second, taken = Slot("a"), Slot("a"), Slot("a_1")
    names = numbered([first, second, taken, second])
    assert list(names.values()) == ["a", "a_2", "a_1"]


def test_names_count_up_in_the_order_of_the_text():
    header, following, result = (Slot("x") for _ in range(3))
    loop = For(
        a,
        ZERO,
        y,
        ONE,
        (Assign(following, header),),
        (Carry(header, x, following, result),),
    )
    assert text(loop).splitlines() == [
        "for a in range(0, y, 1) with x_1 = x:",
        "    x_2 = x_1",
        "    next x_1 = x_2",
        "x_3 = last x_1",
    ]


def test_a_slot_without_definition_is_marked():
    assert text(Assign(a, b)) == "a = b?"


def test_parameters_facts_and_functions_beside():
    params = (
        Param(x),
        Param(a, "args"),
        Param(b, "keyword", "1.0"),
        Param(c, "kwargs"),
    )
    other = Function("g", (), (), ONE)
    whole = Function("f", params, (Assign(d, x),), d, beside=(other,))
    facts = {x: F.array("f8", ("n0", None)), b: F.FLOAT, d: Fact("any")}
    assert show(whole, facts).splitlines() == [
        "def f(x, *a, b=1.0, **c):  # x: array f8 (n0, ?); b: float",
        "    d = x",
        "    return d",
        "",
        "def g():",
        "    return 1",
    ]


def test_facts_in_words():
    assert fact_text(F.ANY) == ""
    assert fact_text(F.INT) == "int"
    assert fact_text(F.array("f4", ("n0",))) == "array f4 (n0,)"
    assert fact_text(F.array()) == "array"
    assert fact_text(Fact("list", items=(F.INT,))) == "list of 1"
    assert (
        fact_text(Fact("object", fields=(("w", F.INT), ("b", F.INT))))
        == "object of w, b"
    )
