"""A planner with a neural part that can change it only within proven bounds.

A reliable planner goes round every obstacle at a margin. A network looks at the plan
and moves each waypoint, each coordinate by at most the margin over the square root of
two: whatever its weights, no waypoint comes nearer to an obstacle than the obstacle's
edge. It learns to make plans short and smooth; the guarantee needs no training and is
checked on networks with absurd weights.

    python examples/planner.py
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Circle

from command import parser, progress, report
from optimisers import Adam
from planner_model import (
    MARGIN,
    Net,
    change,
    clearance,
    cost,
    initial,
    loss,
    reliable,
    worlds,
)
from style import panels, save


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
        title="a plan; green: how far the network can move it",
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
