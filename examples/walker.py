"""A walker of masses and springs, whose neural controller learns through the physics.

Seven masses, joined by springs, lie on the ground in the plane. A small network, which
sees a clock and the shape of the body, changes the rest lengths of the springs at every
one of 1000 steps. What is wanted is to be far to the right at the end; the gradient of
that distance goes back through all contacts and all steps.

    python examples/walker.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam, clipped
from style import panels, save

STEP, STEPS = 0.004, 1000
STIFF, DAMPING, GRAVITY = 400.0, 1.2, 9.81
FLOOR, GRIP = 2000.0, 6.0  # stiffness of the ground, and its friction
CLOCKS, HIDDEN, SWING = 4, 24, 0.25
BODY = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1], [1, 1.6]]) * 0.5
SPRINGS = np.array(
    "03 14 25 34 45 04 13 15 24 01 12 36 46 56".split(), dtype="S2"
).view("u1").reshape(-1, 2) - ord("0")
REST = np.linalg.norm(BODY[SPRINGS[:, 0]] - BODY[SPRINGS[:, 1]], axis=1)


class Controller(NamedTuple):
    w1: np.ndarray  # (CLOCKS + 2 * masses, HIDDEN)
    b1: np.ndarray  # (HIDDEN,)
    w2: np.ndarray  # (HIDDEN, springs)
    b2: np.ndarray  # (springs,)


def lengths_wanted(controller, t, place):
    """The rest lengths of all springs at a step."""
    angle = 2.0 * np.pi * (2.5 * STEP * t + np.arange(CLOCKS) / CLOCKS)
    shape = (place - np.mean(place, axis=0)).reshape(-1)
    inputs = np.concatenate([np.sin(angle), shape])
    hidden = np.tanh(inputs @ controller.w1 + controller.b1)
    return REST * (1.0 + SWING * np.tanh(hidden @ controller.w2 + controller.b2))


def forces(place, speed, wanted):
    """On every mass, (masses, 2): springs, gravity, the ground and its friction."""
    i, j = SPRINGS[:, 0], SPRINGS[:, 1]
    along = place[j] - place[i]
    length = np.sqrt(np.sum(along**2, axis=1))
    pull = (STIFF * (length - wanted) / length)[:, None] * along
    pull = pull + DAMPING * (speed[j] - speed[i])
    force = np.zeros_like(place)
    np.add.at(force, i, pull)
    np.add.at(force, j, -pull)
    depth = np.maximum(-place[:, 1], 0.0)
    force[:, 1] += FLOOR * depth - GRAVITY
    # Friction grows with the pressure and is smooth in the speed.
    force[:, 0] -= (
        GRIP * np.minimum(FLOOR * depth, 30.0) * np.tanh(speed[:, 0] / 0.3) / 10
    )
    force[:, 1] -= 10.0 * (depth > 0) * speed[:, 1]
    return force


def walk(controller, steps):
    """Places of the masses at the end, and those of every 20th step on the way."""
    place, speed = BODY, np.zeros_like(BODY)
    course = []
    for t in range(steps):
        if t % 20 == 0:
            course.append(place)
        wanted = lengths_wanted(controller, t, place)
        speed = speed + STEP * forces(place, speed, wanted)
        place = place + STEP * speed
    return place, course


@dpc.value_and_grad(branches="hard")
def loss(controller, steps):
    """How far the body is from where it began, negative to the right."""
    place, _ = walk(controller, steps)
    return np.mean(BODY[:, 0]) - np.mean(place[:, 0])


def initial(rng: np.random.Generator) -> Controller:
    inputs = CLOCKS + BODY.size
    return Controller(
        rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs),
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, len(SPRINGS))) / np.sqrt(HIDDEN),
        np.zeros(len(SPRINGS)),
    )


def train(controller: Controller, iterations: int, steps: int):
    """Adam on the clipped gradient: the best controller, and all distances."""
    optimiser, distances = Adam(rate=0.01), []
    best = controller
    bar = progress(iterations, "training")
    for _ in bar:
        value, gradient = loss(controller, steps)
        distances.append(-value)
        if distances[-1] >= max(distances):
            best = controller
        controller = optimiser.step(controller, clipped(gradient, 1.0))
        bar.set_postfix_str(f"distance {-value:.2f}")
    return best, distances


def draw(controller: Controller, distances: list, steps: int, out) -> None:
    """The distance while learning, and the body on its way."""
    figure, ((left,), (right,)) = panels(1, rows=2, width=9.0, height=2.8)
    left.plot(distances)
    left.set(xlabel="step of training", ylabel="distance, m", title="learning to walk")
    _, course = walk(controller, steps)
    for number, place in enumerate(course[::5]):
        shade = 0.25 + 0.75 * number / max(len(course[::5]) - 1, 1)
        for i, j in SPRINGS:
            right.plot(*place[[i, j]].T, color="tab:blue", alpha=shade, lw=1)
    path = np.array([np.mean(place, axis=0) for place in course])
    right.plot(*path.T, color="tab:red", lw=1)
    right.axhline(0, color="black", lw=1)
    right.set(xlabel="place, m", ylabel="height, m", aspect="equal")
    right.set_title("every 0.4 s of the walk, its centre red")
    right.set_ylim(-0.2, 1.6)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "walker").parse_args(arguments)
    start = initial(np.random.default_rng(options.seed))
    if options.source:
        print(loss.specialize(start, 10).source)
        return {}
    iterations, steps = (6, 200) if options.quick else (120, STEPS)
    controller, distances = train(start, iterations, steps)
    first, best = distances[0], max(distances)
    report("distance before training, body lengths", f"{first:.2f}", "-")
    report(f"distance after {iterations} steps", f"{best:.2f}", ">= 3 times as far")
    draw(controller, distances, steps, options.out)
    return {"first": float(first), "best": float(best)}


if __name__ == "__main__":
    main()
