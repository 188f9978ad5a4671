"""Charged particles in the plane, joined to neighbours, and the forces on them."""

from typing import NamedTuple

import numpy as np


class Graph(NamedTuple):
    place: np.ndarray  # (nodes, 2)
    charge: np.ndarray  # (nodes, 1)
    source: np.ndarray  # (edges,)
    target: np.ndarray  # (edges,)
    offset: np.ndarray  # (edges, 2), from the target to the source


def particles(rng: np.random.Generator, nodes: int) -> tuple[Graph, np.ndarray]:
    """Particles with charges, edges where they are near, and the force on each."""
    place = rng.uniform(0, np.sqrt(nodes), (nodes, 2))
    charge = rng.uniform(-1, 1, (nodes, 1))
    offset = place[None] - place[:, None]
    distance = np.linalg.norm(offset, axis=2)
    target, source = np.nonzero((distance < 1.5) & (distance > 0))
    offset = offset[target, source]
    soft = np.sum(offset**2, axis=1, keepdims=True) + 0.3
    force = np.zeros((nodes, 2))
    np.add.at(force, target, -charge[target] * charge[source] * offset / soft)
    return Graph(place, charge, source, target, offset), force
