"""Second derivatives: the Hessian times a vector, and the Hessian, forward over
reverse."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import is_dataclass, replace
from typing import Any

import numpy as np

from dpc.derived import Derived
from dpc.errors import Diagnostic, UnsupportedError
from dpc.jacobian import Jacobian
from dpc.options import Options
from dpc.pushforward import Pushforward
from dpc.runtime import array_module
from dpc.runtime.containers import each_part, keys_of, part_at
from dpc.runtime.trees import is_array
from dpc.runtime.twins import twin
from dpc.variant import Variant
from dpc.wrt import Chosen

Path = tuple[Any, ...]


class HessianProduct(Pushforward):
    """`hvp(x, v)`: the Hessian of a scalar function times a vector.

    It takes the arguments of the function, and last the vector, structured like the
    differentiated argument (a tuple of them for a tuple `wrt`); its result is, too.
    """

    def __init__(
        self, primal: Callable[..., Any], chosen: Chosen, options: Options
    ) -> None:
        self.scalar = primal
        gradient = Derived(primal, "grad", chosen, options)
        super().__init__(gradient, chosen, replace(options, unsaid=False), "hvp")

    def serve(
        self, variant: Variant, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call one of the variants."""
        args, vector = self.apart(args, kwargs)
        return self.push(variant, self.bound(args, kwargs), vector)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, vector = self.apart(args, kwargs)
        given = self.bound(args, kwargs)
        variant = self.variant(given)
        if variant.program.written:
            given = twin(given)
        return self.push(variant, given, vector)

    def apart(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], Any]:
        """The arguments of the function, and the vector."""
        if "v" in kwargs and "v" not in self.signature.parameters:
            vector = kwargs.pop("v")
        elif args:
            *rest, vector = args
            args = tuple(rest)
        else:
            raise self.unfit("the vector is missing")
        return args, (vector,) if self.chosen.single else vector

    def __reduce__(self) -> tuple[Any, ...]:
        return (HessianProduct, (self.scalar, self.chosen, self.options))


class Hessian:
    """The Hessian of a scalar function, as a callable with the function's signature.

    Of an array it has the shape `x.shape + x.shape`. A container has a container of
    Hessians: the part at one leaf holds, at another, the mixed derivatives of the two,
    with the shape of the one and then of the other.
    """

    # Many sweeps: compilers do not take it apart.
    over_rows = True

    def __init__(self, product: HessianProduct) -> None:
        self.product = product
        self.primal = product.scalar
        self.__wrapped__ = product.scalar
        self.__name__ = getattr(product, "__name__", "hessian")
        self.__doc__ = product.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        product = self.product
        given = product.bound(args, kwargs)
        names = list(product.signature.parameters)
        point = tuple(given[names.index(name)] for name in product.chosen.names)
        for _, leaf in leaves(point):
            if np.iscomplexobj(leaf):
                raise product.unfit("the Hessian in complex numbers is no matrix")
        single = product.chosen.single
        whole = self.by_one_sweep(given) if single else None
        if whole is not None:
            copied = twin(given) if whole.program.written else given
            return whole.invoke(copied)
        run = product.variant(given)
        columns = swept(product, run, given, point)

        def row(path: Path, leaf: Any) -> Any:
            found = blocks(point, columns, path)
            return found[0] if single else found

        found = structured(point, row)
        return found[0] if single else found

    def by_one_sweep(self, args: tuple[Any, ...]) -> Variant | None:
        """The Jacobian of the gradient, if it can be computed for all columns at
        once."""
        with suppress(UnsupportedError):
            found: Variant = self.jacobian.variant(args)
            # Past the limit of variants the generic one may be that of a pullback.
            return found if isinstance(found.owner, Jacobian) else None
        return None

    @functools.cached_property
    def jacobian(self) -> Jacobian:
        """The Jacobian of the gradient, forward over reverse."""
        product = self.product
        return Jacobian(product.primal, product.chosen, product.options, "forward")

    def specialize(self, *args: Any, **kwargs: Any) -> Variant:
        """The variant of the product with a vector, for arguments like these."""
        return self.product.specialize(*args, **kwargs)

    def not_differentiated(self) -> UnsupportedError:
        """The error for a Hessian that a compiler is given."""
        return UnsupportedError(
            Diagnostic(
                f"a compiler is given the Hessian of {self.product.reading.qualname}",
                "runs a sweep for every column",
                self.product.span,
                hint="multiply it with vectors: dpc.hvp(f)(x, v)",
            )
        )

    def __getattr__(self, name: str) -> Any:
        if name == "product":
            raise AttributeError(name)
        return getattr(self.product, name)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return lambda *args, **kwargs: self(instance, *args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Hessian, (self.product,))


# The columns, each by one sweep of one program.

Columns = dict[tuple[Path, tuple[int, ...]], dict[Path, Any]]


def swept(
    product: HessianProduct, run: Variant, args: tuple[Any, ...], point: Any
) -> Columns:
    """The products with all unit vectors, by the leaf and index of the unit."""
    found: Columns = {}
    for path, leaf in leaves(point):
        for index in np.ndindex(np.shape(leaf)):
            given = twin(args) if run.program.written else args
            column = product.push(run, given, unit(point, path, index))
            whole = (column,) if product.chosen.single else column
            found[path, index] = dict(leaves(whole))
    return found


def unit(point: Any, path: Path, index: tuple[int, ...]) -> Any:
    """1 in one element of one leaf, None in the place of other leaves."""

    def part(at: Path, leaf: Any) -> Any:
        if at != path:
            return None
        if not is_array(leaf):
            return 1.0
        one = array_module(leaf).zeros_like(leaf)
        one[index] = 1.0
        return one

    return structured(point, part)


def blocks(point: Any, columns: Columns, row: Path) -> Any:
    """The derivatives of the gradient at one leaf in all leaves."""

    def block(path: Path, leaf: Any) -> Any:
        shape = np.shape(leaf)
        parts = [columns[path, index][row] for index in np.ndindex(shape)]
        if shape == ():
            return parts[0]
        if not parts:
            like = dict(leaves(point))[row]
            return array_module(leaf).zeros((*np.shape(like), *shape), leaf.dtype)
        xp = array_module(leaf, *parts)
        stacked = xp.stack([xp.asarray(part) for part in parts], axis=-1)
        return stacked.reshape((*np.shape(parts[0]), *shape))

    return structured(point, block)


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of the floating leaves."""
    if isinstance(tree, list | tuple | dict) or is_dataclass(tree):
        for key in keys_of(tree):
            yield from leaves(part_at(tree, key), (*path, key))
    elif getattr(tree, "dtype", np.asarray(0).dtype).kind in "fc" or isinstance(
        tree, float | complex
    ):
        yield path, tree


def structured(tree: Any, part: Callable[[Path, Any], Any], path: Path = ()) -> Any:
    """A tree with other values at its floating leaves, and None at the others."""
    if isinstance(tree, list | tuple | dict) or is_dataclass(tree):
        return each_part(
            tree, lambda key, item: structured(item, part, (*path, key)), None
        )
    return part(path, tree) if any(True for _ in leaves(tree)) else None
