"""Row 9b of the paper's table: a constant answer, whose class is a close race.

Attention over all nodes ends uniform: every node has the output of the mean node. The
program of that is cheap, and shows what the row's last epoch can be.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import dpc
from citeseer_models import WIDTH, Attention, everywhere, initial
from citeseer_training import DECAY, masks
from matrices import normalised_words
from optimisers import Adam
from planetoid import load

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DPC_DATA", ROOT.parent / "shared" / "data"))
SEEN, EPOCHS, LAST = 1500, 200, 50


def scores(p, words, keep_in, keep_out):
    """The paper's network where every node looks at all nodes alike."""
    mean = np.mean((words @ p.w1 + p.b1) * keep_in, axis=0)
    value = mean @ p.w_in[:, 2 * WIDTH :] + p.b_in[2 * WIDTH :]
    out = dpc.relu(value @ p.w_out + p.b_out)
    return (out * keep_out) @ p.w2 + p.b2


@dpc.value_and_grad(branches="hard")
def loss(p, words, keep_in, keep_out, labels):
    found = scores(p, words, keep_in, keep_out)
    chosen = found[np.arange(labels.size), labels]
    return np.mean(dpc.logsumexp(found, axis=1) - chosen)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="CiteSeer is not distributed with dpc")
def test_on_average_the_class_with_most_labels_wins() -> None:
    graph = load(DATA)
    words, labels = normalised_words(graph), graph.labels[:SEEN]
    counts = np.bincount(labels)
    first, second = np.argsort(counts)[:-3:-1]
    assert (counts[first], counts[second]) == (314, 311)
    ends, leads = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        params: Attention = initial(everywhere, rng, words.shape[1], (), 6)
        optimiser, seen = Adam(rate=0.01, weight_decay=DECAY), []
        for _ in range(EPOCHS):
            keep_in, keep_out = masks(everywhere, (), graph.labels.size, rng)
            _, slope = loss(params, words, keep_in, keep_out[:SEEN], labels)
            params = optimiser.step(params, slope)
            seen.append(scores(params, words, 1.0, np.ones((1, 1)))[0])
        ends.append(int(np.argmax(seen[-1])))
        mean = np.mean(seen[-LAST:], axis=0)
        assert np.argmax(mean) == first
        lead = np.array(seen[-LAST:])[:, [first, second]]
        leads.append(lead[:, 0] - lead[:, 1])
    assert set(ends) <= {first, second}
    # The lead is that of the labels, and hardly more than it varies by with the epochs.
    assert np.mean(leads) == pytest.approx(np.log(314 / 311), abs=0.003)
    assert np.std(leads) > np.mean(leads) / 2
    print("last epochs:", ends, "lead:", np.mean(leads), "±", np.std(leads))
