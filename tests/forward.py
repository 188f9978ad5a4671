"""Gradients by forward evaluation of the rules: no adjoint, no generated code.

The program is run with a tangent beside each value, once for every element of the
arguments. The tangent of a primitive comes from its rule, built as a small program of
its own for operands of each kind that is met, and run.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from dpc.frontend.lift import lift
from dpc.frontend.read import read
from dpc.ir.build import Builder
from dpc.ir.check import check
from dpc.ir.duals import filled, varies
from dpc.ir.evaluate import evaluate
from dpc.ir.nodes import Apply, Atom, Const, Function, Param, Slot
from dpc.ir.program import Program
from dpc.ir.tangents import Args, evaluate_with_tangents
from dpc.rules.all import LIBRARY, RULES
from dpc.rules.pushed import tangent
from dpc.signature import Symbols, fact_of, signature_key
from dpc.wrt import choose
from tests import trees


def forward_gradient(
    program: Program,
    bound: inspect.BoundArguments,
    wrt: Any = 0,
    before: Callable[[], object] | None = None,
) -> Any:
    """The gradient of a program whose result is a scalar, structured like `wrt`.

    Arguments are copied, leaf by leaf, for each run; `before` is called ahead of it.
    """
    chosen = choose(wrt, bound.signature, None)
    parts = tuple(_partial(program, bound, name, before) for name in chosen.names)
    return parts if isinstance(wrt, tuple) else parts[0]


def _partial(
    program: Program,
    bound: inspect.BoundArguments,
    name: str,
    before: Callable[[], object] | None,
) -> Any:
    def derivative(path: trees.Path, leaf: Any) -> Any:
        if not trees.is_floating(leaf):
            return None
        found = np.zeros(np.shape(leaf))
        for index in np.ndindex(found.shape):
            direction = _direction(bound.arguments[name], path, index)
            if before is not None:
                before()
            found[index] = _along(program, bound, name, direction)
        return (
            found.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else float(found)
        )

    return trees.map_leaves(bound.arguments[name], derivative)


def _along(
    program: Program, bound: inspect.BoundArguments, name: str, direction: Any
) -> float:
    """The derivative of the result as the argument `name` moves in a direction."""
    given = {key: trees.copied(value) for key, value in bound.arguments.items()}
    dots = [direction if key == name else None for key in given]
    out, out_dot = evaluate_with_tangents(
        program, tuple(given.values()), dots, of_rule, enter=entered
    )
    assert np.ndim(out) == 0, f"a scalar was expected, not {out!r}"
    return float(out_dot)


def _direction(tree: Any, path: trees.Path, index: tuple[int, ...]) -> Any:
    """1 in one element of a tree, 0 elsewhere."""

    def unit(at: trees.Path, leaf: Any) -> Any:
        if at != path:
            return None
        if not isinstance(leaf, np.ndarray):
            return 1.0
        dot = np.zeros(leaf.shape, leaf.dtype)
        dot[index] = 1.0
        return dot

    return trees.map_leaves(tree, unit)


_LIFTED: dict[Any, Program] = {}


def entered(
    callee: Any, args: Args, kwargs: dict[str, Any]
) -> tuple[Program, Args] | None:
    """The program of a user function that is only known when it is called."""
    if inspect.ismethod(callee):
        callee, args = callee.__func__, (callee.__self__, *args)
    callee = getattr(callee, "primal", callee)
    if inspect.isfunction(method := vars(type(callee)).get("__call__")):
        callee, args = method, (callee, *args)
    if not inspect.isfunction(callee):
        return None
    bound = inspect.signature(callee).bind(*args, **kwargs)
    bound.apply_defaults()
    if callee not in _LIFTED:
        _LIFTED[callee] = lift(read(callee), LIBRARY, {})
    return _LIFTED[callee], tuple(bound.arguments.values())


_TANGENTS: dict[Any, Function | None] = {}


def of_rule(call: Apply, values: Args, dots: Args, out: Any) -> Any:
    """The tangent of a primitive's result, by its rule."""
    rule = RULES.get(call.fn)
    assert rule is not None, f"{call.fn} has no rule"
    if rule.kind == "constant":
        return None
    varying = tuple(map(varies, dots))
    literals = tuple(
        repr(a.value) if isinstance(a, Const) else None for a in call.operands
    )
    keywords = tuple(name for name, _ in call.kwargs)
    kinds = signature_key(values), signature_key((out,))
    key = call.fn, literals, keywords, kinds, varying
    if key not in _TANGENTS:
        _TANGENTS[key] = _tangent_program(call, values, dots, out)
    given = [filled(dot, value) for dot, value, v in zip(dots, values, varying) if v]
    return evaluate(_TANGENTS[key], (*values, out, *given))


def _tangent_program(call: Apply, values: Args, dots: Args, out: Any) -> Function:
    """The rule as a program of operands, result, and the tangents that vary."""
    build = Builder(LIBRARY)

    def slot(name: str, value: Any) -> Slot:
        return build.slot(name, fact_of(value, Symbols(sized=False)))

    slots = [slot("x", value) for value in values]
    atoms: list[Atom] = [
        atom if isinstance(atom, Const) else new
        for atom, new in zip(call.operands, slots)
    ]
    count = len(call.args)
    named = [(name, atom) for (name, _), atom in zip(call.kwargs, atoms[count:])]
    moved = Apply(call.fn, tuple(atoms[:count]), tuple(named))
    result = slot("out", out)
    of_operand = {
        atom: slot("x_dot", filled(dot, value))
        for atom, dot, value in zip(atoms, dots, values)
        if varies(dot)
    }
    bound = RULES[call.fn].bind(moved.args, dict(moved.kwargs))
    by_name = {n: of_operand[atom] for n, atom in bound.items() if atom in of_operand}
    found = tangent(build, RULES[call.fn], moved, result, by_name)
    params = (*slots, result, *of_operand.values())
    function = Function("tangent", tuple(map(Param, params)), tuple(build.block), found)
    check(function)
    return function
