"""A planner with a neural part that can change it only within proven bounds.

A reliable planner goes round every obstacle at a margin. A network looks at the plan
and moves each waypoint, each coordinate by at most the margin over the square root of
two: whatever its weights, no waypoint comes nearer to an obstacle than the obstacle's
edge. It learns to make plans short and smooth; the guarantee needs no training and is
checked on networks with absurd weights.

    python examples/planner.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Circle

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

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


def train(rng: np.random.Generator, steps: int) -> tuple[Net, list]:
    """Adam on new worlds."""
    net, optimiser, costs = initial(rng), Adam(rate=5e-3), []
    for _ in progress(steps, "training"):
        value, gradient = loss(net, [reliable(*world) for world in worlds(rng, 8)])
        net = optimiser.step(net, gradient)
        costs.append(value)
    return net, costs


def draw(net: Net, costs: list, world: tuple, out) -> None:
    """One world with both plans and the band that bounds them; the training."""
    figure, ((left,), (right,)) = panels(1, rows=2, width=8.0, height=2.9)
    plan = reliable(*world)
    for centre, radius in zip(*world, strict=True):
        left.add_patch(Circle(centre, radius, color="tab:gray"))
    for point in plan:
        left.add_patch(Circle(point, MARGIN, color="tab:green", alpha=0.06, lw=0))
    left.plot(*plan.T, ".-", color="black", lw=1, ms=3, label="reliable")
    left.plot(
        *(plan + change(net, plan)).T, ".-", color="tab:red", ms=3, label="changed"
    )
    left.set(
        aspect="equal",
        ylim=(-1.2, 1.6),
        xlabel="x",
        ylabel="y",
        title="green: as far as it can go",
    )
    left.legend(loc="lower center", ncols=2)
    right.plot(costs)
    right.set(xlabel="step", ylabel="cost", title="length and bending")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "planner").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        plans = [reliable(*world) for world in worlds(rng, 2)]
        print(loss.specialize(initial(rng), plans).source)
        return {}
    net, costs = train(rng, 50 if options.quick else 800)
    test = worlds(rng, 200)
    plans = [reliable(*world) for world in test]
    before = float(np.mean([cost(plan) for plan in plans]))
    after = float(loss.primal(net, plans))
    safe = min(
        clearance(p + change(net, p), w) for p, w in zip(plans, test, strict=True)
    )
    wild = [initial(rng, size) for size in (1.0, 10.0, 1e3, 1e6)]
    pairs = [
        (p + change(n, p), w) for n in wild for p, w in zip(plans, test, strict=True)
    ]
    worst = min(clearance(*pair) for pair in pairs)
    report("cost of the reliable plans", f"{before:.3f}", "-")
    report("cost with the learned changes", f"{after:.3f}", "lower")
    report("least clearance of the changed plans", f"{safe:.3f}", ">= 0, proven")
    report("least clearance with absurd weights", f"{worst:.3f}", ">= 0, proven")
    draw(net, costs, test[0], options.out)
    return {"before": before, "after": after, "safe": safe, "worst": worst}


if __name__ == "__main__":
    main()
