"""Loops over ranges, elements and tapes, and the ways out of them."""

import pytest

from dpc.ir.nodes import Apply, Assign, Const, Object, Slot
from dpc.runtime import sequence
from tests.backends.written import Writer, assert_body, run


def keep(write, *args):
    write.do("call", Object("closure", ("keep",)), *args)
    return ()


@pytest.mark.parametrize(
    ("bounds", "shown"),
    [
        ({"stop": 4}, "range(4)"),
        ({"start": 1, "stop": 4}, "range(1, 4)"),
        ({"start": 0, "stop": 9, "step": 2}, "range(0, 9, 2)"),
        ({"stop": 4, "backward": True}, "reversed(range(4))"),
        ({"start": 3, "stop": -1, "step": -1}, "reversed(range(4))"),
        ({"start": 4, "stop": 0, "step": -1}, "range(4, 0, -1)"),
    ],
)
def test_ranges(bounds, shown):
    write = Writer()
    write.loop(carried={}, body=lambda i: keep(write, i), **bounds)
    kept = []
    program = write.program([], None, keep=kept.append)
    assert_body(program, f"for i in {shown}:\n    closure.keep(i)")
    run(program)
    half = len(kept) // 2
    assert kept[:half] == kept[half:]
    assert kept[:half] == list(eval(shown))


def test_a_range_that_is_counted_down_from_a_variable():
    write = Writer()
    n = Slot("n")
    last = write("operator.sub", n, 1)
    write.loop(-1, {}, lambda i: keep(write, i), start=last, step=-1)
    program = write.program([n], None)
    assert_body(program, "for i in reversed(range(n)):\n    closure.keep(i)")


def test_an_index_that_nothing_reads():
    write = Writer()
    x = Slot("x")
    (last,) = write.loop(
        3, {"x": x}, lambda i, x: (write("operator.mul", x, 2, to="x"),)
    )
    program = write.program([x], last)
    assert_body(program, "for _ in range(3):\n    x = x * 2\nreturn x")


def elements(write, base, index):
    return write("getitem", base, index, to="x")


def test_elements():
    write = Writer()
    xs = Slot("xs")
    write.loop(write("len", xs), {}, lambda i: keep(write, elements(write, xs, i)))
    kept = []
    program = write.program([xs], None, keep=kept.append)
    assert_body(program, "for x in xs:\n    closure.keep(x)")
    run(program, [1, 2])
    assert kept == [1, 2] * 2


def test_elements_with_their_positions():
    write = Writer()
    xs = Slot("xs")
    write.loop(
        write("len", xs),
        {},
        lambda i: keep(write, elements(write, xs, i), i),
        index="k",
    )
    program = write.program([xs], None, keep=lambda *args: None)
    assert_body(program, "for k, x in enumerate(xs):\n    closure.keep(x, k)")
    run(program, [1, 2])


def test_elements_of_two_sequences():
    write = Writer()
    xs, ys = Slot("xs"), Slot("ys")
    shortest = write("min", write("len", xs), write("len", ys))

    def body(i):
        x = elements(write, xs, i)
        return keep(write, x, write("getitem", ys, i, to="y"))

    write.loop(shortest, {}, body)
    program = write.program([xs, ys], None, keep=lambda *args: None)
    assert_body(program, "for x, y in zip(xs, ys):\n    closure.keep(x, y)")
    run(program, [1, 2], [3])


def test_elements_from_the_end():
    write = Writer()
    xs = Slot("xs")
    last = write("operator.sub", write("len", xs), 1)
    write.loop(
        -1, {}, lambda i: keep(write, elements(write, xs, i)), start=last, step=-1
    )
    kept = []
    program = write.program([xs], None, keep=kept.append)
    assert_body(program, "for x in reversed(xs):\n    closure.keep(x)")
    run(program, [1, 2])
    assert kept == [2, 1] * 2


