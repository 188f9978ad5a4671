"""What is written inside the expression that uses it, and what has to stay."""

import pytest

from dpc.backends.python import emit
from dpc.ir import facts as F
from dpc.ir.library import Library
from dpc.ir.nodes import Comment, Const, Object, Slot, Store, Update
from tests.backends.written import Writer, assert_body, body_of, known, run


def test_temporaries_of_single_use_nest():
    write = Writer()
    z = Slot("z")
    exp = write("np.exp", write("operator.neg", z))
    p = write("operator.truediv", 1, write("operator.add", 1, exp), to="p")
    assert_body(write.program([z], p), "p = 1 / (1 + np.exp(-z))\nreturn p")


def test_what_is_used_twice_has_a_name_that_says_what_it_is():
    write = Writer()
    x = Slot("x")
    tanh = write("np.tanh", x)
    assert_body(
        write.program([x], write("operator.mul", tanh, tanh)),
        "tanh_x = np.tanh(x)\nreturn tanh_x * tanh_x",
    )


def test_variables_of_the_user_stay_statements():
    write = Writer()
    x = Slot("x")
    y = write("np.tanh", x, to="y")
    assert_body(write.program([x], y), "y = np.tanh(x)\nreturn y")


def test_reading_memory_does_not_move_past_a_write():
    write = Writer()
    a = Slot("a")
    old = write("getitem", a, 0)
    write.emit(Store("item", a, Const(0), Const(5.0)))
    program = write.program([a], write("operator.add", old, 1))
    assert_body(program, "item = a[0]\na[0] = 5.0\nreturn item + 1")
    assert run(program, [2.0]) == 3.0


def test_arithmetic_of_numbers_moves_past_a_write():
    write = Writer()
    a, x = Slot("a"), known(write, "x", F.FLOAT)
    twice = write("operator.mul", 2, x)
    write.emit(Store("item", a, Const(0), Const(5.0)))
    assert_body(write.program([a, x], twice), "a[0] = 5.0\nreturn 2 * x")


def test_arithmetic_of_arrays_does_not_move_past_a_write():
    write = Writer()
    a = known(write, "a", F.array())
    twice = write("operator.mul", 2, a)
    write.emit(Update("whole", "mul", a, Const(None), Const(3.0)))
    assert_body(write.program([a], twice), "product = 2 * a\na *= 3.0\nreturn product")


def logged():
    log = []

    def call(value):
        log.append(value)
        return value

    return log, call


def test_calls_keep_their_order():
    write = Writer()
    x = Slot("x")
    first, second = write.call("f", x), write.call("f", 2.0)
    log, f = logged()
    program = write.program([x], write("operator.sub", second, first), f=f)
    assert_body(
        program,
        "f_value = closure.f(x)\nreturn closure.f(2.0) - f_value",
    )
    run(program, 1.0)
    assert log == [1.0, 2.0, 1.0, 2.0]


def test_calls_in_the_order_of_evaluation_nest():
    write = Writer()
    x = Slot("x")
    first, second = write.call("f", x), write.call("f", 2.0)
    program = write.program([x], write("operator.sub", first, second))
    assert_body(program, "return closure.f(x) - closure.f(2.0)")


def test_what_is_stored_is_evaluated_before_its_place():
    write = Writer()
    a = Slot("a")
    place, value = write.call("place"), write.call("value")
    write.emit(Store("item", a, place, value))
    program = write.program([a], None)
    assert_body(
        program, "place_value = closure.place()\na[place_value] = closure.value()"
    )


def test_an_item_is_evaluated_before_the_container_it_is_sought_in():
    write = Writer()
    item, container = write.call("item"), write.call("container")
    found = write("operator.contains", container, item)
    assert_body(
        write.program([], found), "return closure.item() in closure.container()"
    )


