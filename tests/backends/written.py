"""Programs of the representation, built by hand, and what is printed for them."""

import copy
from collections.abc import Callable, Iterable
from textwrap import dedent
from typing import Any

from dpc.backends.load import load
from dpc.backends.python import emit
from dpc.ir import facts as F
from dpc.ir.build import Builder
from dpc.ir.check import check
from dpc.ir.evaluate import evaluate
from dpc.ir.facts import Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Carry,
    Const,
    Do,
    For,
    Function,
    If,
    Merge,
    Object,
    Param,
    Record,
    Replay,
    Slot,
    Stmt,
    While,
)
from dpc.ir.program import Program


def atom(value: Any) -> Atom:
    """A literal, unless it is an atom already."""
    return value if isinstance(value, Atom) else Const(value)


class Writer(Builder):
    """Builds programs in as few words as their text has."""

    def __init__(self) -> None:
        super().__init__(Library())

    def __call__(self, fn: str, *args: Any, to: str = "", **kwargs: Any) -> Slot:
        """`to = fn(*args)`, or a temporary."""
        slot = Slot(to or "t", temp=not to)
        named = tuple((key, atom(value)) for key, value in kwargs.items())
        self.emit(Assign(slot, Apply(fn, tuple(map(atom, args)), named)))
        return slot

    def let(self, name: str, value: Any) -> Slot:
        """`name = value`."""
        slot = Slot(name)
        self.emit(Assign(slot, atom(value)))  # type: ignore[arg-type]
        return slot

    def do(self, fn: str, *args: Any) -> None:
        """A call for its effect."""
        self.emit(Do(Apply(fn, tuple(map(atom, args)))))

    def call(self, name: str, *args: Any, to: str = "") -> Slot:
        """A call of a function of the closure."""
        return self("call", Object("closure", (name,)), *args, to=to)

    def inside(self, body: Callable[[], Any]) -> tuple[tuple[Stmt, ...], Any]:
        """The statements that `body` builds, and what it returns."""
        with self.region() as block:
            found = body()
        return tuple(block), found

    def branch(
        self,
        test: Any,
        then: Callable[[], Iterable[Any]],
        orelse: Callable[[], Iterable[Any]],
        names: Iterable[str] = (),
        temp: bool = False,
    ) -> list[Slot]:
        """An `if`; its branches return what `names` become."""
        one, left = self.inside(lambda: list(then() or ()))
        other, right = self.inside(lambda: list(orelse() or ()))
        merges = [
            Merge(Slot(name, temp), atom(a), atom(b))
            for name, a, b in zip(names, left, right, strict=True)
        ]
        self.emit(If(atom(test), one, other, tuple(merges)))
        return [merge.target for merge in merges]

    def loop(
        self,
        stop: Any,
        carried: dict[str, Any],
        body: Callable[..., tuple[Any, ...]],
        index: str = "i",
        start: Any = 0,
        step: Any = 1,
        backward: bool = False,
        tape: Slot | None = None,
        leaves: bool = False,
    ) -> list[Slot]:
        """A `for`. `body(i, *headers)` returns the next values, then, if the loop
        `leaves`, its outcome, and, with a `tape`, what goes on it as a tuple."""
        counter = Slot(index)
        headers = [Slot(name) for name in carried]
        block, found = self.inside(lambda: list(body(counter, *headers)))
        if tape is not None:
            block = (*block, Record(tape, tuple(map(atom, found.pop()))))
        leave = atom(found.pop()) if leaves else None
        carries = self._carries(headers, carried, found)
        bounds = (atom(start), atom(stop), atom(step))
        self.emit(For(counter, *bounds, block, carries, leave, None, backward))
        return [carry.result for carry in carries]

    def repeat(
        self,
        test: Callable[..., Slot],
        carried: dict[str, Any],
        body: Callable[..., tuple[Any, ...]],
    ) -> list[Slot]:
        """A `while`."""
        headers = [Slot(name) for name in carried]
        head, tested = self.inside(lambda: test(*headers))
        block, found = self.inside(lambda: list(body(*headers)))
        carries = self._carries(headers, carried, found)
        self.emit(While(head, tested, block, carries))
        return [carry.result for carry in carries]

    def replay(
        self,
        tape: Slot,
        targets: Iterable[str],
        carried: dict[str, Any],
        body: Callable[..., tuple[Any, ...]],
    ) -> list[Slot]:
        """A walk back over a tape: `body(*targets, *headers)`."""
        slots = [Slot(name) for name in targets]
        headers = [Slot(name) for name in carried]
        block, found = self.inside(lambda: list(body(*slots, *headers)))
        carries = self._carries(headers, carried, found)
        self.emit(Replay(tuple(slots), tape, block, carries))
        return [carry.result for carry in carries]

    def _carries(
        self, headers: list[Slot], carried: dict[str, Any], found: list[Any]
    ) -> tuple[Carry, ...]:
        return tuple(
            Carry(header, atom(init), atom(following), Slot(header.name))
            for header, init, following in zip(
                headers, carried.values(), found, strict=True
            )
        )

    def program(
        self, params: Iterable[Slot], result: Any, doc: str = "", **closure: Any
    ) -> Program:
        """The program built so far."""
        signature = tuple(map(Param, params))
        made = Function("program", signature, tuple(self.block), atom(result), doc)
        check(made)
        scopes = {"closure": closure} if closure else {}
        return Program(made, self.facts, scopes=scopes)


def floats(*names: str, write: Writer) -> list[Slot]:
    """Slots that are proven Python floats."""
    return [known(write, name, F.FLOAT) for name in names]


def known(write: Writer, name: str, fact: Fact) -> Slot:
    """A slot of which a fact is known."""
    slot = Slot(name)
    write.facts[slot] = fact
    return slot


def body_of(program: Program) -> str:
    """The printed body of the program's function."""
    text = emit(program, Library()).text
    _, _, body = text[text.index("def program") :].partition("):\n")
    return dedent(body).strip("\n")


def runtime(name: str) -> Any:
    raise LookupError(name)


def run(program: Program, *args: Any, runtime: Callable[[str], Any] = runtime) -> Any:
    """What the printed program returns; it must be what the program means."""
    function = load(emit(program, Library()), runtime)["program"]
    found = function(*copy.deepcopy(args))
    assert found == evaluate(program, copy.deepcopy(args))
    return found


def assert_body(program: Program, text: str) -> None:
    """Compare the printed body with what is expected."""
    assert body_of(program) == dedent(text).strip("\n")
