"""Rule bodies are array code: called with numbers they compute, called here they build.

`Traced` stands for a value of the program being built. Python's operators, NumPy's
functions (through NumPy's own dispatch protocols) and the functions of `dpc.runtime`
(through `rt`) applied to it append statements to the builder.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import dpc.runtime as runtime
from dpc.ir.build import Builder
from dpc.ir.facts import Fact, elementwise
from dpc.ir.nodes import Apply, Atom, Const, Object, Slot
from dpc.ir.paths import path_of
from dpc.rules.ruleset import Refused

MATH = frozenset(
    "sin cos tan sinh cosh tanh exp exp2 log log2 log10 log1p expm1 sqrt "
    "copysign".split()
)

# Real numbers of less than double precision.
NARROW = frozenset({"f4", "f2"})


# Numbers of Python's own.
PYTHON = frozenset({"float", "int", "complex"})


@dataclass(frozen=True, slots=True)
class Selected:
    """A partial derivative of one where a test holds, and of exactly zero elsewhere.

    The cotangent is selected, not multiplied: what is infinite or NaN on the side that
    was not taken contributes nothing. `otherwise` turns the test round.
    """

    test: Any
    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """A partial derivative that the cotangent is divided by, not multiplied with.

    `quiet`: the primal is a function of NumPy or SciPy, which does not raise where the
    divisor is zero, not even for Python's numbers.
    """

    above: Any
    below: Any
    quiet: bool = False

    def __neg__(self) -> Quotient:
        return Quotient(-self.above, self.below, self.quiet)


@dataclass(frozen=True, slots=True)
class Finite:
    """A partial derivative that is never infinite: no mask is needed against it."""

    value: Any


class NotKnown:
    """The type of `NOT_KNOWN`: there is a derivative, but no rule has it."""


NOT_KNOWN = NotKnown()


class Traced:
    """An atom of the program under construction, with Python's operators."""

    __slots__ = ("atom", "build", "scalar")
    __array_priority__ = 1000

    def __init__(self, build: Builder, atom: Atom, scalar: bool = False) -> None:
        self.build = build
        self.atom = atom
        self.scalar = scalar  # Python-scalar code: np.cos(x) is written math.cos(x)

    @property
    def fact(self) -> Fact:
        """What is known of the value."""
        return self.build.display(self.atom) or self.build.fact(self.atom)

    def known(self, fact: Fact) -> Traced:
        """The same value, of which the rule knows more than can be inferred."""
        if isinstance(self.atom, Slot):
            self.build.facts[self.atom] = fact
        return self

    def _apply(self, fn: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Traced:
        if self.scalar and fn.startswith("np.") and fn[3:] in MATH:
            fn = "math." + fn[3:]
        atoms = tuple(atom_of(self.build, a) for a in args)
        named = {k: atom_of(self.build, a) for k, a in kwargs.items()}
        made = self.build.computed(Apply(fn, atoms, tuple(named.items())))
        return Traced(self.build, made, self.scalar)

    def apply(self, fn: str, *args: Any, **kwargs: Any) -> Traced:
        """A primitive by its key, for calls that NumPy's dispatch does not see: those
        of lists and shapes that are traced as a whole."""
        return self._apply(fn, args, kwargs)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any
    ) -> Traced:
        name = path_of(ufunc)
        operator = OPERATORS.get(name)
        if method == "__call__" and operator is not None and not kwargs:
            return self._apply(operator, args, {})
        suffix = "" if method == "__call__" else f".{method}"
        return self._apply(name + suffix, args, kwargs)

    def __array_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Traced:
        return self._apply(path_of(func), args, kwargs)

    def __getitem__(self, index: Any) -> Traced:
        return self._apply("getitem", (self, index), {})

    @property
    def shape(self) -> Traced:
        return self._apply("getattr", (self, "shape"), {})

    @property
    def size(self) -> Traced:
        return self._apply("getattr", (self, "size"), {})

    @property
    def dtype(self) -> Traced:
        return self._apply("getattr", (self, "dtype"), {})

    @property
    def T(self) -> Traced:
        return self._apply("getattr", (self, "T"), {})

    @property
    def rank(self) -> int | None:
        """The number of dimensions where it is known when the program is built."""
        return self.fact.rank

    def __bool__(self) -> bool:
        raise TypeError("a rule cannot branch on a value of the program it builds")

    def __iter__(self) -> Any:
        raise TypeError("a rule cannot iterate over a value of the program it builds")

    def __neg__(self) -> Traced:
        return self._apply("operator.neg", (self,), {})


