"""One primitive over a batch: its declaration, its steps, or a loop over the rows."""

from __future__ import annotations

from collections.abc import Callable

from dpc.analysis.sharing import joins
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import LATE_CALLS
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, For, Slot, Stmt, Update
from dpc.rules.adjoints import AUGMENTED
from dpc.rules.batching import all as declared
from dpc.rules.batching.batch import NoBatch, Unranked
from dpc.rules.batching.registry import fits
from dpc.rules.batching.rows import Value, fact_over, varies
from dpc.rules.composed import RankUnknown
from dpc.rules.ruleset import Refused
from dpc.rules.trace import Traced, atom_of
from dpc.transforms.batching import loads
from dpc.transforms.batching.draws import draw, is_draw
from dpc.transforms.batching.effects import EFFECTS, effect
from dpc.transforms.batching.state import State, differs

Statement = Callable[[Stmt], None]
# What they say of a value is the same for a whole batch.
_IDENTITY = frozenset(
    "operator.is_ operator.is_not type id callable np.result_type np.iscomplexobj "
    "np.isrealobj".split()
)
_AUGMENTED = frozenset(f"dpc.i{op}" for op in AUGMENTED)
# Adjoints of which only the number of axes is known, that of an operand.
_SHAPED_LIKE = {
    "dpc.undiff": 0,
    "dpc.unpair": 0,
    "dpc.unsort": 1,
    "dpc.scatter": 1,
    "dpc.scatter_along_axis": 1,
}
# They select as many elements as their arguments say.
_SIZED = frozenset(
    "np.nonzero np.flatnonzero np.argwhere np.unique np.compress np.extract "
    "np.trim_zeros np.isin".split()
)
# Whether these return a view depends on how their operand is laid out in memory.
LAID_OUT = frozenset(
    "np.reshape np.ravel np.ascontiguousarray np.asfortranarray".split()
)


def applied(state: State, call: Apply, target: Slot | None, write: Statement) -> Value:
    """The result of a primitive."""
    values = [state.value(atom) for atom in call.operands]
    fact = _fact(state, call, values)
    try:
        return _applied(state, call, values, target, fact, write)
    except NoBatch as why:
        raise state.complaint(why, call) from None


def _fact(state: State, call: Apply, values: list[Value]) -> Fact:
    """What is known of a row of the result."""
    count = len(call.args)
    args = tuple(v.fact for v in values[:count])
    names = (name for name, _ in call.kwargs)
    kwargs = dict(zip(names, (v.fact for v in values[count:]), strict=True))
    if call.fn in ("dpc.zeros", "dpc.shadow", "dpc.gradient", "dpc.copy_tree"):
        return _like(args[-1], call.fn)
    if call.fn in _SHAPED_LIKE:
        like = args[_SHAPED_LIKE[call.fn]]
        shape = None if like.shape is None else (None,) * len(like.shape)
        return F.array(like.dtype, shape) if like.is_array else ANY
    fact = state.library.infer(call.fn, args, kwargs)
    loads = ("getitem", "getattr", "method.pop", "dpc.take_last")
    if fact.kind == "any" and call.fn in loads and not args[0].is_number:
        return state.elements.of(call.args[0])
    if call.fn == "dpc.take_last":
        return state.library.infer("getitem", args, {})
    return fact


def _like(fact: Fact, fn: str) -> Fact:
    """An adjoint under construction is a list for a tuple."""
    if fn in ("dpc.gradient", "dpc.copy_tree"):
        return fact
    if fact.is_scalar:
        return F.FLOAT
    items = fact.items and tuple(_like(item, fn) for item in fact.items)
    fields = fact.fields and tuple((k, _like(f, fn)) for k, f in fact.fields)
    element = fact.element and _like(fact.element, fn)
    kind = "list" if fact.kind == "tuple" else fact.kind
    return Fact(kind, fact.dtype, fact.shape, items, element, fields)


