"""Running a program and writing down which values were made of which."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from dpc.api import unbound
from dpc.bound import Bound
from dpc.derived import Derived
from dpc.errors import Diagnostic, DpcError, UnsupportedError
from dpc.frontend.read import read
from dpc.frontend.subset import scan
from dpc.graphs.graph import Graph, ordered
from dpc.graphs.makers import is_number, leaves, place
from dpc.graphs.record import Record
from dpc.ir.evaluate import Evaluator, get_part, in_place, set_part
from dpc.ir.live import Live
from dpc.ir.nodes import Apply, Assign, Atom, Object, Slot, Stmt, Store, Update
from dpc.ir.program import Program
from dpc.ir.show import INFIX, PREFIX, index_text
from dpc.ir.symbols import Symbols
from dpc.pipeline import lifted
from dpc.refusals import refuse_many_sweeps
from dpc.rules.all import LIBRARY
from dpc.runtime.trees import is_array
from dpc.runtime.twins import twin
from dpc.signature import fact_of
from dpc.source import Span
from dpc.variant import LATE, Variant

# What of an operand carries its type or its sizes only.
_SHAPES = frozenset("shape ndim size dtype itemsize nbytes __class__".split())
_ABOUT = frozenset("len type isinstance np.shape np.ndim np.size range hasattr".split())


def graph(f: Callable[..., Any]) -> Callable[..., Graph]:
    """The computational graph of one execution of `f`: `dpc.graph(f)(*args)`.

    f: a function, or what another compiler made of one: the graph of `dpc.soften(f)` is
      that of the relaxed program, of `dpc.grad(f)` that of the derivative.

    The result takes the arguments of `f`, runs it on copies of them and returns a
    `Graph`. Its nodes are the numbers and arrays that were arguments or came from
    them, as well as the global ones that were used; integers, strings and flags are
    what a program is made of, not what flows through it. A view is the value that it
    shows, an element or a part that is read or written on its own is a node of its own,
    and containers are what is in them. Raises what `f` raises, and UnsupportedError for
    what dpc cannot read.
    """

    def recorded(*args: Any, **kwargs: Any) -> Graph:
        args, kwargs = twin((args, kwargs))
        program, given, named = _program_of(f, args, kwargs)
        recorder = Recorder(program, Record())
        return recorder.graph(given, named)

    name = getattr(f, "__name__", "f")
    recorded.__name__, recorded.__doc__ = name, f"The graph of one execution of {name}."
    return recorded


def _program_of(
    f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Program, tuple[Any, ...], dict[str, Any]]:
    """The program of a callable for these arguments, and how it takes them."""
    if isinstance(f, Bound):
        args, kwargs, f = (*f.args, *args), {**f.kwargs, **kwargs}, f.__wrapped__
    if isinstance(f, Variant):
        f = f.owner
    if isinstance(f, Derived):
        signature = f.signature
        facts_of = f.bound(args, kwargs)
        program = f.variant(facts_of).program
    else:
        refuse_many_sweeps(f)
        f, before, named = unbound(f)
        args, kwargs = (*before, *args), {**named, **kwargs}
        reading = read(f)
        scan(reading)
        signature = inspect.signature(f)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        symbols = Symbols()
        facts = {n: fact_of(v, symbols) for n, v in bound.arguments.items()}
        program = lifted(reading, facts)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return program, bound.args, bound.kwargs


class Recorder(Evaluator):
    """Runs a program; every result of a primitive becomes a node of the record."""

    def __init__(self, program: Program, record: Record) -> None:
        super().__init__(program)
        self.record = record
        self.target = ""
        self.span: Span | None = None

    @property
    def line(self) -> int | None:
        """The line of the statement that is run."""
        return None if self.span is None else self.span.line

    def graph(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Graph:
        """Run with arguments as leaves."""
        names = [param.slot.name for param in self.code.params]
        args = tuple(map(_own_numbers, args))
        kwargs = {name: _own_numbers(value) for name, value in kwargs.items()}
        given = [*zip(names, args, strict=False), *kwargs.items()]
        for name, value in given:
            for path, leaf in leaves(value, name):
                self.record.leaf(leaf, path, "input")
        result = self.run(args, kwargs)
        outputs: list[int] = []
        for path, leaf in leaves(result, "result"):
            made = self.record.makers.of(leaf)
            outputs += made
            for number in made if len(made) == 1 else ():
                self.record.name(number, path)
        record = self.record
        return ordered(self.code.name, record.nodes, outputs, record.names, result)

    def read(self, atom: Atom) -> Any:
        """The value of an atom; a variable outside becomes a leaf."""
        value = super().read(atom)
        if isinstance(atom, Object):
            self._outside(value, ".".join(atom.path))
        return value

    def _outside(self, value: Any, name: str) -> None:
        known = self.record.outside
        if id(value) in known or callable(value):
            return
        known.add(id(value))
        self.record.makers.keep(value)
        for path, leaf in leaves(value, name):
            self.record.leaf(leaf, path, "constant")

    def statement(self, statement: Stmt) -> None:
        """Run a statement; what it computes is on its line and may have its name."""
        span = getattr(statement, "span", None)
        self.span = self.span if span is None else span
        if not isinstance(statement, Assign):
            self.target = ""
            super().statement(statement)
            return
        slot = statement.target
        self.target = "" if slot.temp else slot.name
        super().statement(statement)
        if self.target:
            self._name(self.values[slot], self.target)

    def _name(self, value: Any, name: str) -> None:
        """The numbers and arrays in a value that were computed have its name now."""
        for path, leaf in leaves(value, name):
            made = self.record.makers.of(leaf)
            if len(made) == 1 and self.record.nodes[made[0]].function:
                self.record.name(made[0], path)

    def function(self, key: str) -> Live:
        """The function to run for a key; one that compiles has no program yet."""
        if key in LATE:
            span = self.span
            title = f"{self.code.name} compiles a derivative when it runs"
            hint = "ask for the graph of the function itself"
            raise UnsupportedError(Diagnostic(title, "here", span, hint=hint))
        return super().function(key)

    def apply(self, call: Apply) -> Any:
        """The result of a primitive, with the node that stands for it."""
        args = [self.read(a) for a in call.args]
        kwargs = {name: self.read(a) for name, a in call.kwargs}
        if call.fn == "call" and (inner := self._inside(args, kwargs)) is not None:
            return inner()
        inputs = self._inputs(call, [*args, *kwargs.values()])
        result = self.function(call.fn)(*args, **kwargs)
        if call.fn == "method.append" and (name := self._named_base(call.args[0])):
            self._name(args[1], f"{name}[{len(args[0]) - 1}]")
        if call.fn == "getitem" and isinstance(args[0], np.ndarray):
            return self._part(call, args[0], args[1], result)
        return self._made(call, args, inputs, result)

    def _inputs(self, call: Apply, operands: list[Any]) -> tuple[int, ...]:
        """The nodes that a primitive is applied to."""
        if call.fn in _ABOUT or (call.fn == "getattr" and operands[1] in _SHAPES):
            return ()
        return self.record.makers.within(operands)

    def _inside(
        self, args: list[Any], kwargs: dict[str, Any]
    ) -> Callable[[], Any] | None:
        """The run of a user's function that is called when the program runs.

        None for what cannot be read: it is one function of the graph.
        """
        callee = args[0]
        if not isinstance(callee, FunctionType | Derived):
            return None
        try:
            program, given, named = _program_of(callee, tuple(args[1:]), kwargs)
        except DpcError:
            return None
        inner = Recorder(program, self.record)
        return lambda: inner.run(given, named)

    def _part(self, call: Apply, base: Any, index: Any, result: Any) -> Any:
        """`base[index]`: a part of what one node made is a node of its own."""
        record, makers = self.record, self.record.makers
        view = base[(*_as_tuple(index), ...)] if np.isscalar(result) else result
        whole = makers.of(view)
        if not isinstance(view, np.ndarray) or not np.may_share_memory(view, base):
            return self._made(call, [base, index], makers.of(base), result)
        if len(whole) != 1 or record.size(whole[0]) <= view.size:
            number = whole[0] if len(whole) == 1 else None
        else:
            key = (whole, *place(view))
            if key not in record.parts:
                through = makers.of(base)
                inputs = through if len(through) == 1 else whole
                name = self._named_part(call.args[0], index)
                record.parts[key] = record.add(
                    result, "getitem", inputs, name, line=self.line
                )
            number = record.parts[key]
            if isinstance(result, np.ndarray):
                makers.mark_part(result, number, whole[0])
        if number is not None and is_number(result):
            makers.mark(result, number)
        return result

    def _named_part(self, base: Atom, index: Any) -> str:
        """`x[2]`, where the array has a name."""
        name = self._named_base(base)
        simple = all(
            isinstance(i, int | slice | np.integer | type(None) | type(...))
            for i in _as_tuple(index)
        )
        return f"{name}[{_index_text(index)}]" if name and simple else ""

    def _named_base(self, base: Atom) -> str:
        """The name that the program has for an array or container; "" for none."""
        match base:
            case Slot(name, temp):
                return "" if temp else name
            case Object(_, path):
                return ".".join(path)
        return ""

    def _made(
        self, call: Apply, args: list[Any], inputs: tuple[int, ...], result: Any
    ) -> Any:
        """A node for every number and array that a primitive has made."""
        primitive = LIBRARY[call.fn]
        if primitive.effect == "writes" and args and isinstance(args[0], np.ndarray):
            self._wrote(call, args[0], inputs)
        if primitive.memory == "fresh" and call.fn not in _PASS:
            if is_number(result) and any(result is a for a in args) and len(inputs) > 1:
                result = _own_numbers(result)
            elif isinstance(result, np.ndarray) and any(result is a for a in args):
                self._wrote(call, result, inputs)
        if not inputs:
            return result
        for _, leaf in leaves(result):
            if not self.record.makers.of(leaf):
                number = self._new(leaf, _function(call, args), inputs)
                self.record.makers.mark(leaf, number)
        return result

    def _wrote(self, call: Apply, base: Any, inputs: tuple[int, ...]) -> None:
        """A primitive has written the array that it was given."""
        number = self._new(base, _function(call, [base]), inputs)
        self.record.makers.mark(base, number)

    def _new(self, value: Any, function: str, inputs: tuple[int, ...]) -> int:
        return self.record.add(value, function, inputs, self.target, line=self.line)

    def store(self, statement: Store) -> None:
        """What is stored is the same value at another place, and has its name too."""
        base, value = self.read(statement.base), self.read(statement.value)
        index = self.read(statement.index)
        set_part(statement.kind, base, index, value)
        made = self.record.makers.within(value)
        if isinstance(base, np.ndarray):
            if statement.kind == "attr":
                self.record.makers.store(base, ..., value)
            else:
                self.record.makers.store(base, index, value)
        if len(made) == 1 and (name := self._place(statement, index)):
            self.record.name(made[0], name)

    def _place(self, statement: Store | Update, index: Any) -> str:
        if statement.kind == "item":
            return self._named_part(statement.base, index)
        name = self._named_base(statement.base)
        if statement.kind == "whole":
            return name
        return f"{name}.{index}" if name else ""

    def update(self, statement: Update) -> None:
        """`base[index] op= value`: the new value is a node with the place's name."""
        base, value = self.read(statement.base), self.read(statement.value)
        index = self.read(statement.index) if statement.kind != "whole" else None
        makers = self.record.makers
        old = base if index is None else get_part(statement.kind, base, index)
        if isinstance(base, np.ndarray) and statement.kind == "item":
            where = np.zeros(base.shape, bool)
            where[index] = True
            before = tuple(int(n) for n in np.unique(makers.owners(base)[where]))
            inputs = (*(n for n in before if n >= 0), *makers.within(value))
        else:
            inputs = makers.within([old, value])
        if statement.kind == "whole":
            self.update_whole(statement, base, value)
            new = base
        else:
            new = in_place(statement.op)(old, value)
            set_part(statement.kind, base, index, new)
        if not inputs or not (is_number(new) or is_array(new)):
            return
        inputs = tuple(dict.fromkeys(inputs))
        self.target = self._place(statement, index)
        number = self._new(new, INFIX[f"operator.{statement.op}"], inputs)
        if isinstance(base, np.ndarray) and statement.kind == "item":
            makers.owners(base)[index] = number
        else:
            makers.mark(new, number)


