"""The names that functions and statements bind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gast


def names_bound(tree: gast.FunctionDef | gast.Lambda) -> frozenset[str]:
    """The names that are local to a function: its parameters and what it assigns."""
    arguments = tree.args
    params = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    params += [p for p in (arguments.vararg, arguments.kwarg) if p is not None]
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    return frozenset({p.id for p in params} | set(assigned(body)))


def assigned(nodes: Sequence[gast.AST]) -> tuple[str, ...]:
    """The names that statements or expressions bind, in order, each once.

    Not those of nested functions and of comprehensions, except for what a walrus in a
    comprehension binds.
    """
    return tuple(dict.fromkeys(name for node in nodes for name in _assigned(node)))


def _assigned(node: gast.AST) -> Iterator[str]:
    match node:
        case gast.Name():
            if isinstance(node.ctx, gast.Store):
                yield node.id
            return
        case gast.FunctionDef():
            yield node.name
            return
        case gast.Lambda():
            return
        case gast.ListComp() | gast.GeneratorExp() | gast.DictComp() | gast.SetComp():
            for inner in gast.walk(node):
                if isinstance(inner, gast.NamedExpr):
                    yield inner.target.id
            return
    for child in gast.iter_child_nodes(node):
        yield from _assigned(child)
