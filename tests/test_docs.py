"""README and docs are run: every Python block, in order, and what it prints compared.

The word after a fence's language says what a block is:

    ```python           runs; the blocks of a document share one module
    ```python raises    raises a DpcError, whose message counts as what it prints
    ```python output    is what the block before it printed
    ```text output      the same, where it is no Python
    ```python excerpt   is shown, not run: part of something longer

`pytest --update-golden tests/test_docs.py` writes the outputs anew.
"""

import contextlib
import io
import re
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import dpc
from dpc.frontend.subset import table

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

TABLE = re.compile(r"(?<=<!-- table: begin -->\n).*(?=<!-- table: end -->)", re.DOTALL)
pages = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: str(path.relative_to(ROOT))
)

FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@dataclass(frozen=True)
class Block:
    language: str
    role: str  # "", "raises", "output" or "excerpt"
    text: str
    line: int  # of its first line in the module of the page's code, from 1
    start: int  # of its text in the page
    end: int


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page. Those that run follow each other in one module."""
    blocks, line = [], 1
    for match in FENCE.finditer(page):
        block = Block(match[1], match[2] or "", match[3], line, *match.span(3))
        blocks.append(block)
        if is_run(block):
            line += block.text.count("\n") + 2
    return blocks


def is_run(block: Block) -> bool:
    return block.language == "python" and block.role in ("", "raises")


@contextlib.contextmanager
def module_of(blocks: list[Block], path: Path) -> Iterator[types.ModuleType]:
    """An empty module, the file of which holds the code of the blocks.

    dpc reads the file of a function that it compiles, so there has to be one.
    """
    path.write_text("\n\n".join(block.text for block in blocks if is_run(block)))
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    # A page has the name of an example that another test may have imported.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, path.stem, module)
        yield module


def run(block: Block, module: types.ModuleType) -> str:
    """What the block prints, or the message of the error that it shall raise."""
    padded = "\n" * (block.line - 1) + block.text
    code = compile(padded, str(module.__file__), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        if block.role != "raises":
            exec(code, module.__dict__)
        else:
            with pytest.raises(dpc.DpcError) as caught:
                exec(code, module.__dict__)
            print(caught.value)
    return printed.getvalue()


@pages
def test_code_runs_and_prints_what_the_page_says(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    page = path.read_text()
    monkeypatch.chdir(tmp_path)
    blocks = blocks_of(page)
    stem = re.sub(r"\W", "_", path.stem).lower()
    printed, found = "", []
    with module_of(blocks, tmp_path / f"{stem}.py") as module:
        for block in blocks:
            if is_run(block):
                printed = run(block, module)
            elif block.role == "output":
                found.append((block, printed.rstrip("\n") + "\n"))
    if request.config.getoption("--update-golden", default=False):
        for block, text in reversed(found):
            page = page[: block.start] + text + page[block.end :]
        path.write_text(page)
    for block, text in found:
        assert text == block.text, f"below line {block.line} of {stem}.py"


@pages
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(CODE.sub("", path.read_text())):
        assert (path.parent / target).exists(), target


def test_the_language_page_holds_the_compilers_own_table(
    request: pytest.FixtureRequest,
) -> None:
    path = ROOT / "docs" / "language.md"
    page = path.read_text()
    (shown,) = TABLE.findall(page)
    if request.config.getoption("--update-golden", default=False):
        path.write_text(TABLE.sub(lambda _: table(), page))
    assert shown == table()
