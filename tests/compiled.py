"""Derivatives that several tests look at, each compiled once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def compiled(
    compiler: Callable[..., Any], function: Callable[..., Any], **options: Any
) -> Any:
    """`compiler(function, **options)`, the same at every call."""
    return compiler(function, **options)
