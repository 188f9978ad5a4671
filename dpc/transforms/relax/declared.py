"""`dpc.soft`, `dpc.hard` and `dpc.prob`: what the user has decided for one test.

before                              after
`t = soft(x > c)`; `if t:`          the same, and the round opens the gate of `t`
`t = soft(x > c)`; `y = 2 * t`      `w = weight_of(t)`; `y = 2 * w`
`t = hard(x > c)`                   the same: it has no gate

At the end what is left of them is the bare test.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from dpc.ir import facts as F
from dpc.ir.build import Facts
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    For,
    Function,
    If,
    Slot,
    Stmt,
    While,
)
from dpc.ir.rebuild import flat_map, map_atoms, map_statement, with_body
from dpc.ir.walk import statements

WEIGHT = "dpc.weight_of"
_DECLARED = ("dpc.soft", "dpc.prob")
_TESTS = frozenset("and or operator.not_ dpc.soft dpc.hard".split())


def with_weights(
    function: Function, facts: Facts, selecting: Container[Slot]
) -> tuple[Function, dict[Slot, Assign]]:
    """The function that reads weights where it reads declared tests as numbers.

    Beside it, the weights, each with the statement of its test.

    selecting: what is declared to be soft and is no test, but selects elements.
    """
    origin: dict[Slot, Assign] = {}
    weights: dict[Slot, Slot] = {}
    for statement in statements(function.body):
        match statement:
            case Assign(target, Apply(fn)) as statement if (
                fn in _DECLARED and target not in selecting
            ):
                weights[target] = weight = Slot("weight", temp=True)
                fact = facts.get(target, F.ANY)
                origin[weight] = statement
                facts[weight] = F.array("f8", fact.shape) if fact.is_array else F.FLOAT
    if not weights:
        return function, {}

    def number(atom: Atom) -> Atom:
        return weights.get(atom, atom) if isinstance(atom, Slot) else atom

    def same(atom: Atom) -> Atom:
        return atom

    def rewritten(statement: Stmt) -> tuple[Stmt, ...]:
        match statement:
            case Assign(target, Apply(fn)) if target in weights:
                weight = Assign(weights[target], Apply(WEIGHT, (target,)))
                if fn == "dpc.prob":
                    of_weight = map_atoms(statement.value, number)
                    return Assign(target, of_weight, statement.span), weight
                return statement, weight
            case Assign(target, value, span):
                test = isinstance(value, Apply) and value.fn in _TESTS
                if test or isinstance(value, Slot):
                    return (statement,)
                return (Assign(target, map_atoms(value, number), span),)
            case If() | While() | For():
                return (map_statement(statement, same, block),)
        return (map_statement(statement, number, block),)

    def block(inner: Block) -> Block:
        return flat_map(inner, rewritten)

    body = block(function.body)
    return with_body(function, body, number(function.result)), origin


def bare_tests(function: Function) -> Function:
    """The function without the words that decided for its tests."""

    def bare(statement: Stmt) -> tuple[Stmt, ...]:
        match statement:
            case Assign(target, Apply("dpc.soft" | "dpc.hard", (test, *_)), span):
                assert isinstance(test, Slot | Const)
                return (Assign(target, test, span),)
            case Assign(target, Apply("dpc.prob", (p,)), span):
                half = Apply("operator.gt", (p, Const(0.5)))
                return (Assign(target, half, span),)
        return (map_statement(statement, lambda atom: atom, block),)

    def block(inner: Block) -> Block:
        return flat_map(inner, bare)

    return with_body(function, block(function.body))


def temperature_of(call: Apply, default: Atom) -> Atom:
    """The temperature at one test."""
    given: Mapping[str, Atom] = dict(call.kwargs)
    found = call.args[1] if len(call.args) > 1 else given.get("temperature", default)
    none = isinstance(found, Const) and found.value is None
    return default if none else found