def test_any_iterable():
    write = Writer()
    xs = Slot("xs")
    items = write("sequence", xs)
    write.loop(
        write("len", items), {}, lambda i: keep(write, elements(write, items, i))
    )
    program = write.program([xs], None, keep=lambda *args: None)
    assert_body(program, "for x in xs:\n    closure.keep(x)")
    run(program, {"a": 1})


def test_an_iterable_that_is_needed_again_has_elements_with_positions():
    write = Writer()
    xs = Slot("xs")
    items = write("sequence", xs)
    write.loop(
        write("len", items), {}, lambda i: keep(write, elements(write, items, i))
    )
    program = write.program([xs], write("len", items), keep=lambda *args: None)
    assert_body(
        program,
        "items = sequence(xs)\nfor x in items:\n    closure.keep(x)\nreturn len(items)",
    )
    run(program, {"a": 1}, runtime={"sequence": sequence}.__getitem__)


def test_elements_are_not_read_by_the_loop_where_the_index_ends_elsewhere():
    write = Writer()
    xs = Slot("xs")
    write.loop(2, {}, lambda i: keep(write, elements(write, xs, i)))
    program = write.program([xs], None, keep=lambda *args: None)
    assert_body(program, "for i in range(2):\n    x = xs[i]\n    closure.keep(x)")


def test_elements_that_are_unpacked():
    write = Writer()
    pairs = Slot("pairs")

    def body(i):
        pair = write("unpack", write("getitem", pairs, i), 2)
        a = write("getitem", pair, 0, to="a")
        return keep(write, a, write("getitem", pair, 1, to="b"))

    write.loop(write("len", pairs), {}, body)
    program = write.program([pairs], None, keep=lambda *args: None)
    assert_body(program, "for a, b in pairs:\n    closure.keep(a, b)")
    run(program, [(1, 2), (3, 4)])


def test_unpacking():
    write = Writer()
    value = Slot("value")
    outer = write("unpack", value, 2)
    a = write("getitem", outer, 0, to="a")
    inner = write("unpack", write("getitem", outer, 1), 2)
    b, c = (write("getitem", inner, k, to=name) for k, name in enumerate("bc"))
    program = write.program([value], write("tuple", c, b, a))
    assert_body(program, "a, (b, c) = value\nreturn c, b, a")
    assert run(program, (1, (2, 3))) == (3, 2, 1)
    with pytest.raises(ValueError, match="too many"):
        run(program, (1, (2, 3), 4))


def test_unpacking_what_is_also_needed_as_a_whole():
    write = Writer()
    value = Slot("value")
    pair = write("unpack", value, 2)
    a = write("getitem", pair, 0, to="a")
    program = write.program([value], write("tuple", a, pair))
    assert_body(program, "items = a, _ = value\nreturn a, items")


def test_while():
    write = Writer()
    x = Slot("x")
    (last,) = write.repeat(
        lambda x: write("operator.lt", x, 9),
        {"x": x},
        lambda x: (write("operator.mul", x, 2, to="x"),),
    )
    program = write.program([x], last)
    assert_body(program, "while x < 9:\n    x = x * 2\nreturn x")
    assert run(program, 2) == 16


def test_while_with_a_test_of_several_lines():
    write = Writer()
    x = Slot("x")

    def test(x):
        square = write("operator.mul", x, x, to="square")
        return write("operator.lt", square, 9)

    (last,) = write.repeat(
        test, {"x": x}, lambda x: (write("operator.mul", x, 2, to="x"),)
    )
    program = write.program([x], last)
    assert_body(
        program,
        """
        while True:
            square = x * x
            if not square < 9:
                break
            x = x * 2
        return x
        """,
    )
    assert run(program, 2) == 4


