"""The error for a function that has neither readable source nor a rule."""

from __future__ import annotations

from collections.abc import Iterable

from dpc.errors import Diagnostic, NoRuleError, nearest
from dpc.ir.nodes import Apply
from dpc.source import Span, call_in


def no_rule(
    call: Apply, span: Span | None, known: Iterable[str] = (), why: str = ""
) -> NoRuleError:
    """The error for a call, at its place; `known` are the functions with a rule.

    `why`: there is one, which does not serve this call.
    """
    name = call.fn
    place = None if span is None else call_in(span, name) or span
    close = nearest(name, known)
    notes = (f"the nearest function with a rule is {close}",) if close else ()
    return NoRuleError(
        Diagnostic(
            why or f"no derivative is known for {name}",
            "on a differentiated value",
            place,
            notes,
            f"declare one with @dpc.rule({name}),\n"
            f"or dpc.nondifferentiable({name}) if its result carries none",
        )
    )