def _binary(fn: str) -> tuple[Callable[..., Traced], Callable[..., Traced]]:
    def forward(self: Traced, other: Any) -> Traced:
        return self._apply(fn, (self, other), {})

    def reflected(self: Traced, other: Any) -> Traced:
        return self._apply(fn, (other, self), {})

    return forward, reflected


BINARY = {
    "add": "operator.add",
    "sub": "operator.sub",
    "mul": "operator.mul",
    "truediv": "operator.truediv",
    "floordiv": "operator.floordiv",
    "mod": "operator.mod",
    "pow": "operator.pow",
    "matmul": "operator.matmul",
    "and": "operator.and_",
    "or": "operator.or_",
}
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
# Ufuncs that Python's operators reach when the left operand is a NumPy scalar or array.
OPERATORS = {
    "np.add": "operator.add",
    "np.subtract": "operator.sub",
    "np.multiply": "operator.mul",
    "np.divide": "operator.truediv",
    "np.power": "operator.pow",
    "np.negative": "operator.neg",
    "np.matmul": "operator.matmul",
    "np.less": "operator.lt",
    "np.less_equal": "operator.le",
    "np.greater": "operator.gt",
    "np.greater_equal": "operator.ge",
    "np.equal": "operator.eq",
    "np.not_equal": "operator.ne",
}
for _name, _fn in BINARY.items():
    _forward, _reflected = _binary(_fn)
    setattr(Traced, f"__{_name}__", _forward)
    setattr(Traced, f"__r{_name}__", _reflected)
for _name in COMPARISONS:
    setattr(Traced, f"__{_name}__", _binary(f"operator.{_name}")[0])


def atom_of(build: Builder, value: Any) -> Atom:
    """The atom of a rule's value: its own if it is traced, or a literal.

    A tuple, list or slice of which a part is traced is built.
    """
    match value:
        case Traced():
            return value.atom
        case Slot() | Const() | Object():
            return value
        case tuple() if any(_traced(item) for item in value):
            return build.apply("tuple", *(atom_of(build, item) for item in value))
        case list() if any(_traced(item) for item in value):
            return build.apply("list", *(atom_of(build, item) for item in value))
        case slice() if any(map(_traced, (value.start, value.stop, value.step))):
            parts = (value.start, value.stop, value.step)
            return build.apply("slice", *(atom_of(build, part) for part in parts))
        case np.float64() | np.bool() | np.integer():
            # A literal that NumPy computed with is as weak as the one it came from.
            return Const(value.item())
        case np.ndarray() if not value.shape:
            return atom_of(build, value[()])
        case _:
            return Const(value)


def _traced(value: Any) -> bool:
    if isinstance(value, slice):
        value = (value.start, value.stop, value.step)
    if isinstance(value, tuple | list):
        return any(map(_traced, value))
    if isinstance(value, slice):
        return any(map(_traced, (value.start, value.stop, value.step)))
    return isinstance(value, Traced | Slot)


def log_of(value: float, like: Any) -> Any:
    """`math.log(value)`, spelled out: a float, it leaves single precision alone."""
    if isinstance(like, Traced):
        return like.apply("math.log", value)
    return math.log(value)


def applied(fn: str, *operands: Any, **named: Any) -> Any:
    """A primitive by its key, where no operator or function of NumPy reaches it."""
    for value in (*operands, *named.values()):
        if isinstance(value, Traced):
            return value._apply(fn, operands, named)
    raise TypeError(f"{fn} is applied to nothing that is being built")


def as_array(x: Any) -> Any:
    """`np.asarray(x)`, which NumPy's dispatch does not see."""
    return x.apply("np.asarray", x) if isinstance(x, Traced) else np.asarray(x)


