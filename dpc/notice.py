"""The first relaxation that nobody asked for is logged, once a function."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any

from dpc.errors import shown_path
from dpc.frontend.read import Reading
from dpc.ir.program import Program

_LOG = logging.getLogger("dpc")
_SAID: weakref.WeakSet[Callable[..., Any]] = weakref.WeakSet()
_MARKS = ("is relaxed", "the loop is soft")


def notice(primal: Callable[..., Any], reading: Reading, program: Program) -> None:
    """Log which tests of a function are relaxed, unless it has been said before."""
    lines = [note for note in program.notes if any(mark in note for mark in _MARKS)]
    if not lines or primal in _SAID:
        return
    _SAID.add(primal)
    place = f"{shown_path(reading.source.filename)}:{reading.tree.lineno}"
    title = f"{reading.qualname} ({place}) is differentiated with relaxed tests"
    hint = 'branches="hard" differentiates the branch that is taken'
    _LOG.warning("\n  ".join((title, *lines, hint)))
