"""Objects: methods and `self`, dataclass and NamedTuple fields, calls, properties."""

import dataclasses
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.programs.case import case, normal


@dataclass
class Layer:
    w: np.ndarray
    b: np.ndarray
    name: str = "layer"

    def __call__(self, x):
        return np.tanh(self.w @ x + self.b)

    def penalty(self, rate=0.5):
        return rate * (np.sum(self.w**2) + self.bias_size)

    @property
    def bias_size(self):
        return np.sum(self.b * self.b)


@dataclass
class Network:
    layers: list[Layer]
    scale: float = 1.0
    calls: int = 0

    def forward(self, x):
        self.calls += 1
        for layer in self.layers:
            x = layer(x)
        return x * self.scale

    def loss(self, x):
        return np.sum(self.forward(x)) + sum(v.penalty() for v in self.layers)


def called_layer(layer, x):
    return np.sum(layer(x) * x[:2])


def method_with_keyword(layer, x):
    return layer.penalty(rate=x[0]) + layer.penalty()


def property_read(layer):
    return layer.bias_size * np.sum(layer.w) + layer.bias_size


def network_of_layers(network, x):
    return network.loss(x) * len(network.layers)


@dataclass
class Particle:
    position: np.ndarray
    velocity: np.ndarray
    mass: float

    def move(self, dt):
        self.velocity = self.velocity - dt * self.position / self.mass
        self.position += dt * self.velocity

    @property
    def energy(self):
        return 0.5 * self.mass * np.sum(self.velocity**2) + np.sum(self.position**2)

    @energy.setter
    def energy(self, value):
        self.velocity *= value / self.energy


def simulation(particle, dt: float):
    for _ in range(3):
        particle.move(dt)
    return particle.energy


def fields_written(particle):
    particle.mass *= 2
    particle.position[0] = particle.mass * particle.velocity[1]
    particle.velocity = particle.position * particle.mass
    return np.sum(particle.velocity * particle.position)


def attributes_in_place(particle, dt: float):
    particle.mass *= 1 + dt
    particle.mass **= 2
    old = particle.position
    particle.position -= dt * particle.velocity
    old += particle.mass
    return np.sum(particle.position**2) / particle.mass


def made_inside(x, m: float):
    p = Particle(x * 2, x * x, mass=m)
    p.move(0.1)
    q = Particle(p.velocity, np.zeros(2), p.mass)
    q.move(0.2)
    q.velocity[0] = p.mass
    return q.energy + p.energy


def property_written(x):
    p = Particle(x * 1.0, x + 1, 1.5)
    p.energy = x[0] * 3
    return np.sum(p.velocity)


def replaced_field(particle, m: float):
    heavier = dataclasses.replace(particle, mass=particle.mass * m)
    heavier.move(0.3)
    return heavier.energy * particle.mass


class Point(NamedTuple):
    x: float
    y: float
    label: str = ""

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    @property
    def size(self):
        return np.sqrt(self.x**2 + self.y**2)


def fields_of_a_named_tuple(p):
    return p.x * p.y + p[0] ** 2 + p.size


def named_tuples_made(x: float, y: float):
    p = Point(x, y=x * y)
    q = p._replace(x=p.y, label="q")
    a, b, _ = q
    return p.dot(q) * a + b + len(q.label)


def named_tuples_as_dicts(x: float, y: float):
    p = Point(x, y)
    fields = p._asdict()
    fields["x"] = fields["x"] * 2.0
    fields.pop("label")
    total = p._replace(x=p.y * p.y)._asdict()["x"]
    for name, value in fields.items():
        total = total + len(name) * value**2
    return total * p.x


class Pair(NamedTuple("Pair", [("a", float), ("b", float)])):
    """A named tuple whose class states `_asdict` itself."""

    def _asdict(self):
        return {"a": self.b, "b": self.a * self.a}


def named_tuples_with_their_own(x: float, y: float):
    found = Pair(x, y)._asdict()
    return found["a"] * np.sin(found["b"])


def method_of_a_named_tuple(p, q):
    return p.dot(q) * q.dot(Point(2.0, p.x))


class Counter:
    """An ordinary class with an initialiser, a class attribute and state."""

    step = 0.5

    def __init__(self, start, rate=2.0):
        self.total = start
        self.rate = rate
        self.history = []

    def add(self, value):
        self.total = self.total * self.step + self.rate * value
        self.history.append(self.total)
        return self

    @staticmethod
    def twice(value):
        return value * 2

    @classmethod
    def fresh(cls, start):
        return cls(start, 3.0)


