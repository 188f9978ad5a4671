"""From the syntax of a function to its intermediate representation.

The function is run in the abstract: names stand for atoms of the program or for what is
known without running it (functions, tuples at hand, iterators). User functions are
inlined, tests whose outcome is known are decided, everything else becomes a statement
with its place in the source. The same lifter makes the program for any arguments and,
given facts of them, the specialised ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Any

import gast

from dpc.frontend.lifting import (
    augmented,
    branches,
    calls,
    closures,
    comprehensions,
    conditions,
    derivatives,
    elements,
    expressions,
    inline,
    loops,
    materialise,
    methods,
    names,
    operators,
    prune,
    statements,
)
from dpc.frontend.lifting.heap import Heap
from dpc.frontend.lifting.parameters import bind_arguments
from dpc.frontend.lifting.state import (
    Compilers,
    Expression,
    Lifter,
    Parts,
    Statement,
)
from dpc.frontend.lifting.values import CALLABLES, Arguments, Frame, Known, Star
from dpc.frontend.read import Reading
from dpc.frontend.resolve import Resolver
from dpc.frontend.structure import Structured
from dpc.ir import facts as F, walk
from dpc.ir.build import Facts
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import Atom, Function, Param, Recipe, Slot
from dpc.ir.program import Program
from dpc.ir.symbols import Symbols

EXPRESSIONS: dict[str, Expression] = {
    "Attribute": names.attribute_of,
    "BinOp": operators.binary,
    "BoolOp": conditions.boolean,
    "Call": calls.call_expression,
    "Compare": conditions.compare,
    "Constant": expressions.constant,
    "Dict": expressions.dict_,
    "DictComp": comprehensions.dict_comp,
    "FormattedValue": expressions.formatted,
    "GeneratorExp": comprehensions.generator,
    "IfExp": conditions.conditional,
    "JoinedStr": expressions.fstring,
    "Lambda": closures.lambda_,
    "List": expressions.list_,
    "ListComp": comprehensions.list_comp,
    "Name": names.name,
    "NamedExpr": expressions.walrus,
    "Set": expressions.set_,
    "Slice": expressions.slice_,
    "Starred": expressions.starred,
    "Subscript": expressions.subscript,
    "Tuple": expressions.tuple_,
    "UnaryOp": expressions.unary,
}

STATEMENTS: dict[str, Statement] = {
    "AnnAssign": statements.annotated,
    "Assert": statements.assert_,
    "Assign": statements.assign_statement,
    "AugAssign": augmented.augmented,
    "Expr": statements.expression,
    "For": loops.for_loop,
    "FunctionDef": closures.function_def,
    "If": conditions.if_statement,
    "Pass": statements.pass_,
    "Raise": statements.raise_,
    "While": loops.while_loop,
    "With": statements.with_,
}

PARTS = Parts(
    EXPRESSIONS,
    STATEMENTS,
    calls.call,
    names.attribute,
    branches.branch,
    comprehensions.listed,
    comprehensions.fresh_list,
    materialise.materialise,
    materialise.spare,
    elements.items,
    elements.length_of,
    conditions.condition,
    conditions.negated,
    methods.NAMES,
)

ROUNDS = 6  # lifts, before nothing is assumed of what containers hold

# What an annotation proves.
_ANNOTATIONS = {float: F.FLOAT, int: F.INT, bool: F.BOOL}
_ANNOTATIONS_AS_TEXT = {"float": F.FLOAT, "int": F.INT, "bool": F.BOOL}


def lift(
    reading: Reading,
    library: Library,
    facts: Mapping[str, Fact],
    recipes: Sequence[Recipe] = (),
    compilers: Compilers | None = None,
    symbols: Symbols | None = None,
) -> Program:
    """The program of a function whose parameters are known by these facts.

    recipes: the derivatives of the function that the program is to compute, in turn.
    symbols: for the sizes of data outside, where the program is to rest on them.

    A parameter without a fact has that of its annotation, if that is `float`, `int` or
    `bool`; else nothing is known of it. Raises UnsupportedError.
    """
    heap, resolver = Heap(), Resolver(reading, symbols)
    texts: dict[Any, Structured] = {}
    for attempt in range(ROUNDS):
        heap.begin()
        heap.given_up = attempt == ROUNDS - 1
        lifter = _lifter(reading, library, heap, resolver, texts)
        lifter.compilers = compilers
        function = _round(lifter, reading, facts, recipes)
        if not heap.changed:
            break
    return Program(
        function,
        _facts_of(function, lifter),
        tuple(resolver.dependencies.values()),
        resolver.scopes,
        assumed=frozenset(lifter.assumed),
        outcomes=lifter.outcomes,
    )


def _lifter(
    reading: Reading,
    library: Library,
    heap: Heap,
    resolver: Resolver,
    texts: dict[Any, Structured],
) -> Lifter:
    """The lifter of a function, at its beginning."""
    assert isinstance(reading.tree, gast.FunctionDef | gast.Lambda)
    code = inline.text_of(texts, reading.tree)
    frame = Frame(reading, code.names, "closure", reading.function)
    scope = inline.scope_of(code, frame, None)
    return Lifter(PARTS, library, resolver, scope, heap, texts=texts)


def _round(
    lifter: Lifter,
    reading: Reading,
    facts: Mapping[str, Fact],
    recipes: Sequence[Recipe],
) -> Function:
    """One lift, with what is known by now of what containers hold."""
    tree, scope = reading.tree, lifter.scope
    code = inline.text_of(lifter.texts, tree)
    if reading.shown is None:
        params = _parameters(lifter, reading, facts)
    else:
        params = _shown_parameters(lifter, reading, facts)
    if params:
        scope.frame.receiver = params[0].slot
    name = getattr(tree, "name", "<lambda>")
    value = derivatives.of_function(
        lifter, recipes, scope, name, lambda: inline.body_of(lifter, code, scope), tree
    )
    if isinstance(value, CALLABLES) and not isinstance(value, Known):
        lifter.fail(tree, "the result is a function that is defined inside")
    result: Atom = lifter.materialise(value)
    doc = gast.get_docstring(tree) if isinstance(tree, gast.FunctionDef) else None
    name = "_".join([name, *(recipe.mode for recipe in recipes)])
    body = tuple(lifter.build.block)
    function = Function(name, params, body, result, doc or "", reading.span(tree))
    return prune.pruned(function, lifter.replace, lifter.spares)


def _parameters(
    lifter: Lifter, reading: Reading, facts: Mapping[str, Fact]
) -> tuple[Param, ...]:
    arguments = reading.tree.args
    found: list[Param] = []

    def add(node: Any, kind: str, default: Any = None) -> None:
        slot = _parameter(lifter, reading, facts, node.id, kind)
        lifter.scope.names[node.id] = slot
        text = None if default is None else reading.span(default).text
        found.append(Param(slot, kind, text))

    plain = [*arguments.posonlyargs, *arguments.args]
    without = len(plain) - len(arguments.defaults)
    for node, default in zip(plain, [None] * without + arguments.defaults, strict=True):
        add(node, "positional", default)
    if arguments.vararg is not None:
        add(arguments.vararg, "args")
    for node, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        add(node, "keyword", default)
    if arguments.kwarg is not None:
        add(arguments.kwarg, "kwargs")
    return tuple(found)


def _parameter(
    lifter: Lifter, reading: Reading, facts: Mapping[str, Fact], name: str, kind: str
) -> Slot:
    fact = facts.get(name)
    if fact is None:
        fact = _OF_STARS.get(kind) or annotated(reading, name)
    cell = lifter.heap.adopt(("argument", name), fact, exposed=True)
    return lifter.slot(name, cell.fact, cell.sites)


def _shown_parameters(
    lifter: Lifter, reading: Reading, facts: Mapping[str, Fact]
) -> tuple[Param, ...]:
    """The parameters that a wrapper shows, which are those of what it wraps.

    The wrapper itself gets them as a call would give them to it.
    """
    given = Arguments([], {})
    found: list[Param] = []
    for shown in reading.shown or ():
        kind = _KINDS[shown.kind]
        slot = _parameter(lifter, reading, facts, shown.name, kind)
        text = repr(shown.default) if type(shown.default) in _WRITTEN else None
        found.append(Param(slot, kind, text))
        match kind:
            case "args":
                given.args.append(Star(slot))
            case "keyword":
                given.kwargs[shown.name] = slot
            case "kwargs":
                given.spread.append(slot)
            case _:
                given.args.append(slot)
    defaults = inline.defaults_of(lifter, reading)
    tree = reading.tree
    bind_arguments(lifter, tree, defaults, given, lifter.scope, tree)
    return tuple(found)


_KINDS = {
    Parameter.POSITIONAL_ONLY: "positional",
    Parameter.POSITIONAL_OR_KEYWORD: "positional",
    Parameter.VAR_POSITIONAL: "args",
    Parameter.KEYWORD_ONLY: "keyword",
    Parameter.VAR_KEYWORD: "kwargs",
}
# Defaults that are written as what they are.
_WRITTEN = (int, float, bool, str, type(None))
_OF_STARS = {"args": Fact("tuple"), "kwargs": Fact("dict")}


def annotated(reading: Reading, name: str) -> Fact:
    """What is known of a parameter before any call."""
    annotation = reading.function.__annotations__.get(name)
    if isinstance(annotation, str):
        return _ANNOTATIONS_AS_TEXT.get(annotation, F.ANY)
    return _ANNOTATIONS.get(annotation, F.ANY) if annotation is not None else F.ANY


def _facts_of(function: Function, lifter: Lifter) -> Facts:
    """The facts of the slots that are left, with what containers hold."""
    slots: list[Slot] = [param.slot for param in function.params]
    slots += walk.definitions(function.body)
    return {slot: lifter.whole(slot) for slot in slots if slot in lifter.build.facts}
