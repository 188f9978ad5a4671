"""Every primitive over a batch equals its rows, whichever operands have the axis."""

import numpy as np
import pytest

import dpc
from dpc.rules.all import FAMILIES, RULES
from dpc.rules.batching.all import DECLARED
from tests.batching import primitives
from tests.rules.samples import suited

# Functions of a test that is given beside its weight: here the two do not agree.
WEIGHTS = {"dpc.gate", "dpc.against", "dpc.bare"}
# Factors of a cotangent: one number for a row stands for all elements of it.
FACTORS = {"dpc.counted", "dpc.contrast", "dpc.share_of"}
KEYS = sorted(
    {
        key
        for family in FAMILIES
        for rule in family
        if rule.kind != "constant"
        for key in rule.keys
        if key not in WEIGHTS and (key[:11] != "scipy.stats" or key.endswith("pdf"))
    }
)
# What is composed of others goes through them, and the rest row by row.
DIRECT = [key for key in KEYS if key in DECLARED]


def compare(key: str) -> tuple[int, int]:
    """How many calls agree, and how many are refused."""
    agreed = refused = 0
    for call in suited(RULES[key], key):
        for places in primitives.chosen(call):
            try:
                found = primitives.run(key, call, places)
            except dpc.UnsupportedError:
                refused += 1
                continue
            if found is not None:
                got, want = found
                if key in FACTORS:
                    missing = np.ndim(got) - np.ndim(want)
                    rows, *rest = np.shape(want)
                    want = np.reshape(want, (rows, *(1,) * missing, *rest))
                    want = np.broadcast_to(want, np.shape(got))
                primitives.assert_same(got, want)
                agreed += 1
    return agreed, refused


@pytest.mark.parametrize("key", DIRECT[::12])
def test_a_declared_primitive(key):
    compare(key)


@pytest.mark.slow
def test_all_primitives():
    agreed, refused = 0, {}
    for key in KEYS:
        right, left = compare(key)
        agreed += right
        if left:
            refused[key] = left
    calls = agreed + sum(refused.values())
    print(f"{sum(refused.values())} of {calls} calls are refused: {sorted(refused)}")
    assert sum(refused.values()) < 0.1 * calls
