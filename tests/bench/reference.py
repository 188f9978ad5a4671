"""The six reference programs, read from where they are: they are not part of dpc."""

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

BESIDE = Path(__file__).parents[2].parent / "shared" / "reference"


def path() -> Path:
    """`programs.py` in the directory that DPC_REFERENCE names, or in the usual one."""
    return Path(os.environ.get("DPC_REFERENCE", BESIDE)) / "programs.py"


def load(name: str = "reference_programs") -> ModuleType:
    """The module anew, under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path())
    if spec is None or spec.loader is None or not path().exists():
        raise SystemExit(f"no reference programs at {path()}: set DPC_REFERENCE")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Program:
    name: str
    primal: Callable[..., Any]
    by_hand: Callable[..., Any]
    wrt: tuple[str, ...]
    args: tuple[Any, ...]

    @property
    def positions(self) -> tuple[int, ...]:
        code = self.primal.__code__
        names = code.co_varnames[: code.co_argcount]
        return tuple(names.index(name) for name in self.wrt)


def programs() -> list[Program]:
    return [Program(*entry) for entry in load().PROGRAMS]
