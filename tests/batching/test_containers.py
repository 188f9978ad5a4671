"""Containers of which only some parts differ from row to row."""

import numpy as np
import pytest

import dpc

W = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, -0.6]])
RATE = np.array([0.3, 0.27, 0.31])
CONSTANT = np.array([10.0, 20.0])


def entry_by_a_name_that_is_known_when_it_runs(w, rate):
    params = {"w": w * 1.0, "b": np.ones(2)}
    for name in params:
        params[name] -= rate * w
    return params["b"] + params["w"]


def entry_of_its_own(w, rate):
    params = {"w": w * 1.0, "b": np.ones(2)}
    params["b"] -= rate * w
    return params["b"] + params["w"]


def elements_of_a_list(w, rate):
    params = [np.ones(2), np.ones(2) * 3]
    for i in range(2):
        params[i] -= rate
    for p in params:
        p[0] -= w[1]
    return params[0] + params[1]


def appended(w, rate):
    params = [np.ones(2), np.ones(2) * 3]
    params.append(w * rate)
    total = 0.0
    for p in params:
        total += p[0]
    return total + params[0][0]


def of_containers(w, rate):
    parts = ([np.ones(2)], {"a": np.ones(2), "n": [1.0]})
    parts[0][0][0] = rate
    parts[1]["a"] += w
    parts[1]["n"][0] += rate
    return np.sum(parts[0][0]) + np.sum(parts[1]["a"]) + parts[1]["n"][0]


def of_lists(w, rate):
    parts = [[1.0, 2.0], [np.ones(2)]]
    parts[0].append(rate)
    parts[1].append(w)
    return sum(parts[0]) + parts[1][0][0] + parts[1][1][1]


def of_a_tuple(w, rate):
    parts = (w * 1.0, CONSTANT * 1.0)
    total = 0.0
    for i in range(2):
        total += parts[i][0] * rate * (i + 1)
    return total


@pytest.mark.parametrize(
    "f",
    [
        entry_by_a_name_that_is_known_when_it_runs,
        entry_of_its_own,
        elements_of_a_list,
        appended,
        of_containers,
        of_lists,
        of_a_tuple,
    ],
)
def test_as_row_by_row(f):
    rows = [f(w.copy(), float(rate)) for w, rate in zip(W, RATE, strict=True)]
    np.testing.assert_allclose(dpc.batch(f)(W, RATE), np.stack(rows), 1e-15)


def test_of_arguments_it_is_refused():
    def total(parts):
        found = 0.0
        for part in parts:
            found += part[0]
        return found

    batched = dpc.batch(total, in_axes=([0, None],))
    with pytest.raises(dpc.UnsupportedError, match="only some of them differ"):
        batched([W, CONSTANT])
    whole = dpc.batch(total)([W, np.stack([CONSTANT] * 3)])
    np.testing.assert_allclose(whole, W[:, 0] + 10.0)
