"""What generated code refuses when it runs, because only then it is known."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np


class RefusedError(TypeError):
    """Something has been met that has no adjoint; the caller knows the place.

    `instead`: what to write, where knowing more of the arguments would not help.
    """

    def __init__(self, what: str, instead: str = "") -> None:
        super().__init__(f"{what}: {instead}" if instead else what)
        self.what, self.instead = what, instead


class NotAgainError(TypeError):
    """A checkpointed loop cannot be run again: why not, and what to write instead."""


class NoBlendError(TypeError):
    """Two branches leave values that have no blend."""


def refuse(what: str) -> NoReturn:
    """Raise what generated code raises where it rests on something not known."""
    raise RefusedError(f"{what} is not known")


def require_floats(x: Any) -> None:
    """Refuse an array of integers, which rounds what is stored to it."""
    if getattr(getattr(x, "dtype", None), "kind", "") in ("b", "i", "u"):
        raise RefusedError(
            "differentiated values are stored to an array of integers, which rounds"
            " them",
            "make it an array of floats: a.astype(float)",
        )


def require_number(x: Any) -> None:
    """Refuse memory where the program rests on a number: a blend is new memory."""
    if getattr(x, "shape", ()) or isinstance(x, list | dict):
        kind = type(x).__name__
        raise RefusedError(f"a {kind} is blended whose memory has other names")


def require_elements(x: Any) -> None:
    """Refuse to walk over an object: its class alone knows what an element is."""
    if not isinstance(x, list | tuple | dict | str | set | frozenset | range | bytes):
        raise RefusedError(f"an object of {type(x).__name__} is walked over")


def require_plain(x: Any, kinds: str) -> None:
    """Refuse what does not leave its operator to the object on its right.

    Another object may have an operator of its own. kinds: "array" where an array
    leaves it to the object too, "scalar" where numbers do, and "float" where those of
    NumPy do not, as the object is a sequence to them.
    """
    is_number = isinstance(x, np.generic)
    if is_number and kinds != "float":
        return
    if is_number or hasattr(x, "dtype"):
        if kinds == "array":
            return
        kind = type(x).__name__
        what = f"a {kind} stands on the left of an object with an operator of its own"
        raise RefusedError(what, "put the object on the left")
    if not isinstance(x, float | int | complex | str | list | tuple | dict | None):
        raise RefusedError(f"the operator of {type(x).__name__} may come first")
