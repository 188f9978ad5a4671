"""The errors for a function that has neither readable source nor a rule, for methods
without an adjoint, and for parts of sparse matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dpc.errors import (
    Diagnostic,
    NoRuleError,
    UnsupportedError,
    UntilCalledError,
    nearest,
)
from dpc.ir.build import Builder
from dpc.ir.facts import Fact
from dpc.ir.nodes import Apply, Atom, Slot
from dpc.rules.ruleset import Rule
from dpc.source import Span, call_in

_OF_NUMBERS = frozenset("np math cmath scipy operator".split())


# What gives elements one by one, and what to walk over instead.
_INSTEAD = {
    "itertools.accumulate": "np.cumsum(x), or the loop that adds up",
    "itertools.chain": "one list: [*a, *b]",
    "itertools.chain.from_iterable": "one list: [*a, *b]",
    "itertools.compress": "a comprehension: [v for v, k in zip(x, keep) if k]",
    "itertools.dropwhile": "a loop, with a flag",
    "itertools.groupby": "a loop that compares each key with the one before",
    "itertools.islice": "a slice: x[1:3]",
    "itertools.pairwise": "zip(x[:-1], x[1:])",
    "itertools.permutations": "loops over the places, and a test that they differ",
    "itertools.starmap": "a comprehension: [f(a, b) for a, b in pairs]",
    "itertools.takewhile": "a loop that ends with break",
    "itertools.zip_longest": "a loop over the places, and a test of the lengths",
}


def _in(package: str, key: str) -> bool:
    return key.rpartition(".")[0] == package != ""


def no_rule(
    call: Apply,
    span: Span | None,
    rules: Mapping[str, Rule] = {},
    why: str = "",
    forward: bool = False,
) -> NoRuleError:
    """The error for a call, at its place; the hint looks for a like name in `rules`.

    `why`: there is one, which does not serve this call.
    """
    name = call.fn
    place = None if span is None else call_in(span, name) or span
    package, _, last = name.rpartition(".")
    # Keys of dpc's own functions, and of other packages, are no help.
    known = [key for key, rule in rules.items() if rule.kind != "constant"]
    near = nearest(last, [k[len(package) + 1 :] for k in known if _in(package, k)])
    close = f"{package}.{near}" if near and package != "dpc" else ""
    mode = ", forward=True" if forward else ""
    notes = (f"the nearest function with a rule is {close}",) if close else ()
    return NoRuleError(
        Diagnostic(
            why or f"no derivative is known for {name}",
            "on a differentiated value",
            place,
            notes,
            f"write {_INSTEAD[name]}"
            if name in _INSTEAD
            else f"declare one with @dpc.rule({name}{mode}),\n"
            f"or dpc.nondifferentiable({name}) if its result carries none",
        )
    )


def of_late(build: Builder, call: Apply) -> type[UnsupportedError]:
    """The error for a late call: a variant may know of what class a method is."""
    found = build.definition(call.args[0])
    method = call.fn == "vjp_method" or (found is not None and found.fn == "getattr")
    return UntilCalledError if method else UnsupportedError


def refuse_objects(
    facts: Mapping[Slot, Fact], call: Apply, operands: Iterable[Atom], span: Span | None
) -> None:
    """Raise UnsupportedError where a function of numbers is given an object.

    What number or array it is, its class says in a method that is not called here.
    """
    package, dot, _ = call.fn.partition(".")
    if dot and package not in _OF_NUMBERS:
        return  # A rule of the user's.
    kinds = {facts[atom].kind for atom in call.args if atom in facts}  # type: ignore[index]
    if package == "operator" and "any" in kinds:
        return  # Which may have the operator that is asked for.
    for atom in operands:
        fact = facts.get(atom) if isinstance(atom, Slot) else None
        if fact is None or fact.kind != "object" or not isinstance(fact.value, type):
            continue
        if issubclass(fact.value, tuple) and package != "operator":
            continue  # To NumPy it is a row of numbers.
        raise UnsupportedError(
            Diagnostic(
                f"`{call.fn}` of an object of {fact.value.__name__}",
                "what number or array it stands for is not visible",
                span,
                hint="pass its fields, or what a method of it returns",
            )
        )


def refuse_sparse(facts: Mapping[Slot, Fact], base: Atom, span: Span | None) -> None:
    """Raise NoRuleError if `base` is sparse: a part of it is read or written, or it is
    given to a function that is only known when it is called."""
    fact = facts.get(base) if isinstance(base, Slot) else None
    if fact is None or fact.kind != "sparse":
        return
    raise NoRuleError(
        Diagnostic(
            "no derivative is known of a part or a method of this sparse matrix",
            "it is made of differentiated data",
            span,
            hint="read m.toarray() or m.data; write into the data before m is made",
        )
    )


def refused_attribute(span: Span | None, name: str) -> UnsupportedError:
    """The error for an attribute of an array that is neither data nor metadata: an
    iterator over its elements, or the array whose memory it shares."""
    hint = "write np.ravel(x)" if name == "flat" else "use the array itself"
    return UnsupportedError(
        Diagnostic(
            f"`{name}` of an array, as a value",
            "its adjoint is not known",
            span,
            hint=hint,
        )
    )


def refused_method(
    span: Span | None, call: Apply, lacks: str = "adjoint"
) -> UnsupportedError:
    """The error for a method that changes memory in a way that `lacks` a rule."""
    name = call.fn.removeprefix("method.")
    return UnsupportedError(
        Diagnostic(
            f"`{name}` on memory that holds differentiated values",
            f"this changes it in a way that has no {lacks}",
            span,
            hint="use append, pop, or an item assignment",
        )
    )
