"""Functions as users write them, to be read: the lines of this file matter."""

import functools
from dataclasses import dataclass


def keep(f):
    return f


def call_logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


def plain(x, y=2.0, *, scale=3.0):
    """Returns a product."""
    return x * y * scale


@keep
@functools.lru_cache
def cached(x):
    return x + 1


@keep
@keep
def decorated(x):
    return x + 2


@call_logged
def logged(x):
    return x + 3


class Spring:
    rest = 1.0

    def __init__(self, k):
        self.__k = k

    def energy(self, x):
        d = x - self.rest
        return self.__k * d * d

    @staticmethod
    def square(x):
        return x * x

    @classmethod
    def build(cls, k):
        return cls(k)

    def __call__(self, x):
        return self.energy(x)

    @property
    def length(self):
        return self.rest

    def __private(self, __x=0.0):
        return __x


@dataclass
class __Hidden:
    k: float

    def energy(self, x):
        return self.__k * x


class Other(Spring):
    pass


def closure(a):
    b = a + 1

    def inner(x):
        return a * x + b

    return inner


add, sub = lambda x, y: x + y, lambda x, y: x - y
nested = lambda x: lambda y: x * y
same = (lambda x: x + 1), (lambda x: x + 1)
multi = [
    lambda x: x + 1,
    lambda x: x - 1,
]
in_default = lambda x, f=lambda z: z * 4: f(x)


if add(1, 2) == 3:

    def conditional(x):
        return x + 4

else:

    def conditional(x):
        return x + 5


def checked(x, y):
    """Holds assertions of all kinds; the rest of it must still be compared."""
    assert x > 0
    assert x > 0 and y > 0, f"both positive, not {x} and {y}"
    total = 0.0
    for i in range(3):
        assert isinstance(i, int), "an integer"
        if i > 1:
            assert all(a > 0 for a in [x, y])
        else:
            total = total + x
        while y < 0:
            assert y
        total += i
    assert (z := x) == x
    assert sum(v for v in [total]) in (total,)
    g = lambda a: a * x
    assert g
    if total:
        assert total
    return g(total)
