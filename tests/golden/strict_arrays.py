"""An array module that is not NumPy: its arrays refuse every function of NumPy.

It stands for a device's arrays where there is no device. Its functions compute with
NumPy inside; a generated module that reaches NumPy in another way fails.
"""

import operator
import sys

import numpy


class Array:
    """An array that only this module's functions and its own operators take."""

    __array_ufunc__ = None

    def __init__(self, inside):
        self.inside = inside

    def __array__(self, *args, **kwargs):
        raise TypeError("NumPy was called with an array of another module")

    def __array_function__(self, *args, **kwargs):
        raise TypeError("NumPy was called with an array of another module")

    # As of the arrays of a device, the class says that it has these.
    @property
    def dtype(self):
        return self.inside.dtype

    @property
    def shape(self):
        return self.inside.shape

    def __getattr__(self, name):
        found = getattr(self.inside, name)
        return _wrapped_call(found) if callable(found) else wrapped(found)

    def __getitem__(self, index):
        return wrapped(self.inside[unwrapped(index)])

    def __setitem__(self, index, value):
        self.inside[unwrapped(index)] = unwrapped(value)

    def __len__(self):
        return len(self.inside)

    def __iter__(self):
        return map(wrapped, self.inside)

    def __float__(self):
        return float(self.inside)

    def __bool__(self):
        return bool(self.inside)


def wrapped(value):
    """NumPy's arrays and scalars as arrays of this module."""
    if isinstance(value, numpy.ndarray | numpy.floating):
        return Array(value)
    if isinstance(value, tuple | list):
        return type(value)(map(wrapped, value))
    return value


def unwrapped(value):
    """The opposite of `wrapped`."""
    if isinstance(value, Array):
        return value.inside
    if isinstance(value, tuple | list):
        return type(value)(map(unwrapped, value))
    return value


def _wrapped_call(function):
    def call(*args, **kwargs):
        named = {key: unwrapped(value) for key, value in kwargs.items()}
        return wrapped(function(*map(unwrapped, args), **named))

    return call


def _binary(name):
    plain = getattr(operator, name, None) or getattr(operator, f"{name}_")

    def forward(self, other):
        return wrapped(plain(self.inside, unwrapped(other)))

    def reflected(self, other):
        return wrapped(plain(unwrapped(other), self.inside))

    def in_place(self, other):
        self.inside = getattr(operator, f"i{name}")(self.inside, unwrapped(other))
        return self

    setattr(Array, f"__{name}__", forward)
    setattr(Array, f"__r{name}__", reflected)
    setattr(Array, f"__i{name}__", in_place)


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
    _binary(_name)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _compare = getattr(operator, _name)
    setattr(
        Array,
        f"__{_name}__",
        lambda self, other, f=_compare: wrapped(f(self.inside, unwrapped(other))),
    )
Array.__neg__ = lambda self: wrapped(-self.inside)


class _Add:
    @staticmethod
    def at(x, index, value):
        numpy.add.at(x.inside, unwrapped(index), unwrapped(value))


class _Module(type(sys)):
    """NumPy's names, its functions over arrays of this module."""

    ndarray = Array
    add = _Add

    def __getattr__(self, name):
        found = getattr(numpy, name)
        if callable(found) and not isinstance(found, type):
            return _wrapped_call(found)
        return found


Array.__module__ = "strict_arrays"
strict = _Module("strict_arrays")
sys.modules["strict_arrays"] = strict
