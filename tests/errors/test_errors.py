"""Every way to be refused, as a small program and the message that it must show.

`NAME.py` is run as a user would run it; the error it ends with is compared with
`NAME.err`. `pytest --update-golden` rewrites the messages: read the diff as a user.
"""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from dpc.errors import DpcError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(p for p in HERE.glob("*.py") if not p.name.startswith("test_"))


def error_of(path: Path) -> DpcError:
    """The error that the program at `path` ends with."""
    if path.stem == "backend_cupy" and importlib.util.find_spec("cupy"):
        pytest.skip("CuPy is installed")
    name = f"{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Where dataclasses and rules look a module up.
    try:
        with pytest.raises(DpcError) as caught:
            spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return caught.value


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    """Messages name files relative to the working directory."""
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_message(path, update_golden):
    error = error_of(path)
    shown = f"dpc.{type(error).__name__}: {error}\n"
    golden = path.with_suffix(".err")
    if update_golden:
        golden.write_text(shown)
    assert shown == golden.read_text()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_message_says_where_what_and_what_instead(path):
    lines = path.with_suffix(".err").read_text().splitlines()
    found = re.fullmatch(r"dpc\.(\w+Error): (\S.*?):(\d+):(\d+): (\S.*)", lines[0])
    assert found, "the first line names error, file, line, column and title"
    _, filename, line, column, title = found.groups()
    assert filename == f"tests/errors/{path.name}" or filename.startswith("<")
    assert not title.endswith(".") and len(title) <= 80
    excerpt, carets = lines[2], lines[3]
    assert excerpt.lstrip().startswith(f"{line} | ")
    if filename.endswith(".py"):
        text = path.read_text().splitlines()[int(line) - 1]
        assert excerpt == f"  {line} | {text}"
        assert text[int(column) - 1 :].strip(), "the column lies in the line"
    assert re.fullmatch(r"\s*\| \s*\^+( \S.*)?", carets)
    assert any(text.startswith("  hint: ") for text in lines), "says what to write"
    assert all(len(text) <= 100 for text in lines[1:])


def test_every_message_has_its_program():
    assert {p.stem for p in HERE.glob("*.err")} == {p.stem for p in CASES}