# They return what they were given; that is no function of it.
_PASS = frozenset("getitem getattr tuple list dict new and or unpack sequence".split())


def _function(call: Apply, args: list[Any]) -> str:
    """What is applied, as the user writes it."""
    if call.fn == "call":
        return str(getattr(args[0], "__name__", "call"))
    if call.fn == "getattr":
        return f".{args[1]}"
    if call.fn.startswith("method."):
        return call.fn[len("method") :]
    return INFIX.get(call.fn) or PREFIX.get(call.fn) or call.fn


def _as_tuple(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _index_text(index: Any) -> str:
    parts = tuple(int(i) if isinstance(i, np.integer) else i for i in _as_tuple(index))
    return index_text(parts[0] if len(parts) == 1 else parts)


def _own_numbers(value: Any) -> Any:
    """The value with numbers that are not the same object as any other number."""
    if isinstance(value, np.inexact):
        return value.copy()
    if isinstance(value, float):
        return float.__mul__(value, 1.0)
    if isinstance(value, complex):
        return complex(value.real, value.imag)
    if isinstance(value, tuple):
        return tuple.__new__(type(value), map(_own_numbers, value))
    if isinstance(value, list):
        value[:] = map(_own_numbers, value)
    elif isinstance(value, dict):
        value.update({key: _own_numbers(item) for key, item in value.items()})
    elif hasattr(type(value), "__dataclass_fields__"):
        for name in type(value).__dataclass_fields__:
            if hasattr(value, name):
                object.__setattr__(value, name, _own_numbers(getattr(value, name)))
    return value
