"""Methods of dicts and lists that hold differentiated values, as loads and stores.

before                          after
`v = d.get(k, 0.0)`             `if k in d: v = d[k]` / `else: v = 0.0`
`d.setdefault(k, v)`            `if k not in d: d[k] = v`
`d.update(other, rate=r)`       `for k in list(other): d[k] = other[k]`, `d["rate"] = r`
`v = d.pop(k, 0.0)`             `if k in d: v = d.pop(k)` / `else: v = 0.0`
`xs.sort()`                     `xs[:] = sorted(xs)`
`xs.remove(x)`                  `xs.pop(xs.index(x))`
`xs.clear()`                    `xs[:] = []`
`vs = d.values()`               `vs = []`, `for k in list(d): vs.append(d[k])`
`ps = d.items()`                the same with `(k, d[k])`
"""

from __future__ import annotations

from collections.abc import Callable

from dpc.ir.build import Builder
from dpc.ir.facts import ANY, BOOL, INT, Fact
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Const,
    Do,
    For,
    If,
    Merge,
    Slot,
    Stmt,
    Store,
)
from dpc.source import Span

METHODS = frozenset(
    "method.get method.setdefault method.update method.values method.items method.pop "
    "method.clear method.remove method.sort".split()
)


class Methods:
    """Spells out the methods of dicts."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.span: Span | None = None

    def slot(self, name: str, fact: Fact = ANY, temp: bool = True) -> Slot:
        """A new slot."""
        slot = Slot(name, temp)
        self.build.facts[slot] = fact
        return slot

    def let(self, into: list[Stmt], fn: str, *args: Atom, fact: Fact = ANY) -> Slot:
        """A new temporary for a call."""
        slot = self.slot("t", fact)
        into.append(Assign(slot, Apply(fn, args), self.span))
        return slot

    def spelled_out(
        self, target: Slot | None, call: Apply, span: Span | None
    ) -> tuple[Stmt, ...]:
        """The statements that a call stands for."""
        self.span = span
        made: list[Stmt] = []
        base, *rest = call.args
        match call.fn:
            case "method.get":
                self._get(made, target, base, rest)
            case "method.setdefault":
                self._setdefault(made, target, base, rest)
            case "method.pop":
                self._pop(made, target, call)
            case "method.clear" | "method.remove" | "method.sort":
                self._of_list(made, call)
            case "method.update":
                self._update(made, base, rest, call.kwargs)
            case _:
                pairs = call.fn == "method.items"
                self._listed(made, target or self.slot("t"), base, pairs)
        return tuple(made)

    def _get(
        self, made: list[Stmt], target: Slot | None, base: Atom, rest: list[Atom]
    ) -> None:
        if target is None:
            return
        test = self.let(made, "operator.contains", base, rest[0], fact=BOOL)
        then: list[Stmt] = []
        found = self.let(then, "getitem", base, rest[0])
        default = rest[1] if len(rest) > 1 else Const(None)
        merges = (Merge(target, found, default),)
        made.append(If(test, tuple(then), (), merges, self.span))

    def _pop(self, made: list[Stmt], target: Slot | None, call: Apply) -> None:
        """Of a dict, with a default, which is returned where there is no such key."""
        base, *rest = call.args
        if len(rest) < 2:
            made.append(_kept(target, call, self.span))
            return
        test = self.let(made, "operator.contains", base, rest[0], fact=BOOL)
        then: list[Stmt] = []
        found = self.let(then, "method.pop", base, rest[0])
        merges = () if target is None else (Merge(target, found, rest[1]),)
        made.append(If(test, tuple(then), (), merges, self.span))

    def _of_list(self, made: list[Stmt], call: Apply) -> None:
        base, *rest = call.args
        if self.build.fact(base).kind != "list":
            made.append(_kept(None, call, self.span))
        elif call.fn == "method.remove":
            place = self.let(made, "method.index", base, *rest, fact=INT)
            made.append(Do(Apply("method.pop", (base, place)), self.span))
        else:
            new = self.slot("t", Fact("list"))
            fn = "sorted" if call.fn == "method.sort" else "list"
            args = (base,) if fn == "sorted" else ()
            made.append(Assign(new, Apply(fn, args, call.kwargs), self.span))
            whole = Const(slice(None))
            made.append(Store("item", base, whole, new, self.span))

    def _setdefault(
        self, made: list[Stmt], target: Slot | None, base: Atom, rest: list[Atom]
    ) -> None:
        test = self.let(made, "operator.contains", base, rest[0], fact=BOOL)
        value = rest[1] if len(rest) > 1 else Const(None)
        store = Store("item", base, rest[0], value, self.span)
        made.append(If(test, (), (store,), (), self.span))
        if target is not None:
            made.append(Assign(target, Apply("getitem", (base, rest[0])), self.span))

    def _update(
        self,
        made: list[Stmt],
        base: Atom,
        rest: list[Atom],
        kwargs: tuple[tuple[str, Atom], ...],
    ) -> None:
        for other in rest:

            def store(into: list[Stmt], key: Atom, source: Atom = other) -> None:
                value = self.let(into, "getitem", source, key)
                into.append(Store("item", base, key, value, self.span))

            self._over(made, other, store)
        for name, value in kwargs:
            made.append(Store("item", base, Const(name), value, self.span))

    def _listed(self, made: list[Stmt], target: Slot, base: Atom, pairs: bool) -> None:
        self.build.facts[target] = Fact("list")
        made.append(Assign(target, Apply("list", ()), self.span))

        def append(into: list[Stmt], key: Atom) -> None:
            value = self.let(into, "getitem", base, key)
            if pairs:
                value = self.let(into, "tuple", key, value, fact=Fact("tuple"))
            into.append(Do(Apply("method.append", (target, value)), self.span))

        self._over(made, base, append)

    def _over(
        self, made: list[Stmt], base: Atom, body: Callable[[list[Stmt], Atom], None]
    ) -> None:
        """A loop over the keys of a dict."""
        # A variable of its own: the keys at this time, whatever is stored later.
        keys = self.slot("keys", Fact("list"), temp=False)
        made.append(Assign(keys, Apply("sequence", (base,)), self.span))
        count = self.let(made, "len", keys, fact=INT)
        index = self.slot("i", INT)
        inside: list[Stmt] = []
        key = self.slot("key", ANY, temp=False)
        inside.append(Assign(key, Apply("getitem", (keys, index)), self.span))
        body(inside, key)
        bounds = (Const(0), count, Const(1))
        made.append(For(index, *bounds, tuple(inside), (), None, self.span))


def _kept(target: Slot | None, call: Apply, span: Span | None) -> Stmt:
    """The call as it is."""
    return Do(call, span) if target is None else Assign(target, call, span)
