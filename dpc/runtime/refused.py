"""What generated code refuses when it runs, because only then it is known."""

from __future__ import annotations


class RefusedError(TypeError):
    """Something has been met that has no adjoint; the caller knows the place."""
