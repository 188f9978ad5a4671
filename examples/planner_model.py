"""Plans and bounded changes of planner.py, and the worlds to plan in."""

from typing import NamedTuple

import numpy as np

import dpc

POINTS, OBSTACLES, MARGIN, SEEN = 41, 4, 0.3, 3
BOUND = MARGIN / np.sqrt(2)


class Net(NamedTuple):
    w1: np.ndarray  # (2 * (2 * SEEN + 1), 32), of a waypoint's neighbours
    b1: np.ndarray  # (32,)
    w2: np.ndarray  # (32, 2)
    b2: np.ndarray  # (2,)


def reliable(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Waypoints (POINTS, 2) from (0, 0) to (10, 0), at the margin from all obstacles.

    Obstacles are apart from each other and on the straight line: the plan is the line,
    and above an obstacle the circle around it.
    """
    x = np.linspace(0.0, 10.0, POINTS)
    y = np.zeros(POINTS)
    for (centre, height), radius in zip(centres, radii + MARGIN, strict=True):
        over = np.abs(x - centre) < radius
        rise = np.sqrt(np.where(over, radius**2 - (x - centre) ** 2, 0.0))
        y = np.where(over, np.maximum(y, height + rise), y)
    return np.stack([x, y], axis=1)


def change(net, plan):
    """What the network adds to each waypoint, (POINTS, 2), BOUND at most."""
    inner = len(plan) - 2 * SEEN
    near = []
    for k in range(2 * SEEN + 1):
        near.append(plan[k : k + inner] - plan[SEEN : SEEN + inner])
    hidden = np.tanh(np.concatenate(near, axis=1) @ net.w1 + net.b1)
    moved = np.zeros_like(plan)
    moved[SEEN : SEEN + inner] = BOUND * np.tanh(hidden @ net.w2 + net.b2)
    return moved


def cost(plan):
    """Length of the path, and how sharply it bends."""
    legs = plan[1:] - plan[:-1]
    bends = legs[1:] - legs[:-1]
    return np.sum(np.sqrt(np.sum(legs**2, axis=1))) + 3.0 * np.sum(bends**2)


@dpc.value_and_grad(branches="hard")
def loss(net, plans):
    """Mean cost of the changed plans, a list."""
    total = 0.0
    for plan in plans:
        total += cost(plan + change(net, plan))
    return total / len(plans)


def worlds(rng: np.random.Generator, count: int) -> list[tuple]:
    """Obstacles (centres, radii) on the way, apart from each other."""
    found = []
    for _ in range(count):
        places = np.linspace(1.8, 8.2, OBSTACLES) + rng.uniform(-0.3, 0.3, OBSTACLES)
        heights = rng.uniform(-0.3, 0.3, OBSTACLES)
        radii = rng.uniform(0.35, 0.6, OBSTACLES)
        found.append((np.stack([places, heights], axis=1), radii))
    return found


def clearance(plan: np.ndarray, world: tuple) -> float:
    """Least distance of a waypoint from an obstacle's edge; below 0 is inside."""
    centres, radii = world
    distances = np.linalg.norm(plan[:, None] - centres, axis=2)
    return float(np.min(distances - radii))


def initial(rng: np.random.Generator, size: float = 1.0) -> Net:
    inputs = 2 * (2 * SEEN + 1)
    w1 = size * rng.normal(size=(inputs, 32)) / np.sqrt(inputs)
    w2 = size * 0.1 * rng.normal(size=(32, 2))
    return Net(w1, np.zeros(32), w2, np.zeros(2))
