"""What is said of the errors that generated code raises for its caller to explain."""

from __future__ import annotations

from dpc.errors import DpcError
from dpc.merges import unequal
from dpc.pipeline import Compiled
from dpc.places import (
    LateError,
    place_of_blend,
    place_of_call,
    place_of_line,
    place_of_text,
)
from dpc.refusals import ANNOTATE, RULE, Refusals
from dpc.runtime import (
    NoBlendError,
    NotAgainError,
    NotHaltedError,
    NotPairError,
    NotScalarError,
    NotSettledError,
    RefusedError,
)

FAILURES = (
    NotScalarError,
    NotPairError,
    NotHaltedError,
    NotSettledError,
    NoBlendError,
    NotAgainError,
    RefusedError,
    LateError,
)


def complaint(
    owner: Refusals, compiled: Compiled, error: Exception, generic: bool
) -> DpcError:
    """The error for the user, at the line of theirs that it is about."""
    match error:
        case LateError():
            return error.make(place_of_call(compiled, error))
        case NotScalarError():
            return owner.not_scalar(str(error))
        case NotPairError():
            return owner.not_a_pair(str(error))
        case NoBlendError():
            return owner.no_blend(str(error), place_of_blend(compiled, error))
        case NotAgainError():
            why, hint = error.args
            return owner.not_again(why, hint, place_of_line(compiled, error))
        case NotSettledError():
            return owner.not_settled(error.args[0], place_of_line(compiled, error))
        case NotHaltedError():
            what, loop = error.args
            return owner.not_halted(what, place_of_text(compiled, loop))
        case RefusedError():
            what, instead = error.what, error.instead or (ANNOTATE if generic else RULE)
            return owner.refused(what, instead, place_of_line(compiled, error))
    raise error


def of_shapes(
    owner: Refusals, compiled: Compiled, error: ValueError
) -> DpcError | None:
    """The error for arrays that NumPy does not add, if a blend has added them."""
    found = unequal(compiled, error)
    return None if found is None else owner.no_blend(*found)
