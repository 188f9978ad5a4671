"""Who shares a name, and what those are called that do not."""

import pytest

from dpc.backends.parallel import in_sequence
from dpc.ir.nodes import UNDEFINED, Apply, Assign, Slot
from tests.backends.programs import Generator, arguments
from tests.backends.written import Writer, assert_body, run


def test_a_variable_that_moves_on_keeps_its_name():
    write = Writer()
    x = Slot("x")
    y = write("math.sin", x, to="x")
    z = write("math.sin", y, to="x")
    assert_body(
        write.program([x], z),
        """
        x = math.sin(x)
        x = math.sin(x)
        return x
        """,
    )


def test_what_is_needed_later_keeps_its_name_and_the_new_value_is_numbered():
    write = Writer()
    x = Slot("x")
    y = write("math.sin", x, to="x")
    program = write.program([x], write("operator.mul", x, y))
    assert_body(
        program,
        """
        x_1 = math.sin(x)
        return x * x_1
        """,
    )
    run(program, 0.5)


def test_the_value_of_the_iteration_before_is_kept_once():
    write = Writer()
    x = Slot("x")

    def step(_, x):
        new = write("math.sin", x, to="x")
        return (write("operator.sub", new, x, to="x"),)

    (last,) = write.loop(3, {"x": x}, step)
    program = write.program([x], last)
    assert_body(
        program,
        """
        for _ in range(3):
            x_1 = math.sin(x)
            x = x_1 - x
        return x
        """,
    )
    run(program, 0.5)


def test_the_value_of_the_iteration_before_has_a_second_name_where_it_is_read_late():
    write = Writer()
    x = Slot("x")

    def step(_, total, x):
        new = write("math.sin", x, to="x")
        cosine = write("math.cos", new, to="c")
        product = write("operator.mul", cosine, x)
        return write("operator.add", total, product, to="total"), new

    total, _ = write.loop(3, {"total": 0.0, "x": x}, step)
    program = write.program([x], total)
    assert_body(
        program,
        """
        total = 0.0
        for _ in range(3):
            x_prev = x
            x = math.sin(x_prev)
            c = math.cos(x)
            total = total + c * x_prev
        return total
        """,
    )
    run(program, 0.5)


def test_a_tape_that_needs_only_the_old_value_is_written_first():
    write = Writer()
    x, tape = Slot("x"), Slot("tape")
    write.emit(Assign(tape, Apply("list", ())))

    def step(_, x):
        return write("math.sin", x, to="x"), (x,)

    (last,) = write.loop(3, {"x": x}, step, tape=tape)
    assert_body(
        write.program([x], last),
        """
        tape = []
        for _ in range(3):
            tape.append(x)
            x = math.sin(x)
        return x
        """,
    )


def test_the_value_before_a_loop_has_a_second_name_where_it_is_read_after_it():
    write = Writer()
    x = Slot("x")
    (last,) = write.loop(3, {"x": x}, lambda _, x: (write("math.sin", x, to="x"),))
    program = write.program([x], write("operator.mul", last, x))
    assert_body(
        program,
        """
        x_init = x
        for _ in range(3):
            x = math.sin(x)
        return x * x_init
        """,
    )
    run(program, 0.5)


def test_values_that_trade_places():
    write = Writer()
    a, b = Slot("a"), Slot("b")
    last = write.loop(3, {"a": a, "b": b}, lambda _, a, b: (b, a))
    program = write.program([a, b], write("tuple", *last))
    assert_body(
        program,
        """
        for _ in range(3):
            a, b = b, a
        return a, b
        """,
    )
    assert run(program, 1.0, 2.0) == (2.0, 1.0)


def test_values_that_move_up():
    write = Writer()
    a, b = Slot("a"), Slot("b")

    def step(_, a, b):
        return b, write("operator.add", a, b, to="b")

    program = write.program([a, b], write.loop(5, {"a": a, "b": b}, step)[0])
    assert run(program, 0, 1) == 5


