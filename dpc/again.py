"""A second backward sweep: the forward half is run again as it was run before.

The shadows of a program that writes memory serve one sweep. What its forward half read
besides its arguments has to be what it was: the states of random generators are put
back for the run, and variables outside that have changed are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dpc.errors import ArgumentError, Diagnostic
from dpc.ir.nodes import Apply, Atom, Object
from dpc.ir.program import Program
from dpc.ir.walk import inner, operands, statements
from dpc.runtime import generators_in, put_states, states_of
from dpc.runtime.twins import twin
from dpc.source import Span
from dpc.variant import Variant

# Without a seed they begin anywhere.
_UNSEEDED = frozenset(("np.random.default_rng", "np.random.RandomState"))
_MISSING = object()


class Again:
    """What a forward run began with, so that it can be run once more."""

    def __init__(self, run: Variant, args: tuple[Any, ...]) -> None:
        self.run = run
        self.args = twin(args) if run.program.written else args
        outside = list(_outside(run.program))
        self.outside = [(where, twin(value)) for where, value in outside]
        known = (args, [value for _, value in outside])
        self.generators = list(generators_in(known))
        self.states = states_of(self.generators) if _draws(run.program) else None

    def __call__(self) -> Any:
        """The pullback of another forward run."""
        self._refuse_changes()
        given = twin(self.args) if self.run.program.written else self.args
        if self.states is None:
            return self.run.invoke(given)[1]
        now = states_of(self.generators)
        put_states(self.generators, self.states)
        try:
            return self.run.invoke(given)[1]
        finally:
            put_states(self.generators, now)

    def _refuse_changes(self) -> None:
        span = self.run.compiled.primal.function.span
        for call in _calls(self.run.compiled.primal):
            if call.fn in _UNSEEDED and not call.operands:
                raise _changed("a generator without a seed is made", span)
        now = dict(_outside(self.run.program))
        for where, value in self.outside:
            if not _same(value, now.get(where, _MISSING)):
                raise _changed(f"`{where[-1]}` has changed since", span)


def _changed(why: str, span: Span | None) -> ArgumentError:
    return ArgumentError(
        Diagnostic(
            "the pullback of a function that writes memory cannot be called again",
            why,
            span,
            hint="call dpc.vjp again",
        )
    )


def _calls(program: Program) -> Iterator[Apply]:
    for statement in statements(program.function.body):
        value = getattr(statement, "value", None)
        if isinstance(value, Apply):
            yield value


def _draws(program: Program) -> bool:
    """Whether a run may draw random numbers: it does, or calls what is not known."""
    known = ("np.random.", "random.", "method.", "call", "vjp")
    return any(call.fn.startswith(known) for call in _calls(program))


def _outside(program: Program) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The data that a program reads from globals and closures, by their places."""
    atoms: list[Atom] = []
    for statement in statements(program.function.body):
        atoms += [*operands(statement), *inner(statement)]
    seen = set()
    for atom in atoms:
        if isinstance(atom, Object) and (atom.scope, *atom.path) not in seen:
            seen.add((atom.scope, *atom.path))
            found: Any = program.scopes.get(atom.scope, {}).get(atom.path[0], _MISSING)
            found = getattr(found, "cell_contents", found)
            for name in atom.path[1:]:
                found = getattr(found, name, _MISSING)
            if found is not _MISSING and not callable(found):
                yield (atom.scope, *atom.path), found


def _same(before: Any, now: Any) -> bool:
    if isinstance(before, np.ndarray):
        return isinstance(now, np.ndarray) and bool(
            before.shape == now.shape and np.array_equal(before, now, equal_nan=True)
        )
    if isinstance(before, list | tuple):
        return (
            type(now) is type(before)
            and len(now) == len(before)
            and all(map(_same, before, now))
        )
    if isinstance(before, dict):
        return isinstance(now, dict) and all(
            _same(part, now.get(key, _MISSING)) for key, part in before.items()
        )
    if isinstance(before, int | float | str | complex | np.generic):
        return bool(before is now or before == now or before != before)
    return True
