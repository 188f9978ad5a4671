"""The operators of Python: their syntax nodes, signs and levels of binding."""

from __future__ import annotations

import gast

# The higher the level, the tighter the binding.
(
    TUPLE,
    NAMED,
    LAMBDA,
    CHOICE,
    OR,
    AND,
    NOT,
    COMPARE,
    BIT_OR,
    BIT_XOR,
    BIT_AND,
    SHIFT,
    SUM,
    PRODUCT,
    SIGN,
    POWER,
    AWAIT,
    ATOM,
) = range(18)

# Key -> syntax node, sign, level.
BINARY: dict[str, tuple[type[gast.AST], str, int]] = {
    "operator.add": (gast.Add, "+", SUM),
    "operator.sub": (gast.Sub, "-", SUM),
    "operator.mul": (gast.Mult, "*", PRODUCT),
    "operator.truediv": (gast.Div, "/", PRODUCT),
    "operator.floordiv": (gast.FloorDiv, "//", PRODUCT),
    "operator.mod": (gast.Mod, "%", PRODUCT),
    "operator.matmul": (gast.MatMult, "@", PRODUCT),
    "operator.pow": (gast.Pow, "**", POWER),
    "operator.and_": (gast.BitAnd, "&", BIT_AND),
    "operator.or_": (gast.BitOr, "|", BIT_OR),
    "operator.xor": (gast.BitXor, "^", BIT_XOR),
    "operator.lshift": (gast.LShift, "<<", SHIFT),
    "operator.rshift": (gast.RShift, ">>", SHIFT),
}
UNARY: dict[str, tuple[type[gast.AST], str, int]] = {
    "operator.neg": (gast.USub, "-", SIGN),
    "operator.pos": (gast.UAdd, "+", SIGN),
    "operator.invert": (gast.Invert, "~", SIGN),
    "operator.not_": (gast.Not, "not ", NOT),
}
COMPARISONS: dict[str, tuple[type[gast.AST], str]] = {
    "operator.lt": (gast.Lt, "<"),
    "operator.le": (gast.LtE, "<="),
    "operator.gt": (gast.Gt, ">"),
    "operator.ge": (gast.GtE, ">="),
    "operator.eq": (gast.Eq, "=="),
    "operator.ne": (gast.NotEq, "!="),
    "operator.is_": (gast.Is, "is"),
    "operator.is_not": (gast.IsNot, "is not"),
    "operator.contains": (gast.In, "in"),
}
BOOLEAN: dict[str, tuple[type[gast.AST], str, int]] = {
    "and": (gast.And, "and", AND),
    "or": (gast.Or, "or", OR),
}
# The comparison that holds exactly where another does not.
OPPOSITE: dict[type[gast.AST], type[gast.AST]] = {
    gast.Is: gast.IsNot,
    gast.IsNot: gast.Is,
    gast.In: gast.NotIn,
    gast.NotIn: gast.In,
}
# Levels of syntax nodes, for the printer.
LEVELS: dict[str, int] = {
    node.__name__: level
    for node, _, level in (*BINARY.values(), *UNARY.values(), *BOOLEAN.values())
}
SIGNS: dict[str, str] = {
    **{node.__name__: sign for node, sign, _ in BINARY.values()},
    **{node.__name__: sign for node, sign, _ in UNARY.values()},
    **{node.__name__: sign for node, sign, _ in BOOLEAN.values()},
    **{node.__name__: sign for node, sign in COMPARISONS.values()},
    "NotIn": "not in",
}
