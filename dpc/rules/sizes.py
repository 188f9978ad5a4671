"""Arithmetic on sizes: `n`, `n-2`, `m*n` as strings in one normal form.

Equal strings are equal sizes in every call. A difference in brackets, `(n-2)`, is cut
off at zero: it is the size of `x[1:-1]`, `x[2:]` and `x[:-2]`, for every `n`. A size
that the normal form cannot express is an opaque string of what it is computed from, or
`None`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce

from dpc.ir.facts import Dim

# A sum of products: the sorted factors of each, joined by `*`, and its coefficient.
Terms = dict[str, int]


@lru_cache(maxsize=4096)
def _parsed(size: str) -> tuple[tuple[str, int], ...]:
    terms: Terms = {}
    for sign, text in _split(size, "+-"):
        factors = _factors(text)
        literal = [int(f) for f in factors if f.isdigit()]
        coefficient = reduce(lambda a, b: a * b, literal, -1 if sign == "-" else 1)
        product = "*".join(sorted(f for f in factors if not f.isdigit()))
        terms[product] = terms.get(product, 0) + coefficient
    return tuple(terms.items())


def _split(text: str, separators: str) -> list[tuple[str, str]]:
    """Parts of `text` between separators outside brackets, each with the one before."""
    parts, depth, sign, begin = [], 0, "", 0
    for position, letter in enumerate(text):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter in separators and depth == 0:
            if position > begin:
                parts.append((sign, text[begin:position]))
            sign, begin = letter, position + 1
    parts.append((sign, text[begin:]))
    return parts


def _factors(product: str) -> list[str]:
    return [factor for _, factor in _split(product, "*") if factor]


def _terms(size: int | str) -> Terms:
    return {"": size} if isinstance(size, int) else dict(_parsed(size))


def _shown(terms: Terms) -> int | str:
    kept = {product: count for product, count in terms.items() if count}
    constant = kept.pop("", 0)
    if not kept:
        return constant
    text = ""
    # Positive terms first, so that a size does not begin with a minus.
    for product, count in sorted(kept.items(), key=lambda item: (item[1] < 0, item[0])):
        sign = "-" if count < 0 else "+" if text else ""
        text += sign + (product if abs(count) == 1 else f"{abs(count)}*{product}")
    return text + (f"{constant:+d}" if constant else "")


def plus(a: Dim, b: Dim) -> Dim:
    """`a + b`."""
    return _combined(a, b, 1)


def minus(a: Dim, b: Dim) -> Dim:
    """`a - b`, which may be negative: for values of integers, not for sizes."""
    return _combined(a, b, -1)


def _combined(a: Dim, b: Dim, sign: int) -> Dim:
    if a is None or b is None:
        return None
    terms = _terms(a)
    for product, count in _terms(b).items():
        terms[product] = terms.get(product, 0) + sign * count
    return _shown(_rejoined(terms))


def _rejoined(terms: Terms) -> Terms:
    """`min(k,n)+(n-k)`, the sizes of `x[:k]` and `x[k:]`, is `n`."""
    for product, count in list(terms.items()):
        if product.startswith("min(") and count == 1:
            small, whole = product[4:-1].split(",", 1)
            for cut, size in ((small, whole), (whole, small)):
                rest = f"({size}-{cut})"
                if cut.isdigit() and terms.get(rest) == 1:
                    kept = {p: n for p, n in terms.items() if p not in (product, rest)}
                    kept[size] = kept.get(size, 0) + 1
                    return kept
    return terms


def times(a: Dim, b: Dim) -> Dim:
    """`a * b`."""
    if a is None or b is None:
        return None
    terms: Terms = {}
    for p, m in _terms(a).items():
        for q, n in _terms(b).items():
            product = "*".join(sorted(_factors(p) + _factors(q)))
            terms[product] = terms.get(product, 0) + m * n
    return _shown(terms)


def product(sizes: Iterable[Dim]) -> Dim:
    """The product of sizes, 1 of none."""
    total: Dim = 1
    for size in sizes:
        total = times(total, size)
    return total


def quotient(a: Dim, b: Dim) -> Dim:
    """`a / b` where `b` is known to divide `a`, as in `reshape(n, -1)`."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b if b and a % b == 0 else None
    if a is None or b is None:
        return None
    if b == 1:
        return a
    above, below = _terms(a), _terms(b)
    if len(above) == len(below) == 1:
        (p, m), (q, n) = *above.items(), *below.items()
        factors = _factors(p)
        for factor in _factors(q):
            if factor not in factors:
                return f"({a}/{b})"
            factors.remove(factor)
        if n and m % n == 0:
            return _shown({"*".join(factors): m // n})
    # Where it divides, nothing is rounded up: the size that `x[::2]` has.
    return f"ceil({a}/{b})" if isinstance(b, int) else f"({a}/{b})"


def as_size(value: object) -> Dim:
    """The size that an integer's value makes: `np.zeros(n - 2)` has the size `(n-2)`.

    A negative one raises where it is used, so that it may count as zero.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return max(value, 0)
    return _cut(value) if isinstance(value, str) else None


def _cut(size: str) -> int | str:
    """`max(size, 0)`."""
    terms = _terms(size)
    if all(count > 0 for count in terms.values()):
        return size
    # max(max(a, 0) - k, 0) is max(a - k, 0).
    constant = terms.pop("", 0)
    if len(terms) == 1 and constant < 0:
        ((product, count),) = terms.items()
        if (
            count == 1
            and product[0] == "("
            and "*" not in product
            and "/" not in product
        ):
            return _cut(minus(product[1:-1], -constant))  # type: ignore[arg-type]
    return f"({size})"


def smaller(a: Dim, b: Dim) -> Dim:
    """`min(a, b)`."""
    if a is None or b is None:
        return None
    if a == b:
        return a
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    if at_most(a, b):
        return a
    if at_most(b, a):
        return b
    first, second = sorted((str(a), str(b)))
    return f"min({first},{second})"


def sliced(size: Dim, lo: Dim, hi: Dim, step: Dim) -> Dim:
    """The size of `x[lo:hi:step]`, bounds literals, symbols, or `None`."""
    if size is None:
        return None
    if isinstance(step, str):
        return f"part[{size}:{lo}:{hi}:{step}]"
    step = 1 if step is None else step
    whole: Dim = size
    if not isinstance(lo, str) and not isinstance(hi, str) and step:
        if isinstance(size, int):
            return len(range(size)[lo:hi:step])
        if step > 0:
            whole = _between(size, lo or 0, hi)
        elif (lo, hi) != (None, None):
            whole = None
    else:
        whole = _among(size, lo, hi) if step > 0 else None
    if whole is None:
        return f"part[{size}:{lo}:{hi}:{step}]"
    step = abs(step)
    if step == 1 or whole in (0, 1):
        return whole
    return f"ceil({whole}/{step})"


def _between(size: int | str, lo: int, hi: int | None) -> Dim:
    """The size of `x[lo:hi]` with literal bounds."""
    if hi is None:
        return less(size, lo) if lo >= 0 else smaller(size, -lo)
    if lo >= 0 and hi < 0:
        return less(size, lo - hi)
    if lo >= 0:
        return less(smaller(size, hi), lo) if hi > lo else 0
    if hi < 0:
        return smaller(less(size, -hi), hi - lo) if hi > lo else 0
    return f"part[{size}:{lo}:{hi}]"


def _among(size: int | str, lo: Dim, hi: Dim) -> Dim:
    """The size of `x[lo:hi]`, `None` where the order of the bounds is not known."""
    begin, end = 0 if lo is None else lo, size if hi is None else hi
    if not (at_most(0, begin) and at_most(0, end)):
        return None  # it may count from the end
    if at_most(size, end):
        end = size
    elif not at_most(end, size):
        return None
    if at_most(begin, end):
        return minus(end, begin)
    return 0 if at_most(end, begin) else None


def at_most(a: Dim, b: Dim) -> bool:
    """Proven that `a <= b`: their difference is a sum of sizes, none negative."""
    rest = minus(b, a)
    return rest is not None and all(
        count >= 0 and "?" not in product for product, count in _terms(rest).items()
    )


def floored(a: Dim, b: Dim) -> Dim:
    """`a // b` of the values of integers; with a `?` where it may be negative."""
    if a is None or b in (None, 0):
        return None
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if not (at_most(0, a) and at_most(0, b)):
        return f"?({a}//{b})"
    above, below = _terms(a), _terms(b)
    if len(above) == len(below) == 1:
        exact = quotient(a, b)
        if "/" not in str(exact):
            return exact
    return f"({a}//{b})"


def less(size: Dim, count: int) -> Dim:
    """`max(size - count, 0)`."""
    return as_size(minus(size, count))
