"""The compilers: what users call. Each is a few lines over `Derived`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, overload

from dpc.batched import Batched
from dpc.bound import Bound
from dpc.derived import Derived
from dpc.errors import ArgumentError, Diagnostic
from dpc.hessian import Hessian, HessianProduct
from dpc.jacobian import Jacobian
from dpc.options import Options, make_options
from dpc.pullback import safe_value_and_pullback
from dpc.pushforward import Pushforward, value_and_tangent
from dpc.runtime.twins import twin
from dpc.wrt import Chosen, Wrt, choose


@overload
def grad(f: Callable[..., Any], *, wrt: Wrt = 0, **options: Any) -> Derived: ...
@overload
def grad(
    f: None = None, *, wrt: Wrt = 0, **options: Any
) -> Callable[[Callable[..., Any]], Derived]: ...
def grad(f: Any = None, *, wrt: Wrt = 0, **options: Any) -> Any:
    """The gradient of the scalar `f(...)`, as a callable with the signature of `f`.

    wrt: a parameter's position or name, or a tuple of them (a tuple of gradients). A
      differentiated argument is a float, an array, or a nested list, tuple, dict,
      NamedTuple or dataclass of them; its gradient has the same structure, shapes and
      dtypes, with None at leaves that are not floating.
    options: branches, loops, temperature, max_steps, backend, checkpoint.

    Usable as `@dpc.grad`, `@dpc.grad(wrt="w")` and `dpc.grad(f)`. Raises
    UnsupportedError or NoRuleError for what cannot be differentiated, when the
    decorator runs if the source shows it; ArgumentError for options and arguments that
    do not fit.
    """
    return _compiler("grad", f, wrt, options)


@overload
def value_and_grad(
    f: Callable[..., Any], *, wrt: Wrt = 0, has_aux: bool = False, **options: Any
) -> Derived: ...
@overload
def value_and_grad(
    f: None = None, *, wrt: Wrt = 0, has_aux: bool = False, **options: Any
) -> Callable[[Callable[..., Any]], Derived]: ...
def value_and_grad(
    f: Any = None, *, wrt: Wrt = 0, has_aux: bool = False, **options: Any
) -> Any:
    """`(value, gradient)` of the scalar `f(...)`; see `grad`.

    has_aux: `f` returns `(value, aux)`; the result is `((value, aux), gradient)`.
    """
    return _compiler("value_and_grad", f, wrt, options, has_aux)


def soften(f: Any = None, *, wrt: Wrt = 0, **options: Any) -> Any:
    """The relaxed program that `grad` differentiates, as a callable with `.source`.

    wrt: the tests that depend on these parameters are relaxed; see `grad`.
    """
    return _compiler("soften", f, wrt, {"branches": "soft", **options})


def gap(f: Any, *args: Any, wrt: Wrt = 0, **options: Any) -> Any:
    """The value of the relaxed program minus that of `f` itself, at `args`.

    f: a function, or what `grad` or `value_and_grad` made of one, whose own `wrt` and
      options then hold. Both run on copies of `args`.
    """
    derived = f if isinstance(f, Derived) else soften(f, wrt=wrt, **options)
    relaxed = derived.differentiated if isinstance(f, Derived) else derived
    return relaxed(*twin(args)) - derived.primal(*twin(args))


def batch(
    f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, **options: Any
) -> Batched | Bound:
    """`f` over a batch of arguments, as one vectorised program.

    f: a function, or what `grad`, `value_and_grad` or `batch` made of one: the
      gradients of all rows then come from one sweep.
    in_axes: the axis of the batch in each argument, None for one that all rows share;
      an int for all arguments, or a tuple of them by position, or a dict by name. A
      container of axes goes with a container of arguments.
    out_axes: the axis of the batch in the result, or a container of axes.

    The result is that of `f` for each row, stacked along the axis. A test that differs
    from row to row becomes a selection, and a loop runs as long as any row is in it.
    Raises UnsupportedError for what cannot run over a batch, with the line;
    ArgumentError for axes that do not fit.
    """
    if isinstance(f, Derived):
        row = f
    else:
        checked = make_options({"branches": "hard", **options})
        inner, args, named = unbound(f)
        row = Derived(inner, "batch", Chosen((), False), checked)
        if args or named:
            given = frozenset((*list(row.signature.parameters)[: len(args)], *named))
            batched = Batched(row, in_axes, out_axes, given)
            return Bound(batched, *args, kwargs=named)
    return Batched(row, in_axes, out_axes)


def jacobian(f: Any = None, *, wrt: Wrt = 0, mode: str = "auto", **options: Any) -> Any:
    """The Jacobian of `f`, as a callable with the signature of `f`.

    wrt: as in `grad`; a tuple gives a tuple of Jacobians.
    mode: "reverse" sweeps back once over a batch of all cotangents, "forward" once over
      a batch of all tangents; "auto" takes what fits the shapes.

    The shape is `out.shape + arg.shape`; a container of results gives a container of
    Jacobians, each with the structure of the argument. `f` runs on copies of what it
    would write.
    """
    checked = make_options(options)

    def compile(function: Callable[..., Any]) -> Any:
        inner, args, named = unbound(function)
        chosen = choose(wrt, inspect.signature(_public(function, inner)), None)
        found = Jacobian(inner, chosen, checked, mode)
        return Bound(found, *args, kwargs=named) if args or named else found

    return compile if f is None else compile(f)


def vjp(
    f: Callable[..., Any],
    *primals: Any,
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """`(f(*primals), pullback)`; `pullback(cotangent)` is one cotangent a primal.

    A primal without floating leaves has the cotangent None. The pullback may be called
    any number of times. If `f` mutates differentiated arguments, the output is
    `(result, mutated arguments in parameter order)`, and so is the cotangent. `kwargs`
    are constants.
    """
    checked = make_options(options)
    return safe_value_and_pullback(f, primals, kwargs or {}, checked)


def jvp(
    f: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> tuple[Any, Any]:
    """`(out, out_tangent)`: `f(*primals)` and its derivative along the tangents.

    tangents: one for each primal, structured like it; None for zero, and in the place
      of what is not floating. The tangent of the output is structured like the output,
      with None at leaves that are not floating.
    If `f` mutates differentiated arguments, the output is `(result, mutated arguments
    in parameter order)`, and so is its tangent. `kwargs` are constants.
    """
    primals, tangents = tuple(primals), tuple(tangents)
    if len(primals) != len(tangents):
        raise ArgumentError(
            Diagnostic(
                f"jvp is given {len(tangents)} tangents for {len(primals)} primals",
                "",
                None,
                hint="pass one tangent for each primal; None for zero",
            )
        )
    checked = make_options(options)
    return value_and_tangent(f, primals, tangents, kwargs or {}, checked)


def pushforward(f: Any = None, *, wrt: Wrt = 0, **options: Any) -> Any:
    """The compiled form of `jvp`: `pushforward(f)(*args, tangents=(...))`.

    wrt: the parameters that vary; see `grad`. tangents: a tuple of one for each of
      them; see `jvp`. The result is `(out, out_tangent)`.
    """
    return _compiler("jvp", f, wrt, options)


def hvp(f: Any = None, wrt: Wrt = 0, **options: Any) -> Any:
    """`hvp(x, v)`: the Hessian of the scalar `f(...)` times a vector.

    It is called with the arguments of `f` and, last, the vector, structured like the
    argument that `wrt` names; for a tuple `wrt` a tuple of them. The result has the
    same structure. It costs about three gradients, whatever the size.
    """
    return _compiler("hvp", f, wrt, options)


def hessian(f: Any = None, *, wrt: Wrt = 0, **options: Any) -> Any:
    """The Hessian of the scalar `f(...)`, of the shape `x.shape + x.shape`.

    A container in the place of `x` gives a container of its structure, at each leaf of
    which stands another one: the mixed derivatives of the two leaves. The same holds
    for a tuple `wrt`.
    """
    return _compiler("hessian", f, wrt, options)


def _compiler(
    mode: str, f: Any, wrt: Wrt, options: dict[str, Any], has_aux: bool = False
) -> Any:
    checked = make_options(options)

    def compile(function: Callable[..., Any]) -> Any:
        if not callable(function):
            raise ArgumentError(
                Diagnostic(
                    f"a function is differentiated, not {type(function).__name__}",
                    "",
                    None,
                    hint="write dpc.grad(f), without calling f",
                )
            )
        inner, args, named = unbound(function)
        chosen = choose(wrt, inspect.signature(_public(function, inner)), None)
        derived = _made(mode, inner, chosen, checked, has_aux)
        return Bound(derived, *args, kwargs=named) if args or named else derived

    return compile if f is None else compile(f)


def _made(
    mode: str, f: Callable[..., Any], chosen: Chosen, options: Options, has_aux: bool
) -> Any:
    match mode:
        case "jvp":
            return Pushforward(f, chosen, options)
        case "hvp":
            return HessianProduct(f, chosen, options)
        case "hessian":
            return Hessian(HessianProduct(f, chosen, options))
    return Derived(f, mode, chosen, options, has_aux)


def _public(function: Any, inner: Callable[..., Any]) -> Callable[..., Any]:
    """Whose positions `wrt` counts: a partial's own, a method's after `self`."""
    return function if isinstance(function, functools.partial) else inner


def unbound(f: Any) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """A method's function and its object, a partial's and its arguments."""
    if isinstance(f, Bound):
        return f.__wrapped__, f.args, f.kwargs
    if isinstance(f, Derived):
        return f, (), {}
    if inspect.ismethod(f):
        return f.__func__, (f.__self__,), {}
    if isinstance(f, functools.partial):
        inner, args, named = unbound(f.func)
        return inner, (*args, *f.args), {**named, **f.keywords}
    if not inspect.isroutine(f) and inspect.isfunction(type(f).__call__):
        return type(f).__call__, (f,), {}
    return f, (), {}


__all__ = [
    "batch",
    "gap",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "pushforward",
    "soften",
    "value_and_grad",
    "vjp",
]
