"""The text of a program, for people: one line a statement.

    def relax(x, gain):
        for i in range(0, 50, 1) with x_1 = x:
            t = gain * x_1
            x_2 = np.tanh(t)
            next x_1 = x_2
        x_3 = last x_1
        return x_3

A slot has its own name, with a number where an earlier slot has the same. After `if`
stand the merges, after a loop what it carried; a loop without `range` tests what stands
in its `while` line before every iteration. Facts stand at the end of the lines that
define what they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from dpc.ir import walk
from dpc.ir.facts import Fact
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Carry,
    Comment,
    Const,
    Derivative,
    Do,
    For,
    Function,
    If,
    Object,
    Param,
    Pullback,
    Recall,
    Record,
    Replay,
    Slot,
    Stmt,
    Store,
    Undefined,
    Update,
    Value,
    While,
    With,
)

Facts = Mapping[Slot, Fact]

INFIX = {
    "operator.add": "+",
    "operator.sub": "-",
    "operator.mul": "*",
    "operator.truediv": "/",
    "operator.floordiv": "//",
    "operator.mod": "%",
    "operator.pow": "**",
    "operator.matmul": "@",
    "operator.and_": "&",
    "operator.or_": "|",
    "operator.xor": "^",
    "operator.lshift": "<<",
    "operator.rshift": ">>",
    "operator.lt": "<",
    "operator.le": "<=",
    "operator.gt": ">",
    "operator.ge": ">=",
    "operator.eq": "==",
    "operator.ne": "!=",
    "operator.is_": "is",
    "operator.is_not": "is not",
    "and": "and",
    "or": "or",
}
PREFIX = {
    "operator.neg": "-",
    "operator.pos": "+",
    "operator.invert": "~",
    "operator.not_": "not ",
}
STARS = {"positional": "", "keyword": "", "args": "*", "kwargs": "**"}
INDENT = "    "


def show(function: Function, facts: Facts | None = None) -> str:
    """The text of a function and of those beside it."""
    parts = (function, *function.beside)
    return "\n\n".join("\n".join(_Shower(part, facts or {}).lines()) for part in parts)


def fact_text(fact: Fact) -> str:
    """A fact in a few words, such as `array f8 (n0, 3)`; empty if nothing is known."""
    if fact.kind == "any":
        return ""
    words = [fact.kind]
    if fact.kind in ("array", "number", "scalar", "sparse"):
        words.append(fact.dtype)
    if fact.shape:
        dims = ["?" if dim is None else str(dim) for dim in fact.shape]
        words.append(f"({', '.join(dims)}{',' if len(dims) == 1 else ''})")
    if fact.items is not None:
        words.append(f"of {len(fact.items)}")
    if fact.fields:
        words.append(f"of {', '.join(name for name, _ in fact.fields)}")
    return " ".join(filter(None, words))


class _Shower:
    def __init__(self, function: Function, facts: Facts) -> None:
        self.function = function
        self.facts = facts
        params = [param.slot for param in function.params]
        self.names = numbered([*params, *_as_shown(function.body)])

    def lines(self) -> Iterator[str]:
        function = self.function
        params = ", ".join(map(self.param, function.params))
        slots = [param.slot for param in function.params]
        yield self.noted(f"def {function.name}({params}):", slots, named=True)
        yield from self.block(function.body, INDENT)
        yield f"{INDENT}return {self.atom(function.result)}"

    def param(self, param: Param) -> str:
        default = "" if param.default is None else f"={param.default}"
        return f"{STARS[param.kind]}{self.names[param.slot]}{default}"

    def noted(self, line: str, slots: Iterable[Slot], named: bool = False) -> str:
        """The line, with the facts of what it defines as a comment."""
        notes = []
        for slot in slots:
            text = fact_text(self.facts[slot]) if slot in self.facts else ""
            if text:
                notes.append(f"{self.names[slot]}: {text}" if named else text)
        return f"{line}  # {'; '.join(notes)}" if notes else line

    def block(self, block: Block, indent: str) -> Iterator[str]:
        for statement in block:
            yield from self.statement(statement, indent)

    def inside(self, block: Block, indent: str) -> list[str]:
        lines = list(self.block(block, indent + INDENT))
        return lines or [f"{indent}{INDENT}pass"]

    def statement(self, statement: Stmt, indent: str) -> Iterator[str]:
        match statement:
            case Assign(target, value):
                line = f"{indent}{self.names[target]} = {self.value(value)}"
                yield self.noted(line, [target])
            case Store() | Update():
                yield indent + self.store(statement)
            case Do(value):
                yield indent + self.value(value)
            case If():
                yield from self.branch(statement, indent)
            case For() | Replay():
                yield from self.loop(statement, indent)
            case While():
                yield from self.while_loop(statement, indent)
            case With(context, target, body):
                name = "" if target is None else f" as {self.names[target]}"
                yield f"{indent}with {self.atom(context)}{name}:"
                yield from self.inside(body, indent)
            case Record(tape, values):
                yield f"{indent}record {self.atom(tape)} {self.tuple(values)}"
            case Recall(targets, tape):
                yield f"{indent}recall {self.tuple(targets)} = {self.atom(tape)}"
            case Derivative(targets, recipe, params, args, body, result, name):
                given = zip(params, args, strict=True)
                pairs = [f"{self.names[p]}={self.atom(a)}" for p, a in given]
                head = f"{recipe.mode} of {name}({', '.join(pairs)})"
                yield f"{indent}{self.tuple(targets)} = {head}:"
                yield from self.block(body, indent + INDENT)
                yield f"{indent}{INDENT}return {self.atom(result)}"
            case Pullback(target, params, body, result):
                names = ", ".join(self.names[slot] for slot in params)
                yield f"{indent}def {self.names[target]}({names}):"
                yield from self.block(body, indent + INDENT)
                yield f"{indent}{INDENT}return {self.atom(result)}"
            case Comment(text):
                yield f"{indent}# {text}"
            case _:
                assert_never(statement)

    def store(self, statement: Store | Update) -> str:
        base, value = self.atom(statement.base), self.atom(statement.value)
        if statement.kind == "attr" and isinstance(statement.index, Const):
            base = f"{base}.{statement.index.value}"
        elif statement.kind == "item":
            base = f"{base}[{self.index(statement.index)}]"
        if isinstance(statement, Store):
            return f"{base} = {value}"
        return f"{base} {INFIX['operator.' + statement.op]}= {value}"

    def branch(self, statement: If, indent: str) -> Iterator[str]:
        yield f"{indent}if {self.atom(statement.test)}:"
        yield from self.inside(statement.then, indent)
        if statement.orelse:
            yield f"{indent}else:"
            yield from self.inside(statement.orelse, indent)
        for merge in statement.merges:
            then, orelse = self.atom(merge.then), self.atom(merge.orelse)
            line = f"{indent}{self.names[merge.target]} = merge {then} else {orelse}"
            yield self.noted(line, [merge.target])

    def loop(self, statement: For | Replay, indent: str) -> Iterator[str]:
        match statement:
            case For(index, start, stop, step):
                target = self.names[index]
                bounds = ", ".join(map(self.atom, (start, stop, step)))
                walked = f"range({bounds})"
                walked = f"reversed({walked})" if statement.backward else walked
                leave = statement.leave
            case Replay(targets, tape):
                target = self.tuple(targets)
                walked, leave = f"reversed({self.atom(tape)})", None
        with_ = self.carried(statement.carries)
        yield f"{indent}for {target} in {walked}{with_}:"
        yield from self.block(statement.body, indent + INDENT)
        yield from self.ends(statement.carries, leave, indent)

    def while_loop(self, statement: While, indent: str) -> Iterator[str]:
        yield f"{indent}loop{self.carried(statement.carries)}:"
        yield from self.block(statement.head, indent + INDENT)
        yield f"{indent}{INDENT}while {self.atom(statement.test)}:"
        yield from self.block(statement.body, indent + 2 * INDENT)
        deep = indent + INDENT
        yield from self.ends(statement.carries, statement.leave, deep, indent)

    def carried(self, carries: tuple[Carry, ...]) -> str:
        pairs = [f"{self.names[c.header]} = {self.atom(c.init)}" for c in carries]
        return f" with {', '.join(pairs)}" if pairs else ""

    def ends(
        self,
        carries: tuple[Carry, ...],
        leave: Atom | None,
        indent: str,
        after: str | None = None,
    ) -> Iterator[str]:
        """What ends an iteration, and the lines behind the loop."""
        inner = indent + INDENT
        if carries:
            pairs = [f"{self.names[c.header]} = {self.atom(c.next)}" for c in carries]
            yield f"{inner}next {', '.join(pairs)}"
        if leave is not None:
            yield f"{inner}leave if {self.atom(leave)}"
        for carry in carries:
            names = self.names[carry.result], self.names[carry.header]
            line = f"{indent if after is None else after}{names[0]} = last {names[1]}"
            yield self.noted(line, [carry.result])

    def value(self, value: Value) -> str:
        return self.apply(value) if isinstance(value, Apply) else self.atom(value)

    def apply(self, call: Apply) -> str:
        args = [self.atom(a) for a in call.args]
        match call.fn, args:
            case (fn, [a]) if fn in PREFIX:
                return f"{PREFIX[fn]}{a}"
            case (fn, [a, b]) if fn in INFIX:
                return f"{a} {INFIX[fn]} {b}"
            case "operator.contains", [container, item]:
                return f"{item} in {container}"
            case "getitem", [base, _]:
                return f"{base}[{self.index(call.args[1])}]"
            case "getattr", [base, _] if isinstance(call.args[1], Const):
                return f"{base}.{call.args[1].value}"
            case "tuple", _:
                return self.tuple(call.args)
            case "list", _:
                return f"[{', '.join(args)}]"
            case "dict", _:
                pairs = zip(args[::2], args[1::2], strict=True)
                return f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
        args += [f"{name}={self.atom(a)}" for name, a in call.kwargs]
        if call.fn.startswith("method."):
            return f"{args[0]}.{call.fn[7:]}({', '.join(args[1:])})"
        if call.fn == "call":
            return f"{args[0]}({', '.join(args[1:])})"
        return f"{call.fn}({', '.join(args)})"

    def atom(self, atom: Atom) -> str:
        match atom:
            case Slot():
                # A slot that nothing defines is shown too: a faulty program needs it.
                return self.names.get(atom, f"{atom.name}?")
            case Const(value):
                return repr(value)
            case Object(scope, path):
                name = ".".join(path)
                return name if scope == "builtins" else f"{scope}.{name}"
            case Undefined():
                return "undefined"
        assert_never(atom)

    def tuple(self, atoms: Iterable[Atom]) -> str:
        names = [self.atom(atom) for atom in atoms]
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"

    def index(self, atom: Atom) -> str:
        return index_text(atom.value) if isinstance(atom, Const) else self.atom(atom)


def index_text(index: object) -> str:
    """A literal index as it stands between brackets: `1:, None, ...`."""
    match index:
        case tuple() if index:
            parts = ", ".join(map(index_text, index))
            return f"{parts}," if len(index) == 1 else parts
        case slice():
            start, stop = (
                "" if part is None else repr(part) for part in (index.start, index.stop)
            )
            step = "" if index.step is None else f":{index.step!r}"
            return f"{start}:{stop}{step}"
        case _:
            return "..." if index is Ellipsis else repr(index)


def _as_shown(block: Block) -> Iterator[Slot]:
    """The slots that a block defines, in the order in which the text defines them."""
    for statement in block:
        inside = [
            slot for nested in walk.blocks(statement) for slot in _as_shown(nested)
        ]
        if isinstance(statement, With | Pullback | Derivative):
            yield from (*walk.targets(statement), *walk.bound(statement), *inside)
        else:
            yield from (*walk.bound(statement), *inside, *walk.targets(statement))


def numbered(slots: Iterable[Slot]) -> dict[Slot, str]:
    """A different name for each slot: its own, with a number where that is taken."""
    slots = list(slots)
    own = {slot.name for slot in slots}
    names: dict[Slot, str] = {}
    used: set[str] = set()
    counts: dict[str, int] = {}
    for slot in slots:
        if slot in names:
            continue
        name = slot.name
        while name in used or (name != slot.name and name in own):
            counts[slot.name] = counts.get(slot.name, 0) + 1
            name = f"{slot.name}_{counts[slot.name]}"
        used.add(name)
        names[slot] = name
    return names
