"""What is computed again where the backward sweep needs it, and not put on a tape.

An index, a shape, a part of an array that nobody writes, one operation on scalars: as
cheap as a place on a tape, and nearer to what a person writes.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot, Stmt
from dpc.transforms.scopes import Scope
from dpc.transforms.state import State

DEEPEST = 8  # operations one upon the other that are still looked at

_SCALAR_WORK = frozenset(
    f"operator.{name}"
    for name in (
        "add sub mul truediv pow neg pos lt le gt ge eq ne floordiv mod not_".split()
    )
)
# They make memory like that of their operand, which is the same kind of zeros.
_LIKE = frozenset(
    "np.zeros_like np.empty_like np.ones_like np.copy method.copy".split()
)


def trivial(state: State, slot: Slot) -> Apply | None:
    """How a slot is computed, if that may be done again."""
    statement = state.primal.get(slot)
    if statement is None or not isinstance(statement.value, Apply):
        return None
    if slot not in state.shadow_slots and state.aliases.written(slot):
        return None  # made once, then written
    call = statement.value
    base: Atom = call.args[0] if call.args else Const(None)
    if base in state.shadow_slots and not state.is_array(base):
        return None  # another cell stands there by then, or has gathered something
    operands = [state.build.fact(atom) for atom in call.operands]
    if call.fn in _SCALAR_WORK and all(fact.is_scalar for fact in operands):
        return call
    if call.fn == "getitem":
        # A part of an array or list, if nobody writes to it; of a shadow always.
        fixed = base in state.shadow_slots or not state.aliases.rewritten(
            base, statement
        )
        return call if fixed and operands[0].kind != "any" else None
    if call.fn in ("tuple", "slice") or state.library[call.fn].trivial:
        return call if _unchanged(state, call, statement) else None
    return None


def alike(state: State, call: Apply) -> Apply | None:
    """The same zeros after the model of what they are modelled after."""
    (model, *rest), kwargs = call.args, call.kwargs
    if call.fn != "np.zeros_like" or rest or kwargs or not isinstance(model, Slot):
        return None
    match state.primal.get(model):
        case Assign(_, Apply(fn, (Slot() as inner,), ())) if fn in _LIKE:
            return Apply("np.zeros_like", (inner,)) if state.is_array(inner) else None
    return None


def _unchanged(state: State, call: Apply, statement: Stmt) -> bool:
    """The operands are what they were: an array's shape does not change, the length of
    a list does."""
    metadata = call.fn in ("getattr", "len", "np.shape", "np.size", "np.ndim")
    shapes = state.library[call.fn].shape_only
    return all(
        (state.is_array(atom) and (metadata or position in shapes))
        or not state.aliases.rewritten(atom, statement)
        for position, atom in enumerate(call.operands)
    )


def lasting(state: State, inside: Scope, slot: Slot) -> dict[Slot, Apply] | None:
    """How a slot of a branch in a loop comes from what outlives the iteration.

    That is what is there before the loop, and its index. The result has the slots of
    the branch itself that are on the way.
    """
    near: list[Scope] = [inside]
    while near[-1].kind != "loop":
        outer = near[-1].parent
        if outer is None:
            return None
        near.append(outer)
    found: dict[Slot, Apply] = {}

    def lasts(atom: Atom, depth: int) -> bool:
        home = state.homes.get(atom) if isinstance(atom, Slot) else None
        if not isinstance(atom, Slot) or home not in near or atom is near[-1].index:
            return True
        call = trivial(state, atom) if depth < DEEPEST else None
        if call is None or not all(lasts(a, depth + 1) for a in call.operands):
            return False
        if home is inside:
            found[atom] = call
        return True

    return found if lasts(slot, 0) else None


def make_again(
    state: State,
    slot: Slot,
    calls: Mapping[Slot, Apply],
    replace: dict[Slot, Atom],
    head: list[Stmt],
) -> None:
    """Compute a slot anew, with those of its operands that have `calls` as well."""
    if slot in replace or slot not in calls:
        return
    call = calls[slot]
    for atom in call.operands:
        if isinstance(atom, Slot):
            make_again(state, atom, calls, replace, head)
    made = Slot(slot.name, temp=slot.temp)
    state.build.facts[made] = state.build.fact(slot)
    args = tuple([_now(atom, replace) for atom in call.args])
    kwargs = tuple([(k, _now(atom, replace)) for k, atom in call.kwargs])
    head.append(Assign(made, Apply(call.fn, args, kwargs)))
    replace[slot] = made


def _now(atom: Atom, replace: Mapping[Slot, Atom]) -> Atom:
    return replace.get(atom, atom) if isinstance(atom, Slot) else atom
