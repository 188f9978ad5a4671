"""Options of the test suite."""

import gc

import pytest

from dpc import pipeline

# What every transform and every pass leaves is a program, by the rules of the checker.
pipeline.CHECKED = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files instead of comparing with them",
    )


def pytest_collection_finish() -> None:
    """What has been imported and collected stays: the garbage collector need not look
    at it again and again, nor as often as it does by default."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten, and the diff to be read."""
    return bool(request.config.getoption("--update-golden"))
