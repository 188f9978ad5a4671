"""`python -m tests.bench.torch_steps`: a step of training over PyTorch's eager mode.

The value and the gradient of an example's loss, by dpc and by the same program in
PyTorch, in one process of one thread each, in double precision, and only once their
gradients are equal. PyTorch is no dependency of dpc: without it there is a line that
says so. Exits with 1 if dpc takes longer anywhere.
"""

import os
import sys
import time
import warnings
from pathlib import Path

# Before NumPy is imported, which reads it once.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

try:
    import torch
except ModuleNotFoundError:
    sys.exit("PyTorch is not installed: there is nothing to compare with")

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

import adding
import citeseer_models
import citeseer_reach
import citeseer_training
import date_pairs
import encoder_decoder
import lorenz
import lynx_hare
import plasticity
import recurrent
import sir
import universal_ode
from matrices import normalised_words
from planetoid import generate
from tests.bench import timing, torch_models

OVER_TORCH = 1.0


class Case(NamedTuple):
    """A loss of an example, its arguments, and the same loss for PyTorch."""

    name: str
    derived: Any
    args: tuple[Any, ...]
    peer: Callable[..., Any]
    wrt: int = 1  # how many of the arguments are differentiated
    given: tuple[Any, ...] | None = None  # arguments of the peer, where others


def tensors(tree: Any, learned: bool = False) -> Any:
    """Arrays and numbers as tensors; those that are learned ask for a gradient."""
    if scipy.sparse.issparse(tree):
        rows = tree.tocsr()
        parts = [torch.tensor(a) for a in (rows.indptr, rows.indices, rows.data)]
        return torch.sparse_csr_tensor(*parts, rows.shape, check_invariants=True)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(tensors(part, learned) for part in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(tensors(part, learned) for part in tree)
    if isinstance(tree, np.ndarray | np.floating) or (
        learned and isinstance(tree, float)
    ):
        return torch.tensor(tree).requires_grad_(learned)
    return tree


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, list | tuple):
        return [leaf for part in tree for leaf in leaves(part)]
    return [tree]


def cases() -> Iterator[Case]:
    """The systems of rows 1, 5, 6, 13 and 16 at the sizes at which they are trained."""
    rng = np.random.default_rng(0)
    graph = generate()
    words, nodes = normalised_words(graph), graph.labels.size
    peers = {
        "mlp": torch_models.mlp,
        "gcn": torch_models.gcn,
        "attention": torch_models.attention,
    }
    rows = graph.train
    for name, peer in peers.items():
        network = getattr(citeseer_models, name)
        neighbours = citeseer_training.neighbours_of(network, graph)
        params = citeseer_models.initial(network, rng, words.shape[1], (16,), 6)
        keeps = citeseer_training.masks(network, (16,), nodes, rng)
        loss = torch_models.cross_entropy(peer)
        derived = citeseer_models.LOSSES[network]
        part = citeseer_reach.reach(network, 2, words, neighbours, rows)
        seen = part.of(keeps, graph.labels)
        given = params, *seen
        yield Case(f"1 citeseer, {name}", derived, given, loss, given=_tuples(given))
        if name == "attention":
            whole = params, words, neighbours, keeps, rows, graph.labels
            title = "1 attention, all nodes"
            yield Case(title, derived, whole, loss, given=_tuples(whole))
    peers = {
        "tanh": torch_models.linear_recurrence,
        "LSTM": torch_models.lstm,
        "GRU": torch_models.gru,
    }
    for name, peer in peers.items():
        _, derived, gates = adding.NETWORKS[name]
        cell = recurrent.initial(rng, gates, adding.UNITS)
        args = cell, *adding.sequences(rng, adding.BATCH, adding.LENGTH)
        yield Case(f"5 adding, {name}", derived, args, torch_models.adding(peer))
    args = encoder_decoder.initial(rng), *date_pairs.pairs(rng, 100)
    derived = encoder_decoder.LOSSES["additive"]
    yield Case("6 dates, additive", derived, args, torch_models.dates)
    synapses = plasticity.Synapses(*0.01 * rng.normal(size=(2, 100, 100)))
    args = synapses, *plasticity.episode(rng, 100), 0.01
    yield Case("13 plasticity", plasticity.loss, args, torch_models.plasticity)
    in_bed = sir.epidemic(1.6, 0.4, 14)[1:]
    yield Case("16 sir", sir.loss, (1.5, 0.5, in_bed), torch_models.sir, 2)
    seen = lynx_hare.course(lynx_hare.Ecology(*lynx_hare.TARGET), 21)
    start = lynx_hare.Ecology(0.5, 0.02, 1.0, 0.02, 30.0, 4.0)
    args = start, seen[:, 0].copy(), seen[:, 1].copy()
    yield Case("16 lynx_hare", lynx_hare.loss, args, torch_models.lynx_hare)
    args = universal_ode.initial(rng), seen, 0.01
    yield Case("16 universal_ode", universal_ode.loss, args, torch_models.universal)
    args = 9.0, 25.0, 2.0, lorenz.trajectory(lorenz.TRUE, 100)
    yield Case("16 lorenz", lorenz.loss, args, torch_models.lorenz, 3)


def _tuples(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Edges as their ends alone: PyTorch adds up by number, without a matrix."""
    ends = (args[2].target, args[2].source) if hasattr(args[2], "target") else args[2]
    return (*args[:2], ends, *args[3:])


def step_of(derived: Any, args: tuple[Any, ...]) -> Callable[[], None]:
    """A step that holds its gradient until the next one, as PyTorch and training do."""
    held: list[Any] = [None]

    def call() -> None:
        held[0] = derived(*args)

    return call


def peer_of(case: Case) -> Callable[[], list[np.ndarray]]:
    """The value and the gradient by PyTorch, as a call without arguments."""
    args = [
        tensors(argument, place < case.wrt)
        for place, argument in enumerate(case.given or case.args)
    ]
    learned = leaves(args[: case.wrt])

    def call() -> list[np.ndarray]:
        for leaf in learned:
            leaf.grad = None
        value = case.peer(*args)
        value.backward()
        zero = np.zeros(())
        found = [zero if leaf.grad is None else leaf.grad.numpy() for leaf in learned]
        return [value.detach().numpy(), *found]

    return call


def main() -> int:
    warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    chosen, slower = sys.argv[1:], 0
    for case in cases():
        if chosen and not any(word in case.name for word in chosen):
            continue
        special, peer = case.derived.specialize(*case.args), peer_of(case)
        value, gradient = special(*case.args)
        found = tuple(map(np.asarray, [value, *leaves(gradient)]))
        timing.assert_equal_gradients(case.name, found, tuple(peer()))
        # Steps take long enough to be interrupted: only their own time counts.
        best = timing.best_times(
            {"dpc": step_of(special, case.args), "torch": peer}, time.process_time
        )
        ratio = best["dpc"] / best["torch"]
        slower += ratio > OVER_TORCH
        ms = f"{best['dpc'] * 1e3:9.2f} ms {best['torch'] * 1e3:9.2f} ms"
        print(f"{case.name:24} {ms}   dpc / torch {ratio:.2f}", flush=True)
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
