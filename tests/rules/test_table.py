"""The page of rules in the documentation is the one that the rules write."""

from pathlib import Path

from dpc.rules.all import FAMILIES
from dpc.rules.table import table

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_up_to_date(update_golden: bool) -> None:
    if update_golden:
        PAGE.write_text(table())
    assert PAGE.read_text() == table(), "rewrite it: pytest --update-golden"


def test_the_page_names_every_function() -> None:
    text = table()
    keys = [key for family in FAMILIES for rule in family for key in rule.keys]
    assert all(f"`{key}`" in text for key in keys)


def test_every_family_has_a_name_of_its_own() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)


def test_more_functions_have_a_derivative_than_in_other_tools() -> None:
    rules = [rule for family in FAMILIES for rule in family if rule.kind != "constant"]
    keys = {key for rule in rules for key in rule.keys}
    assert len([key for key in keys if key.startswith(("np.", "scipy."))]) >= 340
