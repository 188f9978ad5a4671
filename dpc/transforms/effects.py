"""Functions of which nothing is known must not get memory that is differentiated.

What a function of a library does to a list, dict or array it is given cannot be seen:
it may write it, as `heapq.heappush` does. Without a rule it is refused, also where its
result carries no derivative.
"""

from __future__ import annotations

from dpc.errors import Diagnostic, NoRuleError, UnsupportedError
from dpc.ir.library import LATE_CALLS
from dpc.ir.nodes import Apply, Assign, Atom, Const, Stmt, With
from dpc.source import call_in
from dpc.transforms.report import Judged

# Known, and known to write what they are given.
_WRITERS = frozenset(("np.random.shuffle", "method.shuffle", "np.put_along_axis"))
# They take elements of what they are given at random; other draws are constants.
_PICKS = frozenset(
    "np.random.choice np.random.permutation method.choice method.permutation "
    "method.permuted".split()
)
_IMMUTABLE = frozenset(
    "float int bool complex scalar str none function module slice range".split()
)
_CONTAINERS = frozenset("array list dict number tuple".split())


def refuse_effects(state: Judged, statement: Stmt) -> None:
    """Raise NoRuleError or UnsupportedError for what may write unseen."""
    if isinstance(statement, With) and state.activity.is_varied(statement.context):
        raise _context(statement)
    call = getattr(statement, "value", None)
    if not isinstance(call, Apply):
        return
    if call.fn == "call":
        _special_method(state, statement, call)
    if call.fn in _PICKS and any(_is_memory(state, atom) for atom in call.args[:2]):
        raise _picks(statement, call)
    unknown = call.fn not in state.library and call.fn not in LATE_CALLS
    if isinstance(statement, Assign) and state.active(statement.target):
        return  # Refused where its adjoint is asked for.
    if not (unknown or call.fn in _WRITERS) or call.fn.startswith("dpc."):
        return
    if any(_is_memory(state, atom) for atom in call.operands):
        raise _may_write(statement, call)


def _is_memory(state: Judged, atom: Atom) -> bool:
    """A differentiated value that could be written."""
    kind = state.build.fact(atom).kind
    return kind not in _IMMUTABLE and state.activity.is_varied(atom)


def _special_method(state: Judged, statement: Stmt, call: Apply) -> None:
    """`y.__setitem__(0, v)`: an operator that is called by its name."""
    found = state.build.definition(call.args[0])
    if found is None or found.fn != "getattr":
        return
    base, name = found.args
    known = state.build.fact(base).kind in _CONTAINERS
    special = isinstance(name, Const) and str(name.value).startswith("__")
    if known and special and state.activity.is_varied(base):
        raise UnsupportedError(
            Diagnostic(
                "a special method is called by its name",
                "what it does to its object is not visible",
                getattr(statement, "span", None),
                hint="write the operator: y[i] = v, a + b, len(a)",
            )
        )


def _picks(statement: Stmt, call: Apply) -> NoRuleError:
    span = getattr(statement, "span", None)
    name = call.fn.rpartition(".")[2]
    return NoRuleError(
        Diagnostic(
            f"no derivative is known for {name} of differentiated values",
            "takes elements of them",
            span and call_in(span, name),
            hint=f"draw their places: x[rng.{name}(len(x))]",
        )
    )


def _context(statement: With) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            "a context that holds differentiated values",
            "what entering and leaving it does is not visible",
            statement.span,
            hint="call methods of the object before and after the body instead",
        )
    )


def _may_write(statement: Stmt, call: Apply) -> NoRuleError:
    span = getattr(statement, "span", None)
    return NoRuleError(
        Diagnostic(
            f"no derivative is known for {call.fn}",
            "may write differentiated values",
            span and call_in(span, call.fn),
            hint="write what it does with operators and assignments;\n"
            f"or, if it leaves its arguments as they are, declare it with"
            f" dpc.nondifferentiable({call.fn})",
        )
    )
