"""A whole Jacobian by one forward sweep over a batch of tangents.

The tangents are the rows of the identity, so that the batch is as long as the argument
has elements; what does not vary is computed once:

    x_dot = np.eye(len(x))
    y = np.sin(x[0]) * w
    y_dot = (np.cos(x[0]) * x_dot[:, 0])[:, None] * w
    return y_dot.T
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dpc.analysis.aliases import find_aliases
from dpc.errors import Diagnostic, InternalError
from dpc.ir import facts as F
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Const, Param, Slot
from dpc.ir.program import Program
from dpc.ir.rebuild import with_body
from dpc.rules import sizes
from dpc.rules.batching.batch import NoBatch
from dpc.rules.batching.rows import Value, fact_over
from dpc.rules.ruleset import Rule
from dpc.rules.trace import Traced
from dpc.transforms.batching.batch import LIMIT
from dpc.transforms.batching.elements import Elements
from dpc.transforms.batching.lifetimes import outliving
from dpc.transforms.batching.state import State
from dpc.transforms.batching.write import Writer
from dpc.transforms.outputs import Request


def forward_jacobian(
    program: Program, request: Request, rules: Mapping[str, Rule], library: Library
) -> Program:
    """The program of the Jacobian, given that of the value and tangent."""
    aliases = find_aliases(program.function, program.facts, library)
    late = outliving(program.function, aliases, library)
    held = Elements(program.function, program.facts, aliases, library)
    demanded: set[Slot] = set()
    size = _size(program, request)
    generic = any(
        program.facts.get(p.slot, F.ANY).kind == "any" for p in program.function.params
    )
    for _ in range(LIMIT):
        state = State(
            program, aliases, library, rules, size, demanded, late, held, generic
        )
        try:
            found = _written(state, request)
        except NoBatch as why:
            raise state.complaint(why) from None
        if not state.grown:
            return found
    raise InternalError(
        Diagnostic("what differs from row to row has no end", "", program.function.span)
    )


def _given(program: Program, request: Request) -> tuple[list[Param], list[Param]]:
    """The parameters of the primal that vary, and their tangents."""
    params = program.function.params
    count = len(params) - len(request.wrt)
    by_name = {p.slot.name: p for p in params[:count]}
    return [by_name[name] for name in request.wrt], list(params[count:])


def _size(program: Program, request: Request) -> F.Dim:
    """What facts call the number of elements of the argument."""
    varying, _ = _given(program, request)
    fact = program.facts.get(varying[0].slot, F.ANY)
    alone = len(varying) == 1 and fact.is_array
    return sizes.product(fact.shape) if alone and fact.shape else None


def _written(state: State, request: Request) -> Program:
    program, function = state.program, state.program.function
    state.build.span = function.span
    varying, dots = _given(program, request)
    params = function.params[: len(function.params) - len(dots)]
    for param in params:
        fact = program.facts.get(param.slot, F.ANY)
        state.values[param.slot] = Value(param.slot, False, fact)
        state.build.facts[param.slot] = fact
    _seed(state, [p.slot for p in varying], [p.slot for p in dots])
    Writer(state).block(function.body)
    pair = state.batch.items(state.value(function.result))
    assert pair is not None
    out, dot = pair
    points = [state.values[p.slot] for p in varying]
    result = _result(state, out, dot, points, request.single)
    made = with_body(function, tuple(state.build.block), result)
    made = replace(made, params=params)
    return replace(program, function=made, facts=state.build.facts, outcomes={})


def _seed(state: State, points: list[Slot], dots: list[Slot]) -> None:
    """The rows of the identity as tangents."""
    build, batch = state.build, state.batch
    point, fact = points[0], state.program.facts.get(points[0], F.ANY)
    if len(points) == 1 and fact.is_scalar:
        state.values[dots[0]] = Value(Const(1.0), False, F.FLOAT)
        return
    if len(points) == 1 and fact.is_array and fact.rank is not None:
        name = "len" if fact.rank == 1 else "size"
        count = Apply("len", (point,))
        if name == "size":
            count = Apply("getattr", (point, Const("size")))
        _counted(state, count)
        rest = {} if fact.dtype == "f8" else {"dtype": Traced(build, point).dtype}
        seed = batch.apply("np.eye", batch.count, **rest)
        if fact.rank != 1:
            shape = build.apply("getattr", point, Const("shape"))
            front = build.apply("tuple", batch.count)
            seed = batch.apply(
                "np.reshape", seed, build.apply("operator.add", front, shape)
            )
        _named(state, dots[0], seed.atom, fact)
        return
    whole = build.apply("tuple", *points)
    _counted(state, Apply("dpc.count_elements", (whole,)))
    seeds = build.apply("dpc.unit_rows", whole)
    for place, (one, dot) in enumerate(zip(points, dots, strict=True)):
        part = build.apply("getitem", seeds, Const(place))
        _named(state, dot, part, state.program.facts.get(one, F.ANY))


def _named(state: State, dot: Slot, seed: Atom, fact: F.Fact) -> None:
    made = Slot(dot.name)
    state.build.facts[made] = fact_over(fact, True, state.batch.size)
    last = state.build.block.pop()
    assert isinstance(last, Assign) and last.target is seed
    state.build.assign(made, last.value)
    state.values[dot] = Value(made, True, fact)


def _counted(state: State, call: Apply) -> None:
    count = state.batch.count
    state.build.facts[count] = replace(F.INT, value=state.batch.size)
    state.build.definitions[count] = call
    state.build.emit(Assign(count, call))


def _result(
    state: State, out: Value, dot: Value, points: list[Value], single: bool
) -> Atom:
    """The tangents of all rows, in the shape of the result and of the arguments."""
    build = state.build
    point = points[0].fact
    if len(points) == 1 and point.is_scalar and out.fact.is_number:
        return dot.atom if single else build.apply("tuple", dot.atom)
    arrays = len(points) == 1 and out.fact.is_array and point.is_array
    if arrays and dot.rows is True and out.rank is not None:
        if out.rank == 1:
            found = build.apply("getattr", dot.atom, Const("T"))
        else:
            found = build.apply("np.moveaxis", dot.atom, Const(0), Const(-1))
        if point.rank != 1:
            sides = [
                build.apply("getattr", a, Const("shape"))
                for a in (out.atom, points[0].atom)
            ]
            whole = build.apply("operator.add", *sides)
            found = build.apply("np.reshape", found, whole)
        return found if single else build.apply("tuple", found)
    given = build.apply("tuple", *(p.atom for p in points))
    rows = state.batch.count
    if not (len(points) == 1 and point.is_scalar):
        found = build.apply("dpc.jacobian_along", out.atom, dot.atom, given, rows)
        return build.apply("getitem", found, Const(0)) if single else found
    return dot.atom if single else build.apply("tuple", dot.atom)
