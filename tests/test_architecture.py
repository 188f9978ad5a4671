"""The floors of the house: what may import what, held by reading the imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dpc"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. A unit may import from its own floor and from those below.
FLOORS = (
    {"runtime"},
    {"errors", "source"},
    {"ir"},
    {"rules"},
    {"analysis"},
    {"transforms", "passes"},
    {"frontend", "backends"},
    {"pipeline"},
    {
        "bound",
        "notice",
        "refusals",
        "tracing",
        "options",
        "wrt",
        "guard",
        "signature",
        "places",
        "merges",
        "watch",
        "nesting",
        "proof",
        "complaints",
        "variant",
        "derived",
        "batched",
        "jacobian",
        "again",
        "arguments",
        "cotangents",
        "pullback",
        "hessian",
        "pushforward",
        "custom",
    },
    {"api", "implicit", "testing"},
    {"graphs"},
    {"__init__", "__main__"},
)

# These stand on less than what is below them, so that a language or a backend can be
# changed without reading the transforms, and a generated module needs no compiler.
NARROW = {
    "frontend": {"errors", "source", "ir"},
    "backends": {"errors", "source", "ir"},
    "runtime": set(),
}

# Names that say nothing about what is inside.
FORBIDDEN = {"utils", "util", "helpers", "common", "misc", "extended", "v2"}

# Imported only when an array of theirs or an option asks for them.
OPTIONAL = {"cupy"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit(module: str) -> str:
    """The floor a module stands on: the first name below dpc."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


MODULES = {module_name(path): path for path in FILES}


def imported(node: ast.AST, module: str) -> Iterator[str]:
    """The modules that one import statement names, as far as they are files here."""
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            base = node.module or ""
            if node.level:
                package = module if MODULES[module].name == "__init__.py" else ""
                package = package or module.rpartition(".")[0]
                for _ in range(node.level - 1):
                    package = package.rpartition(".")[0]
                base = f"{package}.{base}".rstrip(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in MODULES else base


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_in(tree: ast.AST, module: str) -> set[str]:
    return {name for node in ast.walk(tree) for name in imported(node, module)}


@cache
def imports_of(module: str) -> set[str]:
    return imports_in(tree_of(MODULES[module]), module)


def own_imports_of(module: str) -> set[str]:
    return {name for name in imports_of(module) if name.split(".")[0] == "dpc"}


def reach(own: str) -> set[str]:
    """The units that a unit may import."""
    assert any(own in floor for floor in FLOORS), f"{own} stands on no floor"
    if own in NARROW:
        return NARROW[own]
    height = next(i for i, floor in enumerate(FLOORS) if own in floor)
    return set().union(*FLOORS[: height + 1])


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_floor_and_below(module: str) -> None:
    own = unit(module)
    above = {unit(name) for name in own_imports_of(module)} - {own} - reach(own)
    assert not above, f"{module} may not import {above}"


def test_no_import_cycles() -> None:
    graph = {module: own_imports_of(module) - {module} for module in MODULES}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def imports_in_functions(tree: ast.AST, module: str) -> set[str]:
    """What is imported inside functions; those inside others are not asked again."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found |= imports_in(node, module)
        else:
            found |= imports_in_functions(node, module)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_stand_at_the_top(module: str) -> None:
    hidden = imports_in_functions(tree_of(MODULES[module]), module)
    assert {name.split(".")[0] for name in hidden} <= OPTIONAL, f"{module}: {hidden}"


def test_what_is_optional_is_not_imported() -> None:
    program = "import sys, dpc; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "dpc" in loaded
    assert not loaded & {"cupy", "scipy", "matplotlib", "autograd"}


def checked_in(*folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "golden" not in path.parts
    ]


def test_files_are_short() -> None:
    counts = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in checked_in("dpc", "tests", "examples")
    }
    assert not {name: count for name, count in counts.items() if count > 400}


def test_a_name_means_one_thing_in_the_runtime() -> None:
    """An exported module holds the definitions of several files side by side."""
    places: dict[str, set[str]] = {}
    for path in sorted((PACKAGE / "runtime").rglob("*.py")):
        for node in tree_of(path).body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            names = [getattr(node, "name", "")]
            names += [t.id for t in targets if isinstance(t, ast.Name)]
            for name in filter(None, names):
                places.setdefault(name, set()).add(path.name)
    assert not {name: where for name, where in places.items() if len(where) > 1}


def test_functions_are_short() -> None:
    long = {}
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                length = node.end_lineno - node.lineno + 1
                if length > 60:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = length
    assert not long


def test_names_say_what_is_inside() -> None:
    for path in checked_in("dpc", "tests", "examples"):
        names = set(path.relative_to(ROOT).with_suffix("").parts)
        assert not names & FORBIDDEN, path


def test_the_top_level_is_as_designed() -> None:
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("no git checkout")
    top = {name.split("/")[0] for name in done.stdout.splitlines()}
    named = {"dpc", "tests", "examples", "docs", "pyproject.toml", "Makefile"}
    assert {name for name in top if name[0] != "."} <= named | {"README.md", "LICENSE"}