def test_a_read_does_not_move_past_a_call():
    write = Writer()
    a = Slot("a")
    item = write("getitem", a, 0)
    called = write.call("f", a)
    program = write.program([a], write("operator.add", called, item))
    assert_body(program, "item = a[0]\nreturn closure.f(a) + item")


def test_globals_are_read_where_the_program_reads_them():
    write = Writer()
    rate = Slot("rate")
    write.assign(rate, Object("closure", ("rate",)))
    write.call("f", to="y")
    assert_body(
        write.program([], rate), "rate = closure.rate\ny = closure.f()\nreturn rate"
    )


def test_conditional_expressions():
    write = Writer()
    x = Slot("x")
    test = write("operator.lt", x, 0)
    (chosen,) = write.branch(
        test, lambda: [write("operator.neg", x)], lambda: [x], ["t"], temp=True
    )
    program = write.program([x], write("operator.mul", 2, chosen))
    assert_body(program, "return 2 * (-x if x < 0 else x)")
    assert run(program, -2.0) == 4.0


def test_a_conditional_expression_that_cannot_nest_is_assigned():
    write = Writer()
    a = known(write, "a", F.array())
    test = write("operator.lt", write("getitem", a, 0), 0)
    (chosen,) = write.branch(test, lambda: [1.0], lambda: [2.0], ["t"], temp=True)
    write.emit(Store("item", a, Const(0), Const(5.0)))
    program = write.program([a], write("operator.mul", chosen, 2))
    assert_body(program, "t = 1.0 if a[0] < 0 else 2.0\na[0] = 5.0\nreturn t * 2")


@pytest.mark.parametrize(("word", "ends"), [("and", (1, 0)), ("or", (0, 1))])
def test_and_or(word, ends):
    write = Writer()
    x = Slot("x")
    left = write("operator.lt", x, 0)
    inside, right = write.inside(lambda: write("operator.gt", x, -5))
    pair = (left, right)
    from dpc.ir.nodes import If, Merge

    both = Slot("t", temp=True)
    arms = (inside, ()) if word == "and" else ((), inside)
    write.emit(If(left, *arms, (Merge(both, pair[ends[0]], pair[ends[1]]),)))
    program = write.program([x], write("operator.not_", both))
    assert_body(program, f"return not (x < 0 {word} x > -5)")
    run(program, -2.0)


def test_chained_comparisons():
    write = Writer()
    x, y = Slot("x"), Slot("y")
    first, second = write("operator.lt", 0, x), write("operator.lt", x, y)
    assert_body(write.program([x, y], write("and", first, second)), "return 0 < x < y")


def test_negations_are_written_as_python_has_them():
    write = Writer()
    x, y = Slot("x"), Slot("y")
    absent = write("operator.not_", write("operator.contains", y, x))
    other = write("operator.not_", write("operator.is_", x, None))
    less = write("operator.not_", write("operator.lt", x, y))
    assert_body(
        write.program([x, y], write("tuple", absent, other, less)),
        "return x not in y, x is not None, not x < y",
    )


def test_adjoints_nest_up_to_the_width_of_a_line():
    write = Writer()
    names = [Slot(f"some_variable_{k}") for k in range(8)]
    write.emit(Comment("y = f(x)"))
    total = names[0]
    for name in names[1:]:
        total = write("operator.add", total, write("np.tanh", name))
    lines = assert_lines(write.program(names, total))
    assert len(lines) > 2


def test_what_nothing_writes_is_read_where_it_is_used():
    write = Writer()
    x, y, x_bar = Slot("x"), Slot("y"), Slot("x_bar")
    write.emit(Comment("z = x[0] + x[1] * y"))
    first = write("getitem", x, 0)
    write.facts[first] = F.FLOAT
    item = write("getitem", x, 1)
    product = write("operator.mul", item, y)
    write.emit(Update("item", "add", x_bar, Const(0), first))
    write.emit(Update("item", "add", x_bar, Const(1), product))
    program = write.program([x, y, x_bar], first)
    changing = body_of(program)
    assert changing.splitlines()[1:3] == ["item = x[0]", "product = x[1] * y"]
    text = emit(program, Library(), {x, y, item, product}).text
    assert text.endswith(
        "    x_bar[0] += x[0]\n    x_bar[1] += x[1] * y\n    return x[0]\n"
    )