@pytest.mark.parametrize(
    ("copies", "order"),
    [
        ([("a", {"b"}), ("b", {"c"})], [[0], [1]]),
        ([("a", {"b"}), ("c", {"a"})], [[1], [0]]),
        ([("a", {"b"}), ("b", {"a"})], [[0, 1]]),
        ([("a", {"a"})], [[0]]),
        ([("a", {"b"}), ("b", {"a"}), ("c", {"a"})], [[2], [0, 1]]),
    ],
)
def test_copies_are_read_before_they_are_overwritten(copies, order):
    assert in_sequence(copies) == order


def test_branches_that_leave_a_variable_as_it_is_say_nothing():
    write = Writer()
    x, y = Slot("x"), Slot("y")
    test = write("operator.lt", x, 0)

    def negative():
        return [write("operator.neg", x, to="x")]

    (x_2,) = write.branch(test, negative, lambda: [x], ["x"])
    assert_body(
        write.program([x, y], write("operator.add", x_2, y)),
        """
        if x < 0:
            x = -x
        return x + y
        """,
    )


def test_names_of_the_user_are_not_taken_by_others():
    write = Writer()
    x, x_1 = Slot("x"), Slot("x_1")
    y = write("math.sin", x, to="x")
    program = write.program([x, x_1], write("tuple", x, y, x_1))
    assert_body(
        program,
        """
        x_2 = math.sin(x)
        return x, x_2, x_1
        """,
    )
    run(program, 1.0, 2.0)


def test_a_variable_gives_way_to_the_modules_that_are_used():
    write = Writer()
    x = Slot("x")
    math = write("operator.add", x, 1, to="math")
    program = write.program([x], write("math.sin", math))
    assert_body(
        program,
        """
        math_1 = x + 1
        return math.sin(math_1)
        """,
    )
    run(program, 1.0)


def test_modules_and_builtins_give_way_to_parameters():
    write = Writer()
    np, len_ = Slot("np"), Slot("len")
    size = write("len", len_)
    program = write.program([np, len_], write("np.add", np, size))
    assert_body(program, "return np_1.add(np, builtins.len(len))")
    run(program, 1.0, [2, 3])


def test_no_variable_has_the_name_of_a_keyword():
    write = Writer()
    x = Slot("x")
    y = write("operator.add", x, 1, to="lambda")
    program = write.program([x], y)
    assert_body(program, "lambda_1 = x + 1\nreturn lambda_1")
    run(program, 1.0)


def test_outcomes_that_structure_invents_are_identifiers():
    write = Writer()
    x = Slot("x")
    y = write("operator.add", x, 1, to="$skip1")
    assert_body(write.program([x], y), "skip1 = x + 1\nreturn skip1")


def test_what_no_path_has_assigned_is_none_on_a_tape():
    write = Writer()
    x, tape = Slot("x"), Slot("tape")
    write.emit(Assign(tape, Apply("list", ())))

    def step(_, x):
        test = write("operator.lt", x, 0)
        (y,) = write.branch(
            test, lambda: [UNDEFINED], lambda: [write("math.sin", x, to="y")], ["y"]
        )
        return write("operator.sub", x, 1, to="x"), (y,)

    (last,) = write.loop(3, {"x": x}, step, tape=tape)
    program = write.program([x], last)
    assert_body(
        program,
        """
        tape = []
        for _ in range(3):
            if x < 0:
                y = None
            else:
                y = math.sin(x)
            tape.append(y)
            x = x - 1
        return x
        """,
    )
    run(program, 1.0)


@pytest.mark.parametrize("seed", range(60))
def test_random_programs_run_as_they_are_meant(seed):
    generator = Generator(seed)
    program = generator.program()
    generator.check(program, arguments(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 2000, 20))
def test_many_random_programs_run_as_they_are_meant(seed):
    for number in range(seed, seed + 20):
        generator = Generator(number)
        generator.check(generator.program(), arguments(number))
