"""Every pass on small programs: what it changes, and where it has to leave them alone.

A case is a line that says what it is about, a program, a line with its arguments, and
the change of the gradient's own program. `pytest --update-golden` writes the changes
anew; the difference is to be read.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from dpc import pipeline
from tests import written
from tests.passes.stages import change

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
CASE = re.compile(
    r"^# (?P<title>.+?)\n(?P<program>.+?)\n>>> (?P<call>.+?)\n(?P<change>.*?)"
    r"(?=^# |\Z)",
    re.DOTALL | re.MULTILINE,
)


def shown(optimise, case, directory):
    module = written.load(
        directory, f"import dpc\nimport numpy as np\n\n\n{case['program']}\n"
    )
    call = eval(f"dict({case['call']})", {"np": np})
    text = change(optimise, module.f, call.pop("args"), call)
    return text.replace(module.__name__, "written")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_pass_changes(path, tmp_path, update_golden):
    optimise = next(p for p in pipeline.PASSES if p.__name__ == path.stem)
    text = path.read_text(encoding="utf-8")
    cases = list(CASE.finditer(text))
    assert len(cases) == len(re.findall("^# ", text, re.MULTILINE)), "a case is cut"
    parts = [
        f"# {case['title']}\n{case['program']}\n>>> {case['call']}\n"
        f"{shown(optimise, case, tmp_path)}".rstrip()
        for case in cases
    ]
    new = "\n\n".join(parts) + "\n"
    if update_golden:
        path.write_text(new, encoding="utf-8")
    assert new == text


def test_every_pass_has_cases():
    passes = {optimise.__name__ for optimise in pipeline.PASSES}
    # What `loosen` does is seen in the text only: tests/golden has it.
    passes.remove("loosen")
    assert passes == {path.stem for path in FILES}
