"""The table of rules in the documentation, written from the rules themselves.

`python -m dpc.rules.table > docs/rules.md`
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator

from dpc.rules.all import FAMILIES, RULES
from dpc.rules.ruleset import Rule, RuleSet

HEAD = """\
# Derivative rules

Written by `python -m dpc.rules.table`; do not edit. How to add a rule: `extending.md`.

What stands beside a function is what its rule returns, as code: `out` is the result,
`g` its cotangent, `x_dot` a tangent. An *elementwise* rule gives one partial
derivative an operand, from which both modes follow. A *linear* one gives the adjoint;
the function itself is its own tangent. A *general* one gives a pullback, and a
pushforward stands beside it. In a *reduction* `h` is the cotangent, spread over the
elements. A *composed* one is the function itself as array code, which both modes go
through. `None` means that there is no derivative in that operand, `over(a, b)` is
`a / b`, and `rt` is `dpc.runtime`. Arguments in brackets are served by a second rule.

Each row has both modes. `tests/rules/test_derivatives.py` checks it against central
differences, the modes against each other, and second derivatives, for the shapes and
arguments that the rule's domain names; `tests/rules/test_autograd.py` against autograd.
"""


def table() -> str:
    """The page, as Markdown."""
    return "\n".join([HEAD, *(part for family in FAMILIES for part in section(family))])


def section(family: RuleSet) -> Iterator[str]:
    """A heading, the rules of a family, and its functions without a derivative."""
    rules = [rule for rule in family if rule.kind != "constant"]
    constant = sorted(rule.keys[0] for rule in family if rule.kind == "constant")
    yield f"## {title(family)}\n"
    if rules:
        yield "| function | arguments | kind | derivative |\n| --- | --- | --- | --- |"
        yield from map(row, rules)
        yield ""
    if constant:
        names = ", ".join(f"`{key}`" for key in constant)
        yield (
            textwrap.fill(f"No derivative: {names}.", 88, break_on_hyphens=False) + "\n"
        )


def title(family: RuleSet) -> str:
    """The first line of the module that holds the family."""
    module = next(m for m in modules() if vars(m).get("rules") is family)
    return (module.__doc__ or family.name).strip().split("\n")[0].rstrip(".")


def modules() -> Iterator[object]:
    """The modules of this package."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("dpc.rules."):
            yield module


def row(rule: Rule) -> str:
    """One rule: the functions that share it, and what it returns."""
    names = ", ".join(f"`{key}`" for key in rule.keys)
    kind = "reduction" if hasattr(rule.body, "__wrapped__") else rule.kind
    code = "<br>".join(returned(rule))
    return f"| {names} | {arguments(rule)} | {kind} | {code} |"


def arguments(rule: Rule) -> str:
    """The parameters that the rule serves, and those of the rule beside it."""
    shown = [
        f"*{name}" if place == rule.variadic else name
        for place, name in enumerate(rule.operands)
    ]
    beside = RULES[rule.keys[0]].otherwise
    more = [] if beside is None else beside.operands
    shown += [f"[{name}]" for name in more if name not in rule.operands]
    return ", ".join(shown).replace("*", "\\*")


def returned(rule: Rule) -> list[str]:
    """The code of the `return` statements of a rule's body."""
    code = rule.like or rule.body
    assert code is not None
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(code)))
    body = ast.parse(source).body[0]
    found = []
    for node in ast.walk(body):
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            parts = value.elts if isinstance(value, ast.Tuple) else [value]
            found.append(", ".join(map(ast.unparse, parts)))
    return [f"`{text}`".replace("|", "\\|") for text in dict.fromkeys(found)]


if __name__ == "__main__":
    print(table(), end="")