def _applied(
    state: State,
    call: Apply,
    values: list[Value],
    target: Slot | None,
    fact: Fact,
    write: Statement,
) -> Value:
    match call.fn:
        case "getitem":
            if loads.is_any_part(values[0], values[1]):
                state.uniform(call.args[0])
            return loads.item(state, values[0], values[1], fact)
        case "getattr":
            name = values[1].literal
            assert isinstance(name, str)
            return loads.attribute(state, values[0], name, fact)
        case "tuple" | "list" | "dict" | "new":
            temp = target is not None and target.temp and bool(values)
            fixed = temp and target is not None and not state.aliases.written(target)
            if call.fn == "new" and target is not None:
                fact = state.known(target, fact)
            return loads.container(state, call, values, fixed, fact)
        case "unpack":
            return loads.unpacked(state, call, values[0], fact)
        case "sequence":
            made = state.build.apply("sequence", values[0].atom)
            return Value(made, values[0].rows, values[0].fact)
        case "builtins.list" | "builtins.tuple":
            return loads.listed(state, call, values, fact)
        case "slice":
            made = state.build.apply("slice", *(v.atom for v in values))
            return Value(made, any(map(differs, values)), fact)
        case "len":
            return loads.length(state, values[0])
        case "np.shape" if values[0].fact.is_number and differs(values[0]):
            return loads.shape_of(state, values[0], fact)
        case "dpc.attempt" if state.mask or differs(values[0]):
            # What fails in a row that does not take a branch is not finite there.
            return Value(Const(True), False, F.of_constant(True))
        case "dpc.ignoring" if state.mask or differs(values[0]):
            made = state.build.apply("np.errstate", all=Const("ignore"))
            return Value(made, False, fact)
        case "np.ndim" | "dpc.rank_of" if differs(values[0]):
            return Value(Const(state.batch.rank(values[0])), False, fact)
        case "np.size" if len(values) == 1 and differs(values[0]):
            return Value(loads.size_of(state, values[0]), False, fact)
    if is_draw(state, call, values):
        return draw(state, call, values, fact)
    if call.fn.startswith("dpc.i") and call.fn in _AUGMENTED:
        return in_place(state, call, values, fact, write)
    if call.fn in EFFECTS:
        return effect(state, call, values, fact)
    return _computed(state, call, values, fact, write)


def in_place(
    state: State, call: Apply, values: list[Value], fact: Fact, write: Statement
) -> Value:
    """`x op= y` of what may be an array: a number of a row is not written."""
    base = values[0]
    op = call.fn.removeprefix("dpc.i")
    if base.fact.is_scalar:
        plain = Apply(f"operator.{op}", call.args)
        return _applied(state, plain, values, None, fact, write)
    if not base.fact.is_array:
        raise Unranked("whether an augmented assignment writes an array is not known")
    update = Update("whole", op, call.args[0], Const(None), call.args[1])
    write(update)
    return state.value(call.args[0])


def _computed(
    state: State, call: Apply, values: list[Value], fact: Fact, write: Statement
) -> Value:
    atoms = [v.atom for v in values]
    copied = _over(call, atoms)
    if call.fn in _IDENTITY:
        return Value(state.build.computed(copied), False, fact)
    keys = call.fn == "operator.contains" and values[0].fact.kind == "dict"
    if keys and not differs(values[1]):
        return Value(state.build.computed(copied), False, fact)
    if joins(_facts(call, values), call):
        return loads.joined(state, call, values, fact)
    if not any(map(differs, values)):
        if state.library[call.fn].effect == "world" and state.mask:
            raise NoBatch(
                f"{_shown(call)} happens for some rows and not for others", certain=True
            )
        return Value(state.build.computed(copied), False, fact)
    if call.fn in _SIZED:
        raise NoBatch(
            f"{call.fn} gives a different number of elements in each row",
            "weigh all elements: np.where(test, x, 0.0)",
        )
    if call.fn in LATE_CALLS:
        raise NoBatch(
            f"{_shown(call)} is called when the program runs, so that it cannot be run"
            " over a batch",
            "define it above the function that calls it; recursion has to become a"
            " loop",
        )
    return _declared(state, call, values, fact, write)


def _facts(call: Apply, values: list[Value]) -> dict[Slot, Fact]:
    pairs = zip(call.operands, values, strict=True)
    return {atom: value.fact for atom, value in pairs if isinstance(atom, Slot)}


def _shown(call: Apply) -> str:
    return "a function" if call.fn in LATE_CALLS else f"`{call.fn}`"


def _over(call: Apply, atoms: list[Atom]) -> Apply:
    count = len(call.args)
    names = (name for name, _ in call.kwargs)
    kwargs = tuple(zip(names, atoms[count:], strict=True))
    return Apply(call.fn, tuple(atoms[:count]), kwargs)


