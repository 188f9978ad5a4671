"""The region of a program that a derivative is taken of: parameters and results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dpc.errors import ArgumentError, Diagnostic
from dpc.frontend.lifting.state import Lifter
from dpc.frontend.lifting.values import Pulled, Scope, Tuple, Val
from dpc.ir.facts import Fact
from dpc.ir.gradients import gradient_of, has_floating_leaf
from dpc.ir.nodes import Atom, Derivative, Recipe, Slot


class Region:
    """The region of one call."""

    def __init__(self, lift: Lifter, node: Any, name: str, function: str) -> None:
        self.lift, self.node, self.name, self.function = lift, node, name, function

    def taken(
        self, recipes: list[Recipe], scope: Scope, body: Callable[[], Val]
    ) -> Val:
        """The result of the last of the recipes, applied to those before it."""
        if not recipes:
            return body()
        *inner, recipe = recipes
        if recipe.branches == "straight-through" and recipe.mode == "value_and_grad":
            return self._straight_through(recipes, scope, body)
        lift = self.lift
        params: list[Slot] = []
        args: list[Atom] = []
        for name in self._parameters(recipe):
            args.append(lift.materialise(scope.names[name]))
            params.append(self._parameter(recipe, name, args[-1]))
            scope.names[name] = params[-1]
        facts = [lift.whole(param) for param in params[: len(recipe.wrt)]]
        with lift.build.region() as block:
            value: Val = self.taken(inner, scope, body)
            result = lift.materialise(value)
        targets, found = self._results(recipe, result, value, params, facts)
        label = "_".join([self.function, *(r.mode for r in inner)])
        parts = tuple(params), tuple(args), tuple(block), result
        span = lift.span(self.node) if lift.build.span is None else lift.build.span
        lift.emit(Derivative(tuple(targets), recipe, *parts, label, span))
        return found

    def _straight_through(
        self, recipes: list[Recipe], scope: Scope, body: Callable[[], Val]
    ) -> Val:
        """The value of the function itself, and the gradient of its relaxed form."""
        *inner, recipe = recipes
        before = dict(scope.names)
        value = self.taken(inner, scope, body)
        scope.names.clear()
        scope.names.update(before)
        gradient = replace(recipe, mode="grad")
        return Tuple((value, self.taken([*inner, gradient], scope, body)))

    def _parameters(self, recipe: Recipe) -> list[str]:
        named = recipe.branches != "hard" and isinstance(recipe.temperature, str)
        names = list(recipe.wrt)
        if named and recipe.temperature not in names:
            names.append(str(recipe.temperature))
        return names

    def _parameter(self, recipe: Recipe, name: str, arg: Atom) -> Slot:
        lift = self.lift
        if name in recipe.wrt and not has_floating_leaf(lift.whole(arg)):
            fact = lift.fact(arg)
            kind = f"array of {fact.dtype}" if fact.is_array else fact.kind
            article = "an" if kind[0] in "aeiou" else "a"
            raise ArgumentError(
                Diagnostic(
                    f"the argument {name} has nothing to differentiate: it is"
                    f" {article} {kind}",
                    "",
                    lift.span(self.node),
                    hint="pass a float or an array of floats",
                )
            )
        return lift.slot(name, lift.fact(arg), lift.sites(arg))

    def _results(
        self,
        recipe: Recipe,
        result: Atom,
        value: Val,
        params: list[Slot],
        facts: list[Fact],
    ) -> tuple[list[Slot], Val]:
        """What the derivative leaves, as slots and as the value of the call."""
        lift = self.lift
        if recipe.mode == "soften":
            target = lift.slot(self.name, lift.fact(value), lift.sites(result))
            return [target], target
        if recipe.mode == "vjp":
            out = lift.slot("", lift.fact(value), lift.sites(result))
            back = lift.slot("pullback", Fact("function"))
            return [out, back], Tuple((out, Pulled(back, tuple(facts))))
        single = recipe.single and recipe.mode == "grad"
        gradients = [
            self._gradient(param.name, fact, self.name if single else "", place)
            for place, (param, fact) in enumerate(zip(params, facts, strict=False))
        ]
        packed: Val = gradients[0] if recipe.single else Tuple(tuple(gradients))
        if recipe.mode == "grad":
            self._refuse(lift.fact(value))
            return gradients, packed
        if not recipe.has_aux:
            self._refuse(lift.fact(value))
            out = lift.slot("", lift.fact(value))
            return [out, *gradients], Tuple((out, packed))
        pair = lift.parts.items(lift, value)
        if pair is None or len(pair) != 2:
            lift.fail(
                self.node,
                f"{self.function} does not return a pair",
                "has_aux=True wants (value, aux)",
                "return a tuple of two",
            )
        self._refuse(lift.fact(pair[0]))
        whole = lift.slot("", lift.fact(result), lift.sites(result))
        return [whole, *gradients], Tuple((whole, packed))

    def _gradient(self, param: str, fact: Fact, name: str, place: int) -> Slot:
        lift = self.lift
        key = "gradient", lift.path, id(self.node), place, param
        cell = lift.heap.adopt(key, gradient_of(fact), exposed=False)
        return lift.slot(name, cell.fact, cell.sites)

    def _refuse(self, fact: Fact) -> None:
        """What is known to be no scalar has no gradient."""
        array = fact.is_array and fact.rank != 0
        if array or fact.kind in ("tuple", "list", "dict", "none", "str", "int"):
            what = "an array" if array else f"a value of type {fact.kind}"
            raise ArgumentError(
                Diagnostic(
                    f"{self.function} returns {what}, and only a floating scalar has a"
                    " gradient",
                    "",
                    self.lift.span(self.node),
                    hint="return a float or a 0-d array, for example np.sum(...)",
                )
            )
