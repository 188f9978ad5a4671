"""Running a program together with its tangents: forward mode, straight from the rules.

This is how the rules and the reverse pass are checked against each other: nothing here
knows adjoints. Containers, views and stores need no rules: see `duals` for why.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from typing import Any

import numpy as np

from dpc.ir.duals import Dual, Shadows, dual, filled, is_floating, plain, varies
from dpc.ir.evaluate import Closure, Evaluator, in_place, set_part
from dpc.ir.live import live
from dpc.ir.nodes import Apply, Atom, Function, Slot, Store, Update
from dpc.ir.paths import path_of
from dpc.ir.program import Program
from dpc.runtime.trees import fields_of

Args = tuple[Any, ...]
# Asked for the tangent of a primitive's result: the call, values and tangents of its
# operands (positional, then by keyword), the result. A tangent that is None is zero.
TangentRule = Callable[[Apply, Args, Args, Any], Any]
# Asked for the program of a function that is only known when it is called, with all
# its arguments; None if there is no program.
Enter = Callable[[Any, Args, dict[str, Any]], tuple[Program, Args] | None]


def no_program(callee: Any, args: Args, kwargs: dict[str, Any]) -> None:
    """For programs that call no functions of which nothing is known."""


def evaluate_with_tangents(
    program: Program | Function,
    args: Sequence[Any],
    tangents: Sequence[Any],
    rule: TangentRule,
    kwargs: Mapping[str, Any] | None = None,
    enter: Enter = no_program,
) -> tuple[Any, Any]:
    """The result of a program and its tangent.

    tangents: for each argument a float, an array of its shape, a container of these
      like the argument, or None for zero.

    The arguments are written as the program writes them; numbers in their lists, dicts
    and objects are replaced by numbers that carry tangents.
    """
    evaluator = TangentEvaluator(program, rule, enter)
    pairs = zip(args, tangents, strict=True)
    given = [evaluator.given(value, dot) for value, dot in pairs]
    result = evaluator.run(given, kwargs)
    return plain(result), evaluator.tangent(result)


# Run on values with their tangents: these look at no number.
STRUCTURE = frozenset(
    "tuple list dict set slice new and or operator.is_ operator.is_not "
    "builtins.dict dataclasses.replace".split()
)
# These take the elements of an array one by one.
SEQUENCES = frozenset("sequence unpack builtins.list builtins.tuple".split())
# Walked once, so that a function and its rule see the same items.
ITERATORS = (KeysView, ValuesView, ItemsView, Iterator)
ARRAYS = (np.ndarray, np.generic)
# The runtime's augmented assignments, which write arrays and lists and return them.
AUGMENTED = {
    f"dpc.i{op.rstrip('_')}": op
    for op in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
        *("and_", "or_", "xor", "lshift", "rshift"),
    )
}
# Functions that write what stands at this position to their first operand.
WRITERS = {
    "np.copyto": 1,
    "np.fill_diagonal": 1,
    "np.put": 2,
    "np.place": 2,
    "np.putmask": 2,
    "np.put_along_axis": 2,
    "np.add.at": 2,
    "np.subtract.at": 2,
}


class TangentEvaluator(Evaluator):
    """Gives every value of the program its tangent."""

    def __init__(
        self, program: Program | Function, rule: TangentRule, enter: Enter
    ) -> None:
        super().__init__(program)
        self.rule = rule
        self.enter = enter
        self.shadows = Shadows()

    def given(self, value: Any, dot: Any) -> Any:
        """An argument with its tangent."""
        if isinstance(value, np.ndarray):
            shadow = self.shadows.of(value)
            if shadow is not None and dot is not None:
                shadow[...] = dot
            return value
        if isinstance(value, tuple):
            parts = [self.given(v, _part(dot, i)) for i, v in enumerate(value)]
            return tuple.__new__(type(value), parts)
        if isinstance(value, list | dict):
            for key in value if isinstance(value, dict) else range(len(value)):
                value[key] = self.given(value[key], _part(dot, key))
            return value
        for name in fields_of(value) or ():
            item = self.given(getattr(value, name), _part(dot, name))
            object.__setattr__(value, name, item)
        return dual(plain(value), 0.0 if dot is None else dot)

    def tangent(self, value: Any, path: tuple[int, ...] = ()) -> Any:
        """The tangent of a value, structured like it; None where it has none.

        An object's is a dict; what holds itself (`path` holds it) has None there.
        """
        if isinstance(value, Dual):
            return value.dot
        if isinstance(value, np.ndarray):
            return self.shadows.of(value)
        if is_floating(value):
            return 0.0
        if id(value) in path:
            return None
        inside = (*path, id(value))
        if isinstance(value, tuple | list):
            parts = [self.tangent(item, inside) for item in value]
            return tuple(parts) if isinstance(value, tuple) else parts
        if isinstance(value, dict):
            return {key: self.tangent(item, inside) for key, item in value.items()}
        names = fields_of(value)
        if names is None:
            return None
        return {name: self.tangent(getattr(value, name), inside) for name in names}

    def attach(self, value: Any, dot: Any) -> Any:
        """A result with its tangent. What lies in memory that is known has one."""
        if isinstance(value, np.ndarray):
            return value if self.shadows.knows(value) else self.given(value, dot)
        if isinstance(value, tuple | list):
            parts = [self.attach(v, _part(dot, i)) for i, v in enumerate(value)]
            if isinstance(value, tuple):
                return tuple.__new__(type(value), parts)
            value[:] = parts
            return value
        return dual(value, 0.0 if dot is None else dot)

    def apply(self, call: Apply) -> Any:
        args = [self.read(a) for a in call.args]
        kwargs = {name: self.read(a) for name, a in call.kwargs}
        fn, first = call.fn, args[0] if args else None
        if fn == "call":
            return self.call(call, first, args[1:], kwargs)
        if fn == "getitem":
            return self.item(first, plain(args[1]))
        if fn == "getattr":
            return self.attribute(first, args[1])
        if fn in SEQUENCES and isinstance(first, np.ndarray):
            first = [self.item(first, i) for i in range(len(first))]
            return self.function(fn)(first, *args[1:])
        if fn == "method.extend" and isinstance(args[1], np.ndarray):
            args[1] = [self.item(args[1], i) for i in range(len(args[1]))]
        if fn in WRITERS:
            self.write(fn, args, kwargs)
            return None
        if fn in AUGMENTED:
            return self.augmented(AUGMENTED[fn], first, args[1], call.args[1])
        if _is_structural(fn, args):
            return self.function(fn)(*args, **kwargs)
        return self.primitive(call, args, kwargs)

    def primitive(self, call: Apply, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """A function of numbers: its result, and the tangent that its rule gives."""
        args = [list(a) if isinstance(a, ITERATORS) else a for a in args]
        operands = (*args, *kwargs.values())
        values = tuple([plain(value) for value in operands])
        named = dict(zip(kwargs, values[len(args) :], strict=True))
        dots = tuple([self.tangent(value) for value in operands])
        out = self.function(call.fn)(*values[: len(args)], **named)
        if not self.needs(out) or not any(map(varies, dots)):
            return self.attach(out, None)
        return self.attach(out, self.rule(call, values, dots, out))

    def needs(self, out: Any) -> bool:
        """Whether a result has a floating part that is not a view of known memory."""
        if isinstance(out, np.ndarray):
            return out.dtype.kind in "fc" and not self.shadows.knows(out)
        if isinstance(out, tuple | list):
            return any(map(self.needs, out))
        return is_floating(out)

    def item(self, base: Any, index: Any) -> Any:
        """`base[index]`."""
        found = base[index]
        if not isinstance(base, np.ndarray):
            return found
        shadow = self.shadows.of(base)
        return self.attach(found, None if shadow is None else shadow[index])

    def attribute(self, base: Any, name: str) -> Any:
        """`base.name`."""
        found = getattr(type(base), name, None)
        if isinstance(found, property) and found.fget is not None:
            return self.call(Apply("call", ()), found.fget, [base], {})
        if not isinstance(base, np.ndarray | Dual):
            return getattr(base, name)
        found = getattr(plain(base), name)
        if not self.needs(found):
            return found
        return self.attach(found, getattr(np.asarray(self.tangent(base)), name)[()])

    def call(
        self, call: Apply, callee: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """A function that was not known before: by its own program, if it has one."""
        if isinstance(callee, Closure):
            return callee(*args)
        entered = self.enter(callee, tuple(args), kwargs)
        if entered is not None:
            inner = TangentEvaluator(entered[0], self.rule, self.enter)
            inner.shadows = self.shadows
            return inner.run(entered[1])
        if isinstance(callee, type):
            return callee(*args, **kwargs)
        if is_primitive(callee):
            known = Apply(path_of(callee), call.args[1:], call.kwargs)
            return self.primitive(known, args, kwargs)
        if any(varies(self.tangent(value)) for value in (*args, *kwargs.values())):
            raise NotImplementedError(f"{callee!r} has no program and no rule")
        return callee(*args, **kwargs)

    def write(self, fn: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        """A function that writes to its first operand, and to its shadow likewise."""
        values = [plain(value) for value in args]
        shadow = self.shadows.of(values[0])
        if shadow is not None:
            place = WRITERS[fn]
            dots = [shadow, *values[1:]]
            dots[place] = filled(self.tangent(args[place]), values[place])
            self.function(fn)(*dots, **kwargs)
        self.function(fn)(*values, **kwargs)

    def store(self, statement: Store) -> None:
        base, value = self.read(statement.base), self.read(statement.value)
        index = plain(self.read(statement.index))
        if not isinstance(base, np.ndarray):
            self.set_part(statement.kind, base, index, value)
            return
        shadow = self.shadows.of(base)
        dot = None if shadow is None else filled(self.tangent(value), plain(value))
        set_part(statement.kind, base, index, plain(value))
        if shadow is not None:
            shadow[index] = dot

    def update(self, statement: Update) -> None:
        base, value = self.read(statement.base), self.read(statement.value)
        op, atom = statement.op, statement.value
        if statement.kind == "whole":
            if self.augmented(op, base, value, atom) is not base:
                super().update_whole(statement, base, value)
            return
        index = plain(self.read(statement.index))
        if isinstance(base, np.ndarray):
            self.update_array(op, base, index, value, atom)
            return
        attribute = statement.kind == "attr"
        old = self.attribute(base, index) if attribute else base[index]
        new = self.augmented(op, old, value, atom)
        self.set_part(statement.kind, base, index, new)

    def set_part(self, kind: str, base: Any, index: Any, value: Any) -> None:
        """`base[index] = value` or `base.index = value`; properties are programs."""
        found = getattr(type(base), index, None) if kind == "attr" else None
        if isinstance(found, property) and found.fset is not None:
            self.call(Apply("call", ()), found.fset, [base, value], {})
        else:
            set_part(kind, base, index, value)

    def augmented(self, op: str, base: Any, value: Any, atom: Atom) -> Any:
        """The result of `base op= value`, where `atom` gave the value."""
        if isinstance(base, np.ndarray):
            self.update_array(op, base, ..., value, atom)
            return base
        if isinstance(base, list):
            return in_place(op)(base, value)
        return self.operate(op, base, value, atom)

    def update_array(
        self, op: str, base: np.ndarray, index: Any, value: Any, atom: Atom
    ) -> None:
        """`base[index] op= value`: what is written is the result of the operator."""
        shadow = self.shadows.of(base)
        if shadow is not None:
            old = self.given(np.array(base[index]), shadow[index])
            dot = self.tangent(self.operate(op, old, value, atom))
        base[index] = in_place(op)(base[index], plain(value))
        if shadow is not None:
            shadow[index] = dot

    def operate(self, op: str, old: Any, value: Any, atom: Atom) -> Any:
        """`old op value`, out of place."""
        call = Apply(f"operator.{op}", (Slot("old"), atom))
        return self.primitive(call, [old, value], {})


def _part(dot: Any, key: Any) -> Any:
    """The part of a tangent by its index, key or name."""
    if dot is None:
        return None
    if isinstance(dot, tuple | list | dict):
        return dot[key]
    return getattr(dot, str(key), None)


def is_primitive(callee: Any) -> bool:
    """Whether a function is the one that its key in the library stands for."""
    try:
        return live(path_of(callee)) is callee
    except (LookupError, ImportError):
        return False


def _is_structural(fn: str, args: list[Any]) -> bool:
    """Whether a call only moves values about, so that it can be run on duals."""
    if fn in STRUCTURE or fn in SEQUENCES:
        return True
    if fn.startswith("method."):
        return isinstance(args[0], list | dict | tuple)
    if fn in ("operator.add", "operator.mul"):
        containers = any(isinstance(a, list | tuple) for a in args)
        return containers and not any(isinstance(a, ARRAYS) for a in args)
    return False
