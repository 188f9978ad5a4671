"""Keys of dicts that vary: a table may be looked up by them, but not walked."""

from __future__ import annotations

from collections.abc import Iterator

from dpc.analysis.sharing import takes_keys
from dpc.errors import Diagnostic, UnsupportedError
from dpc.ir.nodes import Apply, Assign, Atom, Stmt, Store
from dpc.ir.walk import statements
from dpc.source import Span
from dpc.transforms.report import Judged


def refuse_varying_keys(state: Judged) -> None:
    """Raise UnsupportedError where keys are taken that are differentiated numbers."""
    body = list(statements(state.program.function.body))
    varying: set[int] = set()
    for statement in body:
        for table, key in _stored(statement):
            fact = state.build.fact(key)
            number = fact.is_scalar and fact.is_float_like
            if number and state.activity.is_varied(key):
                varying.add(id(state.aliases.node(table)))
    for statement in body:
        match statement:
            case Assign(_, Apply() as call, span) if varying and takes_keys(
                state.build.facts, call
            ):
                if id(state.aliases.node(call.args[0])) in varying:
                    raise _walked(span)
            case _:
                pass


def _stored(statement: Stmt) -> Iterator[tuple[Atom, Atom]]:
    """The dicts that a statement stores to, each with the key."""
    match statement:
        case Assign(target, Apply("dict", args)):
            for key in args[::2]:
                yield target, key
        case Store("item", base, index, _):
            yield base, index
        case _:
            pass


def _walked(span: Span | None) -> UnsupportedError:
    return UnsupportedError(
        Diagnostic(
            "the keys of a dict, of which some are differentiated numbers",
            "a key has no derivative",
            span,
            hint="keep the numbers in a list beside the dict",
        )
    )
