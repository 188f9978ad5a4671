"""Billiards: the cue ball's speed is learned through the collisions of seven balls.

Six balls stand in a triangle. The cue ball should be played so that one of the last row
ends on a goal. Balls are hard: a contact turns their velocities at once, and where
within the step it happens moves them too, or the derivative would miss it (see
bounce.py). Descent on the distance from the goal finds direction and speed.

    python examples/billiards.py
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Circle

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

RADIUS, STEP, STEPS, ELASTIC = 0.03, 0.004, 250, 0.95
WATCHED = 6  # which ball should end on the goal
GOAL = np.array([0.9, 0.75])
START = np.array([1.5, 0.0])


def table():
    """Where the balls begin, (7, 2); the cue ball is the first."""
    places = [[0.1, 0.5]]
    for row in range(3):
        for k in range(row + 1):
            spread = (k - row / 2) * 2.02 * RADIUS
            places.append([0.5 + row * 1.75 * RADIUS, 0.5 + spread])
    return np.array(places)


def roll(speed, steps):
    """Places of all balls after every 5th step and at the end, a list of (7, 2)."""
    place = table()
    velocity = np.zeros_like(place)
    velocity[0] = speed
    course = []
    for t in range(steps):
        if t % 5 == 0:
            course.append(place.copy())
        ahead = place + STEP * velocity
        push, back = np.zeros_like(place), np.zeros_like(place)
        for i in range(len(place)):
            for j in range(i):
                apart = ahead[i] - ahead[j]
                distance = np.sqrt(np.sum(apart**2))
                normal = apart / distance
                closing = np.sum((velocity[i] - velocity[j]) * normal)
                if distance < 2 * RADIUS and closing < 0:
                    impulse = 0.5 * (1 + ELASTIC) * closing * normal
                    # For so long of this step they already move as after the contact.
                    late = np.minimum((distance - 2 * RADIUS) / closing, STEP)
                    push[i] -= impulse
                    push[j] += impulse
                    back[i] -= late * impulse
                    back[j] += late * impulse
        velocity = velocity + push
        place = ahead + back
    course.append(place)
    return course


@dpc.value_and_grad(branches="hard")
def loss(speed, steps):
    """Squared distance of the watched ball from the goal at the end."""
    place = roll(speed, steps)[-1]
    return np.sum((place[WATCHED] - GOAL) ** 2)


def learn(iterations: int) -> tuple[np.ndarray, list[float]]:
    """Adam, then again from the best with small steps: that speed, all distances.

    Which balls meet changes with the speed, and the distance jumps there.
    """
    best, distances = START, []
    for rate in (0.03, 0.003, 0.0003):
        speed, optimiser = best, Adam(rate)
        for step in progress(iterations, "learning"):
            value, gradient = loss(speed, STEPS)
            distances.append(float(np.sqrt(value)))
            if distances[-1] == min(distances):
                best = speed
            optimiser.rate = rate * (1 + np.cos(np.pi * step / iterations)) / 2
            speed = optimiser.step(speed, gradient)
    return best, distances


def draw(speed: np.ndarray, distances: list[float], out) -> None:
    """The paths of the balls before and after, and the distance while learning."""
    figure, ((one, two, three),) = panels(3, width=3.9, height=3.4)
    for axes, played, name in ((one, START, "first shot"), (two, speed, "learned")):
        course = np.array(roll(played, STEPS))
        for ball in range(course.shape[1]):
            colour = "tab:red" if ball == WATCHED else "tab:gray"
            axes.plot(*course[:, ball].T, color="black" if ball == 0 else colour, lw=1)
            axes.add_patch(Circle(course[0, ball], RADIUS, color=colour, alpha=0.5))
        axes.plot(*GOAL, "x", color="tab:blue", ms=9, mew=2)
        axes.set(xlim=(0, 1.5), ylim=(-0.1, 1.2), aspect="equal", title=name)
        axes.set(xlabel="x", ylabel="y, the goal is the cross")
    three.semilogy(distances)
    three.set(xlabel="step", ylabel="distance from the goal", title="learning")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "billiards").parse_args(arguments)
    if options.source:
        print(loss.specialize(START, 3).source)
        return {}
    speed, distances = learn(4 if options.quick else 60)
    report("distance from the goal, first shot", f"{distances[0]:.4f}", "-")
    report("distance, learned", f"{min(distances):.4f}", "<= 0.015, half a radius")
    report("speed to play", f"{speed[0]:.4f} {speed[1]:.4f}", "-")
    draw(speed, distances, options.out)
    return {"first": distances[0], "best": min(distances)}


if __name__ == "__main__":
    main()
