"""`np.einsum` of one operand as a view, and the adjoint where operands broadcast."""

from __future__ import annotations

from typing import Any

from dpc.runtime.arrays import array_module, shape_of


def einsum_view(x: Any, subscripts: str) -> Any:
    """`np.einsum(subscripts, x)` where it sums nothing: a view of `x`."""
    return array_module(x).einsum(subscripts, x)


def einsum_adjoint(g: Any, k: int, subscripts: str, *operands: Any) -> Any:
    """The cotangent of operand `k` of `np.einsum(subscripts, *operands)`."""
    xp = array_module(g, *operands)
    x = operands[k]
    terms, result = einsum_labels(subscripts, [len(shape_of(one)) for one in operands])
    others = [xp.asarray(one) for j, one in enumerate(operands) if j != k]
    given = [result, *(term for j, term in enumerate(terms) if j != k)]
    labels = "".join(dict.fromkeys(terms[k]))
    inner = "".join(label for label in labels if label in "".join(given))
    part = xp.einsum(f"{','.join(given)}->{inner}", g, *others)
    # Labels that nothing else has were summed alone: spread the sum out again.
    part = part[tuple(slice(None) if label in inner else None for label in labels)]
    out = xp.zeros(shape_of(x), part.dtype)
    diagonal = xp.einsum(f"{terms[k]}->{labels}", out)
    if shape_of(x):
        diagonal[...] = (
            part if part.shape == () else unbroadcast_to(part, diagonal.shape)
        )
        return out
    return part[()]


def unbroadcast_to(g: Any, shape: tuple[int, ...]) -> Any:
    """`g`, summed over the axes where `shape` has the size one."""
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(axis=axes, keepdims=True) if axes else g


def einsum_labels(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """The labels of the operands and of the result, with none left to an ellipsis."""
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    if not arrow:
        labels = sorted(set(left) - set(",."))
        once = "".join(label for label in labels if left.count(label) == 1)
        result = ("..." if "..." in left else "") + once
    spare = [chr(code) for code in range(65, 123) if chr(code).isalpha()]
    spare = [label for label in spare if label not in subscripts]
    terms, most = [], 0
    for term, rank in zip(left.split(","), ranks, strict=True):
        count = rank - len(term) + 3 if "..." in term else 0
        most = max(most, count)
        terms.append(term.replace("...", "".join(spare[:count][::-1])))
    return terms, result.replace("...", "".join(spare[:most][::-1]))
