"""What a line evaluates first must not depend on how much of it was nested."""

import pytest

import dpc
from tests import differences


def power_chain(x: float):
    """The adjoint of the append takes the last cell; that of the load adds to one."""
    values = [x]
    for _ in range(3):
        values.append(values[-1] ** 2)
    return values[-1]


def last_item_of_a_dict(x: float):
    values = {"a": x}
    stack = [x * 2]
    values["a"] = stack.pop() * values["a"]
    stack.append(values["a"] * x)
    return stack[-1] * values["a"]


@pytest.mark.parametrize("program", [power_chain, last_item_of_a_dict])
@pytest.mark.parametrize("variant", ["generic", "special"])
def test_an_item_is_read_after_the_call_that_changes_its_list(program, variant):
    derived = dpc.grad(program, branches="hard")
    call = derived.generic if variant == "generic" else derived
    step = 1e-6
    expected = (program(0.7 + step) - program(0.7 - step)) / (2 * step)
    differences.assert_close(call(0.7), expected)
