"""The corpus itself: it covers the language, runs, and is smooth where it is tested."""

from collections import Counter

import pytest

from tests import trees
from tests.programs.case import TAGS
from tests.programs.corpus import CORPUS


def test_every_row_has_two_programs():
    programs = {(tag, case.name) for case in CORPUS.values() for tag in case.rows}
    count = Counter(tag for tag, _ in programs)
    scarce = {tag: count[tag] for tag in TAGS if count[tag] < 2}
    assert not scarce


@pytest.mark.parametrize("name", CORPUS)
def test_primal_is_smooth_and_repeatable(name):
    case = CORPUS[name]
    primal = case.seeded(case.function)
    first, second = (primal(*case.args(), **case.keywords()) for _ in range(2))
    trees.assert_same(first, second)
    assert case.differences.smooth
