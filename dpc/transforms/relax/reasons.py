"""Which branches are relaxed and why others are not, in the words of the report."""

from __future__ import annotations

from dpc.ir.nodes import Apply, Assign, Block, Do, If, Slot
from dpc.ir.walk import statements
from dpc.transforms.relax.places import made_in
from dpc.transforms.relax.state import IN_PLACE, Relaxation, refused, until_called


def relaxed_text(relax: Relaxation, statement: If, before: set[Slot]) -> str:
    blended = [m.target for m in statement.merges if m.target in relax.used]
    names = ", ".join(dict.fromkeys(s.name for s in blended if not s.temp))
    text = f"the test is relaxed, and blends {names or 'its values'}"
    numbers = [s for s, cause in relax.promoted.items() if cause.span is statement.span]
    real = ", ".join(dict.fromkeys(s.name for s in numbers if s not in before))
    return f"{text}; no integer after it: {real}" if real else text


def hard_text(relax: Relaxation, statement: If) -> str:
    call = relax.definition(statement.test)
    why = "it is not a comparison by <, <=, >, >="
    if call is not None and call.fn in ("operator.eq", "operator.ne"):
        why = "an equality is relaxed only in dpc.soft(...)"
    elif call is not None and call.fn == "dpc.hard":
        why = "dpc.hard says so"
    elif statement.test in relax.exits:
        why = "it decides whether a loop goes on"
    return f"the test stays hard: {why}"


def refuse_truth(relax: Relaxation, statement: If) -> None:
    """The truth of a number is a test against zero, which has to be said."""
    test = statement.test
    kind = relax.build.fact(test).kind
    if kind in ("float", "scalar") and relax.activity.is_varied(test):
        name = test.name if isinstance(test, Slot) and not test.temp else "x"
        raise refused(
            statement.span,
            f"the truth of a differentiated number, `if {name}:`, cannot be relaxed",
            f"write `{name} > 0`, `{name} != 0`, or dpc.prob({name}) for a weight",
        )


def kept_exact(relax: Relaxation, statement: If) -> str | None:
    """Why an `if` stays hard although its test varies."""
    decides = relax.exits | relax.deciders
    if statement.test in relax.exits or any(
        m.target in decides for m in statement.merges
    ):
        return "it decides whether a loop goes on"
    for block in (statement.then, statement.orelse):
        if _raises(block):
            return "a branch raises"
        own = made_in(block)
        for nested in statements(block):
            call = nested.value if isinstance(nested, Assign | Do) else None
            if isinstance(call, Apply):
                if call.fn in IN_PLACE:
                    raise until_called(statement)
                if call.fn == "call" and relax.is_recursive(call):
                    raise refused(
                        statement.span,
                        "a relaxed test decides how deep a recursion goes",
                        "write dpc.hard(test), or a loop with a bound",
                    )
                effect = relax.build.library[call.fn].effect
                if effect == "writes" and own(call.args[0]):
                    continue
                if effect in ("world", "writes"):
                    return _effect(call)
    return None


def _effect(call: Apply) -> str:
    """What a branch does that has no weight."""
    if call.fn.startswith("method.") and isinstance(call.args[0], Slot):
        what = call.fn.removeprefix("method.")
        return f"a branch changes `{call.args[0].name}` by {what}, and it outlives it"
    if call.fn in ("raise", "assert"):
        return f"a branch may {call.fn}"
    if call.fn.startswith("np.random."):
        return "a branch draws random numbers"
    if call.fn == "print":
        return "a branch prints"
    return f"a branch calls {call.fn}, which has effects"


def _raises(block: Block) -> bool:
    """Every path raises."""
    match block[-1] if block else None:
        case Do(Apply("raise" | "assert")):
            return True
        case If(_, then, orelse):
            return _raises(then) and _raises(orelse)
    return False
