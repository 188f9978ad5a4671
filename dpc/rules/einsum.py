"""`np.einsum`: the adjoint of an operand is another `einsum`.

`c = einsum("ij,jk->ik", a, b)` has `a_bar = einsum("ik,jk->ij", c_bar, b)`. What an
operand does not share with the result or another operand was summed alone, and is
spread out again; a label that stands twice in one operand is its diagonal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from dpc.ir import facts as F
from dpc.ir.facts import Dim, Fact
from dpc.rules import domains as D
from dpc.rules.known import array_of, infers, scalar_or_array
from dpc.rules.nested import fact_of
from dpc.rules.products import rank_of
from dpc.rules.ruleset import Refused, RuleSet
from dpc.rules.shape import drawn
from dpc.rules.trace import rt
from dpc.runtime.contraction import einsum_labels

rules = RuleSet("einsum")


def spelled_out(
    subscripts: str, ranks: tuple[int | None, ...]
) -> tuple[list[str], str] | None:
    """The labels of each operand and of the result, without ellipses.

    None where an ellipsis stands for a number of axes that is not known.
    """
    if "..." in subscripts and None in ranks:
        return None
    if subscripts.partition("->")[0].count(",") + 1 != len(ranks):
        return None
    return einsum_labels(subscripts, [rank or 0 for rank in ranks])


def _sizes(terms: list[str], facts: list[Fact]) -> dict[str, Dim] | None:
    found: dict[str, Dim] = {}
    for term, fact in zip(terms, facts, strict=True):
        if fact.shape is None or len(fact.shape) != len(term):
            return None
        for label, size in zip(term, fact.shape, strict=True):
            (found[label],) = F.broadcast(((found.get(label, 1),), (size,))) or (None,)
    return found


def _einsum_fact(
    subscripts: Fact, *operands: Fact, optimize: Fact = F.NONE, dtype: Fact = F.NONE
) -> Fact:
    arrays = [array_of(operand) for operand in operands]
    if not arrays or not isinstance(subscripts.value, str) or dtype.kind != "none":
        return F.NUMBER
    kind = reduce(F.promote, (fact.dtype for fact in arrays))
    spelled = spelled_out(subscripts.value, tuple(fact.rank for fact in arrays))
    if spelled is None:
        return Fact("number", kind)
    terms, result = spelled
    found = _sizes(terms, arrays)
    shape = None if found is None else tuple(found.get(label) for label in result)
    return scalar_or_array(kind, shape if result else ())


# Subscripts, and the shapes of their operands for an array of shape (n,), (m, n) ....
FORMS: tuple[tuple[str, Callable[..., list[tuple[int, ...]]]], ...] = (
    ("i->", lambda n: [(n,)]),
    ("i,i", lambda n: [(n,), (n,)]),
    ("i,j->ji", lambda n: [(n,), (2,)]),
    ("ii", lambda n: [(n, n)]),
    ("ii->i", lambda n: [(n, n)]),
    ("iij,j->ij", lambda n: [(n, n, 2), (2,)]),
    ("i...,i...->...", lambda n: [(n, 2), (n, 1)]),
    ("ij->ji", lambda m, n: [(m, n)]),
    ("ij->j", lambda m, n: [(m, n)]),
    ("ji", lambda m, n: [(m, n)]),
    ("ij,jk", lambda m, n: [(m, n), (n, 2)]),
    ("ij,jk->", lambda m, n: [(m, n), (n, 2)]),
    ("ij,j,kj->ik", lambda m, n: [(m, n), (n,), (2, n)]),
    ("ij,ij->j", lambda m, n: [(m, n), (m, n)]),
    ("ij,ij->ij", lambda m, n: [(m, n), (1, n)]),
    ("...j,jk->...k", lambda m, n: [(m, n), (n, 2)]),
    ("...,...->...", lambda m, n: [(m, n), (n,)]),
    ("j...,...->...", lambda m, n: [(m, n), (2, 1)]),
    ("ijk->kij", lambda k, m, n: [(k, m, n)]),
    ("bij,bjk->bik", lambda k, m, n: [(k, m, n), (k, n, 2)]),
    ("...ij,...jk", lambda k, m, n: [(k, m, n), (1, n, 2)]),
    ("...ij,...jk->...k", lambda k, m, n: [(k, m, n), (n, 2)]),
)


def einsum_domain(rng: Any, shape: Any) -> list[D.Call]:
    calls = []
    for form, shapes in FORMS:
        if shapes.__code__.co_argcount == len(shape):
            operands = [drawn(rng, one) for one in shapes(*shape)]
            calls.append(D.call(form, *operands))
    return calls


@rules.linear("np.einsum", infer=infers(_einsum_fact), domain=einsum_domain)
def einsum(
    g: Any, subscripts: Any, *operands: Any, optimize: Any = False, out: Any
) -> Any:
    if not isinstance(subscripts, str):
        raise Refused("einsum without literal subscripts has no derivative rule")
    spelled = spelled_out(subscripts, tuple(rank_of(x) for x in operands))
    count = len(operands)
    if spelled is None:
        found = [rt.einsum_adjoint(g, k, subscripts, *operands) for k in range(count)]
    else:
        found = [_adjoint(g, k, *spelled, operands) for k in range(count)]
    return None, *found


def _view_fact(x: Fact, subscripts: Fact) -> Fact:
    found = _einsum_fact(subscripts, x)
    return F.array(found.dtype, found.shape) if found.rank else found


def _view_domain(rng: Any, shape: Any) -> list[D.Call]:
    forms = {1: ["i->i"], 2: ["ij->ji", "ji"], 3: ["ijk->kij", "...ij->...ji"]}
    calls = [D.call(drawn(rng, shape), form) for form in forms.get(len(shape), ())]
    if len(shape) == 1:
        n = shape[0]
        calls.append(D.call(drawn(rng, (n, n)), "ii->i"))
        calls.append(D.call(drawn(rng, (2, n, n)), "jii->ij"))
    return calls


@rules.linear(
    "dpc.einsum_view", infer=infers(_view_fact), domain=_view_domain, memory="view"
)
def einsum_view(g: Any, x: Any, subscripts: Any, *, out: Any) -> Any:
    return einsum(g, subscripts, x, out=out)[1]


def _adjoint(
    g: Any, k: int, terms: list[str], result: str, operands: tuple[Any, ...]
) -> Any:
    """The cotangent of operand `k`."""
    term = terms[k]
    others = [operands[j] for j in range(len(operands)) if j != k]
    given = [result, *(terms[j] for j in range(len(terms)) if j != k)]
    inner = "".join(dict.fromkeys(label for label in term if label in "".join(given)))
    if len(inner) == len(term) and _fits(k, terms, operands):
        if not others and sorted(result) == sorted(term):
            return np.transpose(g, tuple(result.index(label) for label in term))
        return np.einsum(f"{','.join(given)}->{inner}", g, *others)
    return rt.einsum_adjoint(g, k, f"{','.join(terms)}->{result}", *operands)


def _fits(k: int, terms: list[str], operands: tuple[Any, ...]) -> bool:
    """No axis of operand `k` has size one where another operand's is larger."""
    facts = [array_of(fact_of(x)) for x in operands]
    sizes = _sizes(terms, facts)
    if sizes is None:
        return False
    want = tuple(sizes[label] for label in terms[k])
    return None not in want and want == facts[k].shape
