"""The command line: `python -m dpc source FILE.py:FUNCTION [--wrt NAME]`, for the
gradient, or with `--forward` for the value and tangent."""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from dpc.api import grad, pushforward
from dpc.backends.columns import beside
from dpc.derived import Derived
from dpc.errors import DpcError, nearest
from dpc.frontend.read import read
from dpc.pushforward import Pushforward

WIDE = 160  # columns where the output is no terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the status to exit with."""
    given = _parser().parse_args(arguments)
    try:
        print(_shown(given.place, given.wrt, given.forward))
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
    except DpcError as error:
        print(f"{given.place} cannot be differentiated.\n\n{error}", file=sys.stderr)
    else:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dpc")
    commands = parser.add_subparsers(required=True)
    source = commands.add_parser(
        "source", help="print the generated source beside the lines it came from"
    )
    source.add_argument("place", metavar="FILE.py:FUNCTION")
    source.add_argument(
        "--wrt",
        action="append",
        metavar="NAME",
        help="a parameter to differentiate; may be given several times",
    )
    source.add_argument(
        "--forward",
        action="store_true",
        help="the value and tangent instead of the gradient",
    )
    return parser


def _shown(place: str, wrt: Sequence[str] | None, forward: bool) -> str:
    file, _, path = place.rpartition(":")
    if not file or not path:
        raise LookupError(f"{place!r} is not of the form FILE.py:FUNCTION")
    derived = _derived(_found(_loaded(Path(file)), path), wrt, forward)
    reading = read(derived.primal)
    first, last = reading.tree.lineno, reading.tree.end_lineno or reading.tree.lineno
    original = [reading.source.line(number) for number in range(first, last + 1)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    return beside(original, first, derived.source, width)


def _derived(found: Any, wrt: Sequence[str] | None, forward: bool) -> Derived:
    """The derivative that the file holds, or one of a function that is none yet."""
    kind = Pushforward if forward else Derived
    if isinstance(found, kind) and wrt is None:
        return found
    primal = found.primal if isinstance(found, Derived) else found
    if not callable(primal):
        raise LookupError(f"{found!r} is no function")
    compiler = pushforward if forward else grad
    if wrt is None:
        return compiler(primal)
    return compiler(primal, wrt=wrt[0] if len(wrt) == 1 else tuple(wrt))


def _loaded(file: Path) -> ModuleType:
    """The module in a file, run as an import would run it."""
    if not file.is_file():
        raise LookupError(f"there is no file {file}")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise LookupError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    sys.path.insert(0, str(file.parent))
    spec.loader.exec_module(module)
    return module


def _found(module: ModuleType, path: str) -> Any:
    found: Any = module
    for name in path.split("."):
        if not hasattr(found, name):
            near = nearest(name, [n for n in dir(found) if _is_function(found, n)])
            hint = f"; did you mean {near}?" if near else ""
            raise LookupError(f"{module.__file__} has no function {path}{hint}")
        found = getattr(found, name)
    return found


def _is_function(owner: Any, name: str) -> bool:
    value = getattr(owner, name, None)
    return isinstance(value, Derived | type) or inspect.isfunction(value)


if __name__ == "__main__":
    sys.exit(main())
