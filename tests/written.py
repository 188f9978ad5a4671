"""Modules that a test writes: programs need a file, for dpc to read them."""

import importlib.util
import itertools
import sys
import textwrap
from pathlib import Path
from types import ModuleType

_numbers = itertools.count()


def load(directory: Path, text: str, name: str = "written") -> ModuleType:
    """Writes `text` as a module of its own name into `directory`, and imports it."""
    unique = f"{name}_{next(_numbers)}"
    path = directory / f"{unique}.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(unique, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    spec.loader.exec_module(module)
    return module
