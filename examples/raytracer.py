"""A ray tracer that learns where its light is, and where its sphere is.

Orthographic rays fall on one matt sphere under a point light. From the picture alone,
descent finds the light again from a start on the other side. The sphere is harder: the
pixels that it covers are decided by `discriminant > 0`, which has no derivative, so the
gradient of the shading misses what moves in and out at the edge. The program says how
much: the sphere's gradient is compared with differences, and is not theirs.

    python examples/raytracer.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

ALBEDO = np.array([0.8, 0.3, 0.2])
LIGHT, INTENSITY = np.array([2.0, 2.0, 3.0]), 30.0
START = np.array([-1.0, 3.0, 2.0])
CENTRE, RADIUS = np.zeros(3), 1.0


def rays(pixels):
    """The x and y of every pixel's centre: (pixels, pixels) each."""
    at = (np.arange(pixels) + 0.5) / pixels * 3 - 1.5
    return np.meshgrid(at, -at)


def render(light, centre, radius, x, y):
    """The picture, (pixels, pixels, 3): Lambert's law and the inverse square."""
    dx, dy = x - centre[0], y - centre[1]
    discriminant = radius**2 - dx**2 - dy**2
    covered = discriminant > 0
    dz = np.sqrt(np.where(covered, discriminant, 1.0))
    normal = np.stack([dx, dy, dz], axis=-1) / radius
    to_light = light - centre - radius * normal
    distance = np.sqrt(np.sum(to_light**2, axis=-1))
    cosine = np.sum(normal * to_light, axis=-1) / distance
    lit = np.where(covered & (cosine > 0), cosine, 0.0)
    brightness = INTENSITY / (4 * np.pi * distance**2) * lit
    return brightness[:, :, None] * ALBEDO


@dpc.value_and_grad(wrt=("light", "centre"), branches="hard")
def loss(light, centre, radius, x, y, picture):
    """Mean squared difference of a rendered picture from the one given."""
    return np.mean((render(light, centre, radius, x, y) - picture) ** 2)


def find_light(x, y, picture, steps: int) -> tuple[list, list]:
    """Adam from the start: the lights and the losses on the way."""
    light, optimiser = START, Adam(rate=0.1)
    lights, losses = [light], []
    for _ in progress(steps, "the light"):
        value, (slope, _) = loss(light, CENTRE, RADIUS, x, y, picture)
        light = optimiser.step(light, slope)
        lights.append(light)
        losses.append(value)
    return lights, losses


def edge_error() -> float:
    """Share of a sphere's slope in x that the shading alone misses."""
    x, y = rays(256)
    picture = render(LIGHT, CENTRE, RADIUS, x, y)
    centre, h = np.array([-0.3, 0.0, 0.0]), 0.05
    _, (_, slope) = loss(LIGHT, centre, RADIUS, x, y, picture)
    step = np.array([h, 0.0, 0.0])
    after = loss.primal(LIGHT, centre + step, RADIUS, x, y, picture)
    before = loss.primal(LIGHT, centre - step, RADIUS, x, y, picture)
    difference = (after - before) / (2 * h)
    return float((difference - slope[0]) / difference)


def find_sphere(x, y, steps: int) -> list:
    """Descent on the centre by the shading alone: the centres on the way."""
    picture = render(LIGHT, CENTRE, RADIUS, x, y)
    centre, optimiser = np.array([0.3, -0.2, 0.0]), Adam(rate=0.01)
    centres = [centre]
    for _ in progress(steps, "the sphere"):
        _, (_, slope) = loss(LIGHT, centre, RADIUS, x, y, picture)
        # Along the rays nothing can be seen of it but by the light's distance.
        centre = optimiser.step(centre, slope * np.array([1.0, 1.0, 0.0]))
        centres.append(centre)
    return centres


def draw(lights: list, losses: list, centres: list, x, y, out) -> None:
    """The picture at the start and at the end, and how both searches went."""
    figure, ((one, two, three, four),) = panels(4, width=3.2, height=3.0)
    for axes, light, name in ((one, START, "first light"), (two, lights[-1], "found")):
        shown = render(light, CENTRE, RADIUS, x, y)
        axes.imshow((shown / shown.max()) ** 0.45)  # as a screen shows brightness
        axes.grid(visible=False)
        axes.set(xticks=[], yticks=[], title=name)
    distance = [np.linalg.norm(light - LIGHT) for light in lights]
    three.semilogy(distance, label="distance of the light")
    three.semilogy(losses, label="mean squared error")
    three.set(xlabel="step", title="searching the light")
    three.legend(fontsize=7)
    away = [np.linalg.norm(centre[:2]) for centre in centres]
    four.plot(away, color="tab:red")
    four.set(xlabel="step", ylabel="distance from its place", ylim=(0, None))
    four.set_title("searching the sphere")
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "raytracer").parse_args(arguments)
    x, y = rays(64)
    picture = render(LIGHT, CENTRE, RADIUS, x, y)
    if options.source:
        print(loss.specialize(START, CENTRE, RADIUS, x, y, picture).source)
        return {}
    value, (slope, _) = loss(START, CENTRE, RADIUS, x, y, picture)
    report("sum of the picture", f"{picture.sum():.4f}", "152.6559")
    report("loss at the start", f"{value:.6e}", "9.791616e-04")
    report("its slope", f"{slope[2]:.6e}", "-5.062332e-04, of z")
    lights, losses = find_light(x, y, picture, 60 if options.quick else 300)
    distance = [float(np.linalg.norm(light - LIGHT)) for light in lights]
    for step in (100, 200, 300):
        if step < len(distance):
            target = {100: "2.7e-02", 200: "<= 1e-3", 300: "8.6e-07"}[step]
            report(f"distance after {step} steps", f"{distance[step]:.1e}", target)
    missing = edge_error()
    report("of the sphere's slope the shading misses", f"{missing:.0%}", "about half")
    centres = find_sphere(x, y, 20 if options.quick else 150)
    away = float(np.linalg.norm(centres[-1][:2]))
    report("sphere found within", f"{away:.3f}", "0")
    draw(lights, losses, centres, x, y, options.out)
    return {
        "loss": float(value),
        "slope": float(slope[2]),
        "middle": distance[min(200, len(distance) - 1)],
        "end": distance[-1],
        "missing": missing,
        "sphere": away,
    }


if __name__ == "__main__":
    main()
