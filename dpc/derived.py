"""What the compilers return: a callable that holds the derivative and its source.

The generic program is differentiated when the decorator runs, and it is optimised and
written when somebody looks at it. The first call with arguments of a new kind compiles
a variant that uses what the arguments prove; later calls find it by a key. Past `LIMIT`
variants the generic program serves.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dpc.backends.arrays import array_module
from dpc.bound import Bound, unpacked
from dpc.errors import UnsupportedError, UntilCalledError
from dpc.frontend.read import Reading, read
from dpc.frontend.subset import scan
from dpc.guard import Guard
from dpc.ir.facts import Fact
from dpc.ir.gradients import has_floating_leaf
from dpc.ir.nodes import Recipe
from dpc.ir.program import Program
from dpc.ir.symbols import Shapes, Sizes, Symbols
from dpc.nesting import Compilers, recipe_of
from dpc.notice import notice
from dpc.options import Options
from dpc.pipeline import Compiled, derived, lifted, relaxed, shown
from dpc.proof import Ground
from dpc.refusals import refuse_many_sweeps
from dpc.signature import fact_of, signature
from dpc.transforms.outputs import Request
from dpc.variant import Owner, Variant
from dpc.watch import data_sizes
from dpc.wrt import Chosen, choose

LIMIT = 16
PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
# The options of the function that is running, for what it compiles when it is reached.
IN_FORCE: ContextVar[Options | None] = ContextVar("options", default=None)


class Derived(Owner):
    """A function's derivative, as a callable with the function's signature.

    mode: "grad", "value_and_grad", "vjp" or "jvp"; "soften" for the program itself that
      the others differentiate, which is the primal where nothing is relaxed.
    """

    # Its program is over a batch: compilers do not take it apart.
    over_rows = False
    # Objects within others of their type are described: see `dpc.signature.signature`.
    once = False

    def __init__(
        self,
        primal: Callable[..., Any],
        mode: str,
        chosen: Chosen,
        options: Options,
        has_aux: bool = False,
    ) -> None:
        nested = isinstance(primal, Derived)
        refuse_many_sweeps(primal)
        functools.update_wrapper(self, primal, updated=() if nested else ("__dict__",))
        self.primal = primal
        self.options = options
        self.chosen = chosen
        self.request = Request(
            mode, chosen.names, chosen.single, has_aux, options.checkpoint
        )
        self.recipe = recipe_of(mode, chosen, options, has_aux)
        self.recipes: tuple[Recipe, ...] = ()  # of the derivatives that it is one of
        self.reading: Reading
        if isinstance(primal, Derived):
            self.reading = primal.reading
            self.recipes = (*primal.recipes, primal.recipe)
        else:
            self.reading = read(primal)
            scan(self.reading)
        self.signature = inspect.signature(primal)
        if isinstance(options.temperature, str):
            choose(options.temperature, self.signature, None)
        self.arity = len(self.signature.parameters)
        kinds = [p.kind for p in self.signature.parameters.values()]
        self.packs = any(kind not in PLAIN for kind in kinds)
        self._variants: dict[Any, list[Variant]] = {}
        self._count = 0
        self._generic: Variant | None = None
        self._ground = Ground(self.reading)
        try:
            self._generic = self._compile({})
        except UntilCalledError:
            pass
        except UnsupportedError:
            # What stars stand for is only known when they are given.
            if not self.packs:
                raise

    @property
    def is_straight_through(self) -> bool:
        """The value is the primal's own, the derivative that of the relaxed program."""
        has_value = self.request.mode in ("value_and_grad", "jvp")
        return self.options.branches == "straight-through" and has_value

    def paired(
        self, value: Any, args: tuple[Any, ...], found: Any, written: tuple[int, ...]
    ) -> Any:
        """The primal's own value beside a derivative that was `found` with another."""
        return value, found[1]

    @functools.cached_property
    def differentiated(self) -> Callable[..., Any]:
        """The program whose derivative this is."""
        if self.options.branches == "hard":
            return self.primal
        return Derived(self.primal, "soften", self.chosen, self.options)

    # Compiling

    def compile(self, primal: Program) -> Compiled:
        """The derivative of a program."""
        plain = self.request.mode in ("soften", "batch")
        compile = shown if plain else derived
        return compile(primal, self.request)

    def program_to_derive(
        self, facts: Mapping[str, Fact], symbols: Symbols | None = None
    ) -> Program:
        """The primal, relaxed where that is asked for."""
        primal = lifted(self.reading, facts, self.recipes, COMPILERS, symbols)
        if self.options.branches != "hard":
            steps = self.options.max_steps if self.options.loops == "soft" else None
            t = self.options.temperature
            primal = relaxed(primal, self.request, t, steps)
            if self.options.unsaid:
                notice(self.primal, self.reading, primal)
        return primal

    def _compile(
        self,
        facts: Mapping[str, Fact],
        guard: Guard | None = None,
        symbols: Symbols | None = None,
    ) -> Variant:
        primal = self.program_to_derive(facts, symbols)
        return Variant(self, self.compile(primal), guard)

    @property
    def generic(self) -> Variant:
        """The variant that serves any arguments; compiled anew if a global changed."""
        if self._generic is None or not self._generic.current:
            self._ground = Ground(self.reading)
            self._generic = self._compile({})
        return self._generic

    def specialize(self, *args: Any, **kwargs: Any) -> Variant:
        """The variant for arguments like these, with its own `.source`."""
        return self.variant(self.bound(args, kwargs))

    def variant(self, args: tuple[Any, ...]) -> Variant:
        """The variant for arguments in the order of the parameters."""
        key, shapes = signature(args, self.once)
        found = self._variants.get(key)
        if found is not None:
            for variant in found:
                if (
                    variant.current
                    and variant.guard is not None
                    and variant.guard.admits(shapes)
                ):
                    return variant
        return self._new_variant(key, args, shapes)

    def _new_variant(self, key: Any, args: tuple[Any, ...], shapes: Shapes) -> Variant:
        facts = self.facts(args)
        for name in self.chosen.names:
            if not has_floating_leaf(facts[name]):
                place = list(self.signature.parameters).index(name)
                raise self.nothing_floating(name, args[place])
        self.refuse_altered(args)
        if self._count >= LIMIT and not self._returns_arguments:
            return self.generic
        arrays = self._arrays(args)
        guard = Guard(shapes, arrays)
        variant = self._like_generic(facts, guard) or self._compile(facts, guard)
        earlier = self._variants.get(key, [])
        kept = [old for old in earlier if old.current]
        if variant.spread:
            # Data outside that has had other sizes before is not rested on again.
            fixed = all(old in kept for old in earlier if old.guard and old.guard.data)
            data = data_sizes(variant.compiled.primal.dependencies) if fixed else ()
            seen = [old.guard.first for old in kept if old.guard is not None]
            variant = self._sized(variant, args, Sizes(shapes, data, seen), arrays)
        self._variants[key] = [*kept, variant]
        # Of a copy: other threads add variants meanwhile.
        self._count = sum(map(len, list(self._variants.values())))
        return variant

    @property
    def _returns_arguments(self) -> bool:
        """Mutated arguments are part of the output, and which they are is known only
        of the variant for arguments."""
        both = self.request.mode in ("jvp", "vjp")
        return both and bool(self.generic.program.written)

    def facts(
        self, args: tuple[Any, ...], symbols: Symbols | None = None
    ) -> dict[str, Fact]:
        """What arguments, in the order of the parameters, prove."""
        symbols = symbols or Symbols(once=self.once)
        names = self.signature.parameters
        return {n: fact_of(a, symbols) for n, a in zip(names, args, strict=True)}

    def _sized(
        self, variant: Variant, args: tuple[Any, ...], sizes: Sizes, arrays: ModuleType
    ) -> Variant:
        """The variant that knows more of sizes, where that spares it sums over axes."""
        for known, data in sizes.ways():
            symbols = Symbols(once=self.once, multiples=known)
            facts = self.facts(args, symbols)
            guard = Guard(sizes.shapes, arrays, known, data)
            other = self._compile(facts, guard, symbols if data else None)
            if other.spread < variant.spread:
                variant = other
            if not variant.spread:
                break
        return variant

    def _like_generic(self, facts: Mapping[str, Fact], guard: Guard) -> Variant | None:
        """The generic program as a variant, if compiling would give the same again."""
        known = self._generic
        if known is None or self.packs or guard.arrays is not np or not known.current:
            return None
        same = self._ground.holds_for(facts)
        return Variant(self, known.compiled, guard) if same else None

    def _arrays(self, args: tuple[Any, ...]) -> ModuleType:
        return array_module(self.options.backend, *args)

    # Calling

    def bound(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        """The arguments in the order of the parameters, defaults filled in."""
        if not kwargs and len(args) == self.arity and not self.packs:
            return args
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def run(self, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Call a generated function with arguments in the order of the parameters."""
        plain = self.options.branches == "hard" and self.options.checkpoint is None
        if plain and IN_FORCE.get() is None:
            return self.applied(call, args)
        token = IN_FORCE.set(self.options)
        try:
            return self.applied(call, args)
        finally:
            IN_FORCE.reset(token)

    def applied(self, call: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The call itself."""
        if not self.packs:
            return call(*args)
        plain, named = unpacked(self.signature, args)
        return call(*plain, **named)

    def serve(
        self, variant: Variant, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call one of the variants."""
        return variant.invoke(self.bound(args, kwargs))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self.bound(args, kwargs)
        return self.variant(args).invoke(args)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else Bound(self, instance)

    # What is to be seen of it

    @property
    def source(self) -> str:
        """The whole generated module of the generic variant."""
        return self.generic.source

    @property
    def program(self) -> Program:
        """The intermediate representation of the generic variant."""
        return self.generic.program

    @property
    def report(self) -> str:
        """What the compiler decided for the generic variant, one line each."""
        return self.generic.report

    def export(self, path: str | Path) -> None:
        """Write the generic variant's module to a file that does not need dpc."""
        self.generic.export(path)

    def __repr__(self) -> str:
        return f"<dpc {self.request.mode} of {self.reading.qualname}>"

    def __reduce__(self) -> tuple[Any, ...]:
        path = (self.primal.__module__, self.reading.qualname)
        if _imported(*path) is self:
            return (_imported, path)
        request = self.request
        given = (self.primal, request.mode, self.chosen, self.options, request.has_aux)
        return (Derived, given)

    @property
    def given(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments that are given beforehand: none."""
        return (), {}

    def __deepcopy__(self, memo: object) -> Derived:
        return self


class Late(Derived):
    """Of a function that is reached at run time, which may call itself on a tree."""

    once = True


def _of_recipe(function: Any, recipe: Recipe) -> Derived:
    loops = "unrolled" if recipe.max_steps is None else "soft"
    options = Options(recipe.branches, loops, recipe.temperature)
    if recipe.max_steps is not None:
        options = replace(options, max_steps=recipe.max_steps)
    chosen = Chosen(recipe.wrt, recipe.single)
    return Derived(function, recipe.mode, chosen, options, recipe.has_aux)


COMPILERS = Compilers(_of_recipe)


def _imported(module: str, qualname: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found