def test_a_negative_adjoint_is_subtracted():
    write = Writer()
    x, x_bar, g = Slot("x"), Slot("x_bar"), Slot("g")
    write.emit(Update("item", "add", x, Const(1), write("operator.neg", g)))
    write.emit(Comment("y = -x[0]"))
    write.emit(Update("item", "add", x_bar, Const(0), write("operator.neg", g)))
    assert_body(
        write.program([x, x_bar, g], x_bar),
        """\
        x[1] += -g

        # y = -x[0]
        x_bar[0] -= g
        return x_bar""",
    )


def test_the_users_own_expressions_nest_whatever_their_length():
    write = Writer()
    names = [Slot(f"some_variable_{k}") for k in range(8)]
    total = names[0]
    for name in names[1:]:
        total = write("operator.add", total, write("np.tanh", name))
    lines = assert_lines(write.program(names, total))
    assert lines[0] == "return ("


def assert_lines(program):
    from tests.backends.written import body_of

    lines = body_of(program).split("\n")
    assert all(len(line) <= 84 for line in lines)
    return lines


def test_an_index_is_written_between_its_brackets():
    write = Writer()
    a, i, n = Slot("a"), Slot("i"), Slot("n")
    part = write("slice", i, write("operator.add", i, n), None)
    index = write("tuple", part, 0)
    first = write("getitem", a, index)
    second = write("getitem", a, write("slice", None, None, -1))
    third = write("getitem", a, (slice(1, -1, None), Ellipsis, None))
    assert_body(
        write.program([a, i, n], write("tuple", first, second, third)),
        "return a[i : i + n, 0], a[::-1], a[1:-1, ..., None]",
    )


def test_a_slice_that_is_no_index_is_called():
    write = Writer()
    i = Slot("i")
    part = write("slice", i, None, None)
    assert_body(write.program([i], part), "return slice(i, None)")


def test_what_was_one_statement_of_the_user_stays_one():
    from dpc.source import Source, Span

    write = Writer()
    a, b = Slot("a"), Slot("b")
    span = Span(Source.of_text("f.py", "a, b = b, a"), 1, 0, 1, 11)
    from dpc.ir.nodes import Assign

    one, other = Slot("a"), Slot("b")
    write.emit(Assign(one, b, span))
    write.emit(Assign(other, a, span))
    program = write.program([a, b], write("tuple", one, other))
    assert_body(program, "a, b = b, a\nreturn a, b")
    assert run(program, 1, 2) == (2, 1)


def test_the_beginnings_of_adjoints_stand_in_one_line():
    write = Writer()
    x = Slot("x")
    write.emit(Comment("y = x"))
    x_bar = write("np.zeros_like", x, to="x_bar")
    y_bar = write.let("y_bar", 1.0)
    assert_body(
        write.program([x], write("tuple", x_bar, y_bar)),
        """
        # y = x
        x_bar, y_bar = np.zeros_like(x), 1.0
        return x_bar, y_bar
        """,
    )


def test_a_value_is_computed_in_the_forward_half():
    write = Writer()
    x = Slot("x")
    value = write("np.sum", x)
    write.emit(Comment("return np.sum(x)"))
    x_bar = write("np.ones_like", x, to="x_bar")
    assert_body(
        write.program([x], write("tuple", value, x_bar)),
        """
        value = np.sum(x)

        # return np.sum(x)
        x_bar = np.ones_like(x)
        return value, x_bar
        """,
    )


def test_what_nothing_needs_is_not_written():
    write = Writer()
    x = Slot("x")
    write("operator.add", x, 1)
    write.call("f", x)
    assert_body(write.program([x], x), "f_value = closure.f(x)\nreturn x")