def leaving(write, x, then, orelse, records=False):
    """A loop that leaves as `then` and `orelse` say."""
    tape = Slot("tape")
    if records:
        write.emit(Assign(tape, Apply("list", ())))

    def step(_, x):
        test = write("operator.lt", x, 0)

        def halve():
            return [write("operator.mul", x, 0.5, to="x"), orelse]

        new, broke = write.branch(test, lambda: [x, then], halve, ["x", "broke"])
        return (new, broke, (new,)) if records else (new, broke)

    return write.loop(5, {"x": x}, step, tape=tape if records else None, leaves=True)


def test_a_branch_that_leaves():
    write = Writer()
    x = Slot("x")
    program = write.program([x], leaving(write, x, True, False)[0])
    assert_body(
        program,
        """
        for _ in range(5):
            if x < 0:
                break
            x = x * 0.5
        return x
        """,
    )
    run(program, 3.0)
    run(program, -3.0)


def test_the_other_branch_leaves():
    write = Writer()
    x = Slot("x")
    program = write.program([x], leaving(write, x, False, True)[0])
    assert_body(
        program,
        """
        for _ in range(5):
            if not x < 0:
                x = x * 0.5
                break
        return x
        """,
    )
    run(program, 3.0)


def test_a_tape_is_written_on_every_way_out():
    write = Writer()
    x = Slot("x")
    program = write.program([x], leaving(write, x, True, False, records=True)[0])
    assert_body(
        program,
        """
        tape = []
        for _ in range(5):
            if x < 0:
                tape.append(x)
                break
            x = x * 0.5
            tape.append(x)
        return x
        """,
    )
    run(program, 3.0)


def test_a_test_at_the_end_of_an_iteration():
    write = Writer()
    x = Slot("x")

    def step(_, x):
        new = write("operator.mul", x, 0.5, to="x")
        return new, write("operator.lt", new, 1)

    (last,) = write.loop(9, {"x": x}, step, leaves=True)
    program = write.program([x], last)
    assert_body(
        program,
        """
        for _ in range(9):
            x = x * 0.5
            if x < 1:
                break
        return x
        """,
    )
    assert run(program, 3.0) == 0.75


def test_a_test_of_what_the_iteration_overwrites():
    write = Writer()
    x = Slot("x")

    def step(_, x):
        new = write("operator.mul", x, 0.5, to="x")
        return new, write("operator.lt", x, 1)

    (last,) = write.loop(9, {"x": x}, step, leaves=True)
    program = write.program([x], last)
    assert run(program, 3.0) == 0.375


def test_an_outcome_that_is_read_after_the_loop_is_kept():
    write = Writer()
    x = Slot("x")

    def step(_, x, broke):
        test = write("operator.lt", x, 0)

        def halve():
            return [write("operator.mul", x, 0.5, to="x"), False]

        new, left = write.branch(test, lambda: [x, True], halve, ["x", "broke"])
        return new, left, left

    carried = {"x": x, "broke": False}
    last, broke = write.loop(5, carried, step, leaves=True)
    program = write.program([x], write("tuple", last, broke))
    assert_body(
        program,
        """
        broke = False
        for _ in range(5):
            if x < 0:
                broke = True
                break
            x = x * 0.5
            broke = False
        return x, broke
        """,
    )
    assert run(program, -3.0) == (-3.0, True)


def test_a_loop_whose_sequence_is_rebound_inside():
    write = Writer()
    xs = Slot("xs")

    def body(i, current):
        x = elements(write, xs, i)
        keep(write, x)
        return (write("operator.add", current, (0,), to="xs"),)

    kept = []
    (last,) = write.loop(write("len", xs), {"xs": xs}, body)
    program = write.program([xs], last, keep=kept.append)
    assert run(program, (1, 2)) == (1, 2, 0, 0)
    assert kept == [1, 2] * 2


def test_the_index_may_live_on():
    write = Writer()
    n = Slot("n")
    (last,) = write.loop(n, {"i": Const(-1)}, lambda i, before: (i,))
    program = write.program([n], last)
    assert run(program, 3) == 2
    assert run(program, 0) == -1