def as_int(x: Any) -> Any:
    """`int(x)`, of a truth value."""
    return x.apply("int", x) if isinstance(x, Traced) else int(x)


def is_array(x: Any) -> bool:
    """Proven to be an array: division by zero and the like cannot raise."""
    return x.fact.is_array if isinstance(x, Traced) else isinstance(x, np.ndarray)


def is_narrow(x: Any) -> bool:
    """Of a floating dtype that is smaller than that of Python's floats."""
    return isinstance(x, Traced) and x.fact.dtype in NARROW


def may_be_narrow(x: Any) -> bool:
    """Of a dtype that is only known when the program runs."""
    return isinstance(x, Traced) and x.fact.dtype in ("", "f") and not is_float(x)


def is_real(x: Any) -> bool:
    """Proven to hold real numbers."""
    return isinstance(x, Traced) and x.fact.dtype[:1] in ("f", "i", "u", "b")


def is_complex(x: Any) -> bool:
    """Proven to hold complex numbers."""
    return isinstance(x, Traced) and x.fact.dtype[:1] == "c"


def conj(x: Any) -> Any:
    """The complex conjugate, of what is not proven real."""
    return x if is_real(x) else np.conj(x)


def real(x: Any) -> Any:
    """The real part, of what is not proven real."""
    return x if is_real(x) else np.real(x)


def realised(g: Any, x: Any, out: Any) -> Any:
    """The cotangent of `out`, which is real also where its operand `x` is complex.

    Where it is not proven real it may have come by a product with complex numbers.
    """
    return g if is_real(x) or is_real(g) else rt.real_as(g, out)


def only_real(x: Any, name: str) -> Any:
    """`x`, refused where it is complex: a rule of `name` is one of real numbers."""
    if is_complex(x):
        raise Refused(f"{name} of complex numbers has no derivative rule")
    return x if is_real(x) else rt.require_real(x, name)


def typed(value: Any, *like: Any) -> Any:
    """A partial derivative that is computed as float64, in the dtype that the operands
    have together: a Python float beside single precision leaves it single."""
    if isinstance(value, Quotient):
        above, below = typed(value.above, *like), typed(value.below, *like)
        return Quotient(above, below, value.quiet)
    given = [x for x in like if isinstance(x, Traced)]
    dtype = elementwise([x.fact for x in given]).dtype if given else ""
    if dtype not in NARROW or not isinstance(value, Traced):
        return value
    narrow = next(x for x in given if x.fact.dtype == dtype)
    return value.apply("method.astype", value, narrow.dtype)


def is_float(x: Any) -> bool:
    """Python-scalar code: NumPy's functions are slow there and leave its scalars."""
    return x.scalar if isinstance(x, Traced) else isinstance(x, float | int)


def divide(a: Any, b: Any) -> Any:
    """`a / b`, which does not raise for Python's numbers either."""
    by_numpy = isinstance(a, Traced) and a.fact.kind in ("scalar", "array")
    if isinstance(b, Traced) and b.fact.kind in PYTHON and not by_numpy:
        return a / b if _is_above_one(b) else applied("np.divide", a, b)
    return a / b


def _is_above_one(x: Traced) -> bool:
    """The value is `1 + y * y`, which is not zero."""
    match x.build.definition(x.atom):
        case Apply("operator.add", (Const(c), Slot() as square)) if c == 1:
            match x.build.definition(square):
                case Apply("operator.mul", (a, b)):
                    return a is b
    return False


def over(a: Any, b: Any) -> Any:
    """A partial derivative `a / b`. A `b` of 0 has made the primal raise, if it is one
    of Python's numbers and no function of NumPy or SciPy has taken it."""
    return Quotient(a, b, quiet=not is_float(b))


def over_zero(a: Any, b: Any) -> Any:
    """A partial derivative `a / b`, infinite for a `b` of 0: it must not raise."""
    return rt.quotient(a, b) if is_float(b) else over(a, b)


class Runtime:
    """The functions of `dpc.runtime` for rule bodies: given a `Traced`, they build."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(runtime, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if isinstance(value, Traced):
                    return value._apply(f"dpc.{name}", args, kwargs)
            return function(*args, **kwargs)

        return call


rt = Runtime()