def _declared(
    state: State, call: Apply, values: list[Value], fact: Fact, write: Statement
) -> Value:
    """By its declaration, or else by its steps, or else row by row."""
    count = len(call.args)
    names = (name for name, _ in call.kwargs)
    args = tuple(values[:count])
    kwargs = dict(zip(names, values[count:], strict=True))
    body = declared.DECLARED.get(call.fn)
    mark, why = len(state.build.block), None
    state.batch.call, state.batch.fact = call, fact
    if body is not None and fits(body, args, kwargs):
        try:
            found = body(state.batch, *args, **kwargs)
            if isinstance(found, Value):
                return found
            made = atom_of(state.build, found)
            _require_view(state, call, values, made)
            return Value(made, True, fact)
        except Unranked:
            raise
        except NoBatch as refusal:
            if refusal.certain:
                raise
            why = refusal
            del state.build.block[mark:]
    rule = state.rules.get(call.fn)
    composed = rule is not None and rule.kind == "composed" and rule.like is not None
    if composed and call.fn not in state.within:
        state.within.add(call.fn)
        try:
            return _steps(state, call, values, write)
        except (Refused, RankUnknown):
            del state.build.block[mark:]
        finally:
            state.within.discard(call.fn)
    return _row_by_row(state, call, values, fact, why)


def _require_view(state: State, call: Apply, values: list[Value], made: Atom) -> None:
    """What is written through a view of a row is not to end in a copy of the batch."""
    if call.fn in LAID_OUT and state.aliases.written(call.args[0]):
        check = Apply("dpc.require_view", (made, values[0].atom))
        state.build.emit(Do(check, state.build.span))


def _steps(state: State, call: Apply, values: list[Value], write: Statement) -> Value:
    """A function that is declared as array code runs over a batch as that code does."""
    rule = state.rules[call.fn]
    assert rule.like is not None
    build = Builder(state.library)
    operands: list[object] = []
    for value in values:
        if isinstance(value.atom, Const):
            operands.append(value.atom.value)
            continue
        slot = build.slot("x", value.fact, temp=True)
        state.values[slot] = value
        operands.append(Traced(build, slot))
    count = len(call.args)
    names = (name for name, _ in call.kwargs)
    kwargs = dict(zip(names, operands[count:], strict=True))
    bound = rule.bind(tuple(operands[:count]), kwargs)
    result = atom_of(build, rule.call(rule.like, (), bound))
    for statement in build.block:
        write(statement)
    return state.value(result)


def _row_by_row(
    state: State, call: Apply, values: list[Value], fact: Fact, why: NoBatch | None
) -> Value:
    """A loop over the rows, for what NumPy has no other form for."""
    primitive = state.library[call.fn]
    plain = primitive.effect in ("", "reads") and primitive.memory != "element"
    if not plain or call.fn not in state.library or fact.kind in ("str", "other"):
        raise why or NoBatch(f"`{call.fn}` cannot run over a batch")
    if primitive.memory != "fresh" and any(map(state.aliases.written, call.args)):
        raise NoBatch(
            f"`{call.fn}` returns memory of its operand, which is written",
            "write what it is made of, or copy it first",
        )
    build, batch = state.build, state.batch
    made = build.assign(Slot("each", False), Apply("list", ()))
    index = build.slot("row", F.INT)
    with build.region() as body:
        atoms = [_row(state, value, index) for value in values]
        one = build.computed(_over(call, atoms))
        build.emit(Do(Apply("method.append", (made, one)), build.span))
    bounds = (Const(0), batch.count, Const(1))
    build.emit(For(index, *bounds, tuple(body), span=build.span))
    number = fact.is_number
    found = build.apply("np.array" if number else "dpc.stack_rows", made)
    assert isinstance(found, Slot)
    build.facts[found] = fact_over(fact, True, batch.size)
    return Value(found, True, fact)


def _row(state: State, value: Value, index: Slot) -> Atom:
    """The value in one row."""
    if not differs(value):
        return value.atom
    if value.fact.is_number:
        return state.build.apply("getitem", value.atom, index)
    if value.rows is True:
        return state.build.apply("dpc.row_of", value.atom, index)
    items = state.batch.items(value)
    if items is None or not value.is_sequence:
        raise NoBatch("a container of which some parts differ from row to row")
    parts = [_row(state, part, index) for part in items]
    return state.build.apply(value.fact.kind, *parts)


def varying(values: list[Value]) -> bool:
    """Whether any of the values differs from row to row."""
    return any(varies(value.rows) for value in values)


__all__ = ["Assign", "applied"]