def ordinary_object(x):
    counter = Counter(x[0])
    for value in x:
        counter.add(value * value)
    return counter.total * counter.history[1] + len(counter.history)


def chained_methods(x: float):
    counter = Counter.fresh(x).add(x).add(x * x)
    return counter.total * Counter.twice(x)


class Base:
    def __init__(self, scale):
        self.scale = scale

    def value(self, x):
        return self.scale * self.shape(x)

    def shape(self, x):
        return x


class Curved(Base):
    def __init__(self, scale, bend):
        super().__init__(scale * 2)
        self.bend = bend

    def shape(self, x):
        return super().shape(x) ** 2 * self.bend


def inherited(x: float, y: float):
    return Curved(x, y).value(y) + Base(y).value(x)


class Scaled:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x, power=2):
        return self.scale * x**power


def object_in_a_closure(x: float):
    f = Scaled(x)
    return f(2.0) * f(x, power=3)


CALLABLE = Scaled(1.7)


def object_from_outside(x: float):
    return CALLABLE(x) * CALLABLE.scale


@dataclass
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, scale):
        return Vector(self.x * scale, self.y * scale)


def operators_of_a_class(x: float, y: float):
    v = Vector(x, y) + Vector(y, 2.0) * x
    return v.x * v.y


@dataclass(frozen=True)
class Settings:
    rate: float
    sizes: tuple[float, float]
    steps: int = 3
    extra: dict = field(default_factory=dict)


def frozen_settings(settings, x: float):
    for _ in range(settings.steps):
        x = x - settings.rate * np.sin(x * settings.sizes[0])
    return x * settings.sizes[1] * settings.extra.get("gain", 1.0)


@dataclass
class Model:
    w: np.ndarray
    decay: float

    def loss(self, x):
        return np.sum(np.sin(self.w * x)) + self.decay * np.sum(self.w**2)


LAYER = Layer(normal(2, 3), normal(2, seed=1))
SECOND = Layer(normal(2, 2, seed=1), normal(2))
NETWORK = Network([Layer(normal(2, 2), normal(2)), SECOND])
PARTICLE = Particle(normal(2), normal(2, seed=1), 1.4)
PAIR = dict(wrt=(0, 1))

CASES = [
    case(called_layer, LAYER, normal(3), rows="object call; object dataclass", **PAIR),
    case(method_with_keyword, LAYER, normal(3), rows="object method", **PAIR),
    case(attributes_in_place, PARTICLE, 0.4, rows="augmented attribute", **PAIR),
    case(property_read, LAYER, rows="object property"),
    case(
        network_of_layers, NETWORK, normal(2), rows="object method; object call", **PAIR
    ),
    case(simulation, PARTICLE, 0.2, rows="object field write; object method", **PAIR),
    case(fields_written, PARTICLE, rows="object field write; object dataclass"),
    case(made_inside, normal(2), 1.3, rows="object dataclass", **PAIR),
    case(property_written, normal(2), rows="object property; object field write"),
    case(replaced_field, PARTICLE, 1.3, rows="object dataclass", **PAIR),
    case(fields_of_a_named_tuple, Point(0.7, 1.3), rows="object NamedTuple"),
    case(named_tuples_as_dicts, 0.7, 1.3, rows="object NamedTuple", **PAIR),
    case(named_tuples_with_their_own, 0.7, 1.3, rows="object NamedTuple", **PAIR),
    case(named_tuples_made, 0.7, 1.3, rows="object NamedTuple", **PAIR),
    case(
        method_of_a_named_tuple,
        Point(0.7, 1.3),
        Point(-0.2, 0.4, "q"),
        rows="object NamedTuple; object method",
        **PAIR,
    ),
    case(ordinary_object, normal(3), rows="object method; object field write"),
    case(chained_methods, 0.7, rows="object method"),
    case(inherited, 0.7, 1.3, rows="object method", **PAIR),
    case(object_in_a_closure, 0.7, rows="object call"),
    case(object_from_outside, 0.7, rows="object call; global read"),
    case(operators_of_a_class, 0.7, 1.3, rows="object method", **PAIR),
    case(
        frozen_settings,
        Settings(0.3, (1.5, 0.7), extra={"gain": 1.2}),
        0.9,
        rows="object dataclass",
        **PAIR,
    ),
    case(Model(normal(3), 0.3).loss, normal(3), rows="object method"),
]
