"""What loops mean in a relaxed program.

Every iteration begins with the weight that has not left; the test of a soft `while`
lets a part of it go with the state as it is there, and so does every `break`. What
`continue` leaves meets what comes to the end of the body. The state of the path stays
what it is; what follows the loop goes on with the mean over all that left it.
"""

import ast
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.relax.meaning_of_jumps import BREAK, CONTINUE, FALL
from tests.relax.meaning_of_memory import World, certain
from tests.relax.meaning_of_values import declared

if TYPE_CHECKING:
    from tests.relax.meaning import Ends, Interpreter

# A loop with less weight left is not followed any further.
SPENT = 1e-6
ENDED = "ended"


def looped(way: "Interpreter", node: ast.For | ast.While, world: World) -> "Ends":
    """All ways in which a loop is left."""
    if isinstance(node, ast.For) and declared(node.iter)[0] == "range":
        return learned(way, node, world)
    items = f"<items of {node.lineno}>"
    if isinstance(node, ast.For):
        found = way.value(node.iter, world)
        # A list that is written in the loop is looked up again every time.
        kept = isinstance(found, list | np.ndarray | range | tuple)
        world[items] = found if kept else list(found)
    ends: Ends = {}
    left, count = 1.0, 0
    while left:
        is_last = way.soft_loops and left < SPENT
        if isinstance(node, ast.For):
            more = certain(count < len(world[items]))
        elif way.soft_loops:
            more = way.test(node.test, world)
            is_last |= count >= way.max_steps
        else:
            more = certain(way.exact(node.test, world))
        if is_last:
            more = certain(False)
        gone = way.copied(world) if more.p and more.q else world
        way.add(ends, ENDED, left * more.q, gone)
        left *= more.p
        if not left:
            break
        if isinstance(node, ast.For):
            way.bind(node.target, world[items][count], world)
        count += 1
        left, world = iteration(way, node.body, left, world, ends)
    return after(way, node, ends)


def iteration(
    way: "Interpreter", body: list[ast.stmt], left: float, world: World, ends: "Ends"
) -> tuple[float, World]:
    """The weight that goes on after an iteration, and its state."""
    new = way.block(body, world)
    around: Ends = {}
    for kind, (mass, end) in new.items():
        if kind in (FALL, CONTINUE):
            way.add(around, FALL, left * mass, end)
        else:
            way.add(ends, kind, left * mass, end)
    return around.get(FALL, (0.0, world))


def after(way: "Interpreter", node: ast.For | ast.While, ends: "Ends") -> "Ends":
    """The `else` of a loop, which is for the weight that did not break."""
    out = {kind: end for kind, end in ends.items() if kind not in (ENDED, BREAK)}
    if ENDED in ends:
        mass, world = ends[ENDED]
        for kind, (weight, end) in way.block(node.orelse, world).items():
            way.add(out, kind, mass * weight, end)
    if BREAK in ends:
        way.add(out, FALL, *ends[BREAK])
    return out


def learned(way: "Interpreter", node: ast.For, world: World) -> "Ends":
    """`for k in dpc.range(n)`: the mean of the two whole lengths around `n`."""
    n = max(0.0, float(way.value(declared(node.iter)[1][0], world)))
    whole = math.floor(n)
    state: Any = 1.0, world
    for count in range(whole):
        way.bind(node.target, count, world)
        state = way.block(node.body, state[1])[FALL]
    if n == whole:
        return {FALL: state}
    more = way.copied(state[1])
    way.bind(node.target, whole, more)
    longer = way.block(node.body, more)[FALL][1]
    return {FALL: way.meet((whole + 1 - n, state[1]), (n - whole, longer))}
