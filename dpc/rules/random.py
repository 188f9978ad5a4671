"""Random draws: numbers that come from outside, drawn once and not differentiated."""

from __future__ import annotations

from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.library import Infer
from dpc.rules import results, sizes
from dpc.rules.results import Args, Kwargs
from dpc.rules.ruleset import RuleSet

rules = RuleSet("random")


def drawn(dtype: str, size_at: int | None) -> Infer:
    """Draws of a shape given by `size`, the operand at a position."""

    def infer(args: Args, kwargs: Kwargs) -> Fact:
        at = -1 if size_at is None else size_at
        size = kwargs.get("size", args[at] if 0 <= at < len(args) else F.NONE)
        others = [f for i, f in enumerate(args) if i != at]
        if size.kind == "none":
            plain = all(fact.is_scalar for fact in others)
            return Fact("scalar", dtype, ()) if plain else Fact("number", dtype)
        given = size.items if size.kind == "tuple" else (size,)
        if given is None or size.kind not in ("tuple", "int"):
            return F.array(dtype)
        return F.array(dtype, tuple(sizes.as_size(item.value) for item in given))

    return infer


def _each_operand(args: Args, kwargs: Kwargs) -> Fact:
    """`rand(2, 3)`: the sizes are the operands."""
    if not args:
        return Fact("scalar", "f8", ())
    return F.array("f8", tuple(sizes.as_size(fact.value) for fact in args))


# Distributions, and where their operand `size` stands.
FLOATING = {
    **dict.fromkeys(("random", "random_sample", "standard_cauchy"), 0),
    **dict.fromkeys(("standard_normal", "standard_exponential"), 0),
    **dict.fromkeys(("exponential", "standard_gamma", "standard_t", "rayleigh"), 1),
    **dict.fromkeys(("chisquare", "pareto", "power", "weibull", "dirichlet"), 1),
    **dict.fromkeys(("normal", "uniform", "beta", "gamma", "gumbel", "laplace"), 2),
    **dict.fromkeys(("logistic", "lognormal", "vonmises", "wald", "f"), 2),
    "triangular": 3,
}
INTEGER = {
    **dict.fromkeys(("poisson", "geometric", "zipf", "logseries"), 1),
    **dict.fromkeys(("integers", "randint", "binomial", "negative_binomial"), 2),
    "hypergeometric": 3,
}
OTHER = ("choice", "permutation", "permuted", "bytes", "spawn", "multinomial")

for _owner in ("np.random", "method"):
    for _dtype, _family in (("f8", FLOATING), ("i8", INTEGER)):
        for _name, _place in _family.items():
            rules.constant(
                f"{_owner}.{_name}", infer=drawn(_dtype, _place), effect="world"
            )
    for _name in OTHER:
        rules.constant(f"{_owner}.{_name}", effect="world")
    rules.constant(f"{_owner}.multivariate_normal", effect="world")
rules.constant("np.random.rand", "np.random.randn", infer=_each_operand, effect="world")
rules.constant(
    *("np.random.seed", "np.random.default_rng", "np.random.RandomState"),
    *("np.random.Generator", "np.random.get_state", "np.random.set_state"),
    effect="world",
)
rules.constant(
    *("np.random.shuffle", "method.shuffle"),
    infer=results.fixed(F.NONE),
    effect="world",
)
