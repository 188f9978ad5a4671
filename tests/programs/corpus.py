"""All cases, collected from the modules of this directory."""

import importlib
import pkgutil
from collections import Counter
from pathlib import Path

from tests.programs.case import Case


def _modules() -> list[str]:
    here = [str(Path(__file__).parent)]
    names = [module.name for module in pkgutil.iter_modules(here)]
    return [name for name in names if not name.startswith("test_")]


def _collected() -> list[Case]:
    found: list[Case] = []
    for name in _modules():
        module = importlib.import_module(f"tests.programs.{name}")
        found.extend(getattr(module, "CASES", []))
    return found


def _named(cases: list[Case]) -> dict[str, Case]:
    """Cases by name; the second at the same program is called `name-2`."""
    seen: Counter[str] = Counter()
    named = {}
    for case in cases:
        seen[case.name] += 1
        count = seen[case.name]
        named[case.name if count == 1 else f"{case.name}-{count}"] = case
    return named


CORPUS: dict[str, Case] = _named(_collected())


# What a class means is not known to a program for arguments of any kind: fields that
# are properties, methods that write the object. Such a call is refused, never wrong.
GENERIC_REFUSES = frozenset(
    {
        "objects-property_read",
        "objects-network_of_layers",
        "objects-simulation",
        "objects-replaced_field",
        "objects-fields_of_a_named_tuple",
        "objects-method_of_a_named_tuple",
    }
)
