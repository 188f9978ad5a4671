"""The nodes of the intermediate representation.

A function is a block of statements over *slots*. Every slot is assigned by exactly one
place (static single assignment): an `Assign`, the `merges` of an `If`, the `carries` of
a loop, a parameter. Control flow is structured. There is no `break`, `continue` or
early `return`: an exit is a boolean slot `stop` that ends its loop after the body,
merged like any other value, and the printer turns it back into `break`. Arrays, lists,
dicts and objects are mutable memory behind slots; `Store` and `Update` write it.

Nodes are immutable; a pass builds new ones. Slots are compared by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dpc.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A value with a name. `name` is the user's (or derived from it), not unique."""

    name: str
    temp: bool = False  # invented by the compiler: may nest into its single use


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A literal: number, string, None, Ellipsis, or a slice or tuple of literals."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """A live Python object the program refers to by name, read when called.

    `scope` is "closure", or the name of the module whose global it is.
    `path` is the dotted way from there: `("config", "rate")`.
    """

    scope: str
    path: tuple[str, ...]


class Undefined:
    """The type of `UNDEFINED`, the value of a name that no path has assigned."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()

Atom = Slot | Const | Object | Undefined


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A primitive applied to atoms. `fn` is its key in the library, e.g. `np.tanh`."""

    fn: str
    args: tuple[Atom, ...]
    kwargs: tuple[tuple[str, Atom], ...] = ()

    @property
    def operands(self) -> tuple[Atom, ...]:
        """Positional, then keyword operands."""
        if not self.kwargs:
            return self.args
        return self.args + tuple(value for _, value in self.kwargs)


Value = Apply | Slot | Const | Object


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """`target = value`."""

    target: Slot
    value: Value
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """`base[index] = value` (kind "item"), or `base.index = value` (kind "attr")."""

    kind: str
    base: Atom
    index: Atom
    value: Atom
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """An augmented assignment that writes memory: `base[index] op= value`.

    `kind` is "item", "attr", or "whole" (`base op= value` on an array or a list;
    `index` is then `Const(None)` and not looked at). `op` is `add`, `mul`, `matmul`
    ....
    """

    kind: str
    op: str
    base: Atom
    index: Atom
    value: Atom
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Do:
    """A primitive run for its effect: `print(...)`, `history.append(x)`, `raise`."""

    value: Apply
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """After an `If`, `target` is `then` or `orelse` according to the branch taken."""

    target: Slot
    then: Atom
    orelse: Atom


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """`if test: then else: orelse`, and what its branches leave behind."""

    test: Atom
    then: Block
    orelse: Block
    merges: tuple[Merge, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Carry:
    """A value that goes round a loop.

    `header` is its value when an iteration begins (`init` in the first, `next` of the
    one before in the others), `result` its value after the loop.
    """

    header: Slot
    init: Atom
    next: Atom
    result: Slot


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """`for index in range(start, stop, step)`: every `for` is brought to this form.

    `leave`, if any, is a boolean of the body that ends the loop after this iteration.
    `backward` walks the same range from its last element to its first.
    """

    index: Slot
    start: Atom
    stop: Atom
    step: Atom
    body: Block
    carries: tuple[Carry, ...] = ()
    leave: Atom | None = None
    span: Span | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class While:
    """`while test: body`; `head` computes `test` anew before every iteration.

    Headers of `carries` are visible in `head`; slots of `head` are visible in `body`.
    """

    head: Block
    test: Atom
    body: Block
    carries: tuple[Carry, ...] = ()
    leave: Atom | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class With:
    """`with context [as target]: body`. Slots of the body are visible after it."""

    context: Atom
    target: Slot | None
    body: Block
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One tuple of values put on a tape at the end of an iteration."""

    tape: Slot
    values: tuple[Atom, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """`for targets in reversed(tape)`: the backward walk over what `Record` kept."""

    targets: tuple[Slot, ...]
    tape: Slot
    body: Block
    carries: tuple[Carry, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """`targets = tape.pop()`: the tuple that `Record` put there last."""

    targets: tuple[Slot, ...]
    tape: Slot


@dataclass(frozen=True, slots=True, eq=False)
class Pullback:
    """A nested function that closes over the slots before it: `def target(params)`."""

    target: Slot
    params: tuple[Slot, ...]
    body: Block
    result: Atom
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which derivative of a function is meant: what its compiler was told.

    mode: "grad", "value_and_grad", "vjp" or "soften". `wrt` are names of parameters;
    with `single` there is one gradient, not a tuple. `temperature` is a number or the
    name of a parameter, `max_steps` the bound of soft loops, None where loops stay.
    """

    mode: str
    wrt: tuple[str, ...]
    single: bool = True
    has_aux: bool = False
    branches: str = "hard"
    temperature: float | str = 1.0
    max_steps: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Derivative:
    """The derivative of a region, taken before the program around it is.

    `params` are the parameters that `recipe` names, with `args` for their values; what
    else the body reads it reads from around it. `targets` get what the recipe asks for:
    the value (with the auxiliary part, if there is one), and a gradient for each name;
    of a "vjp" the value and the pullback; of "soften" the value.
    """

    targets: tuple[Slot, ...]
    recipe: Recipe
    params: tuple[Slot, ...]
    args: tuple[Atom, ...]
    body: Block
    result: Atom
    name: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comment:
    """The original statement, printed above the adjoint statements it gave rise to."""

    text: str


Stmt = (
    Assign
    | Store
    | Update
    | Do
    | If
    | For
    | While
    | With
    | Record
    | Replay
    | Recall
    | Pullback
    | Derivative
    | Comment
)
Block = tuple[Stmt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    """A parameter. `kind` as in `inspect`: "positional", "keyword", "args",
    "kwargs"."""

    slot: Slot
    kind: str = "positional"
    default: str | None = None  # its source text, for signatures; never evaluated here


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A program: parameters, a block, and the atom it returns."""

    name: str
    params: tuple[Param, ...]
    body: Block
    result: Atom
    doc: str = ""
    span: Span | None = None
    # Functions emitted beside this one: forward/backward pairs of recursive callees.
    beside: tuple[Function, ...] = field(default=())
