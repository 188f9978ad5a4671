"""The adjoints of a list that a loop fills are made when they are known.

before                                          after
`states_bar = []`                               --
`for t in range(n):`                            `for t in range(n):`
`    states.append(h)`                          `    states.append(h)`
`    states_bar.append(np.zeros_like(h))`       --
`total = accumulate(states_bar,                 `states_bar = list(bar)`
`    unstack_like(bar, states, 0))`
`for ... in reversed(tape):`                    `for ... in reversed(tape):`
`    h_bar = h_bar + total.pop()`               `    h_bar = h_bar + states_bar.pop()`

Where the list has adjoints before, from `states[-1]`, it is filled as it was; what is
added to it leaves the same list, which needs no second name.
"""

from __future__ import annotations

from collections import Counter

from dpc.ir.build import Facts
from dpc.ir.facts import ANY
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Const,
    Do,
    Function,
    Pullback,
    Slot,
    Stmt,
    Update,
)
from dpc.ir.rebuild import flat_map, map_blocks, substitute_function, with_body
from dpc.ir.walk import blocks, inner, operands, statements, vocabulary

_NUMPY = ("operator.", "np.")


def lists(function: Function, facts: Facts, library: Library) -> Function:
    """The function whose lists of adjoints have one name each, and no zeros first."""
    if "dpc.accumulate" not in vocabulary(function):
        return function
    function = _one_name(function)
    found = _Lists(function, facts, library)
    return found.made_later() if found.appended else function


def _one_name(function: Function) -> Function:
    """The function in which the sum of a list and another is that list."""
    kept = {
        statement.target
        for statement in statements(function.body)
        if isinstance(statement, Assign) and _is_empty_list(statement.value)
    }
    names: dict[Slot, Atom] = {}

    def only_added(statement: Stmt) -> tuple[Stmt, ...]:
        match statement:
            case Assign(total, Apply("dpc.accumulate", (whole, amount)), span):
                base, more = names.get(whole, whole), names.get(amount, amount)  # type: ignore[arg-type]
                if base in kept:
                    names[total] = base
                    call = Apply("dpc.accumulate", (base, more))
                    return () if more is base else (Do(call, span),)
        return (map_blocks(statement, inside),)

    def inside(block: Block) -> Block:
        return flat_map(block, only_added)

    body = inside(function.body)
    if not names:
        return function
    return substitute_function(with_body(function, body), names)


def _is_empty_list(value: object) -> bool:
    return isinstance(value, Apply) and value.fn == "list" and not value.args


class _Lists:
    """Who uses the lists of adjoints that are filled with zeros."""

    def __init__(self, function: Function, facts: Facts, library: Library) -> None:
        self.function = function
        self.facts = facts
        self.library = library
        self.made: dict[Atom, object] = {}
        self.users: dict[Atom, list[Stmt]] = {}
        self.reads: Counter[Atom] = Counter((function.result,))
        self.appended: dict[Slot, Do] = {}  # the only append of zeros to a list
        self._survey(function.body)

    def _survey(self, block: Block) -> None:
        for statement in block:
            read = (*operands(statement), *inner(statement))
            self.reads.update(read)
            for atom in set(read):
                self.users.setdefault(atom, []).append(statement)
            match statement:
                case Assign(target, value):
                    self.made[target] = value
                case Do(Apply("method.append", (Slot() as items, item))):
                    if self._is_zero(item) and _is_empty_list(self.made.get(items)):
                        self.appended[items] = statement
            for nested in blocks(statement):
                self._survey(nested)

    def _is_zero(self, item: Atom) -> bool:
        if isinstance(item, Const):
            return type(item.value) is float and item.value == 0.0
        made = self.made.get(item)
        return isinstance(made, Apply) and made.fn == "np.zeros_like"

    def made_later(self) -> Function:
        """The function in which such lists are made of what is added to them."""
        gone: set[int] = set()  # by identity
        given: dict[int, Stmt] = {}
        for block in self._straight():
            for statement in block:
                match statement:
                    case Do(Apply("dpc.accumulate", (Slot() as items, parts)), span):
                        value = self._instead(items, parts)
                        if value is not None:
                            given[id(statement)] = Assign(items, value, span)
                            gone |= {id(self.appended[items]), id(self.made[items])}
        if not given:
            return self.function

        def renewed(statement: Stmt) -> tuple[Stmt, ...]:
            if id(statement) in gone:
                return ()
            if isinstance(statement, Assign) and id(statement.value) in gone:
                return ()
            return (map_blocks(given.get(id(statement), statement), inside),)

        def inside(block: Block) -> Block:
            return flat_map(block, renewed)

        return with_body(self.function, inside(self.function.body))

    def _straight(self) -> list[Block]:
        """What is run once, from its beginning to its end."""
        body = self.function.body
        return [body, *(s.body for s in body if isinstance(s, Pullback))]

    def _instead(self, items: Slot, parts: Atom) -> Apply | None:
        """What the list is made of; None where it must be filled with zeros first."""
        filling, made = self.appended.get(items), self.made.get(parts)
        if filling is None or not isinstance(made, Apply) or self.reads[parts] != 1:
            return None
        if made.fn != "dpc.unstack_like" or not self._beside(made.args[1], filling):
            return None
        bar, like, axis = made.args
        element = self.facts.get(like, ANY).element or ANY  # type: ignore[arg-type]
        dtype = self.facts.get(bar, ANY).dtype  # type: ignore[arg-type]
        if len(dtype) < 2 or element.dtype != dtype:
            return None
        pops = [s for s in self.users[items] if self._takes(s)]
        if len(pops) + 2 != len(self.users[items]):
            return None
        if isinstance(axis, Const) and axis.value == 0:
            return Apply("builtins.list", (bar,))
        return made

    def _beside(self, like: Atom, filling: Do) -> bool:
        """Whenever zeros were appended, something was appended to the list itself."""
        while isinstance(made := self.made.get(like), Slot):
            like = made
        block = next(
            block
            for block in self._blocks(self.function.body)
            if any(s is filling for s in block)
        )
        return any(
            isinstance(s, Do)
            and s.value.fn == "method.append"
            and s.value.args[0] is like
            for s in block
        )

    def _blocks(self, block: Block) -> list[Block]:
        nested = [
            b for s in block for inside in blocks(s) for b in self._blocks(inside)
        ]
        return [block, *nested]

    def _takes(self, statement: Stmt) -> bool:
        """The last element is taken out, and is an operand of what is computed anew."""
        match statement:
            case Assign(item, Apply("method.pop", (_,))):
                return all(self._computes(user, item) for user in self.users[item])
        return False

    def _computes(self, statement: Stmt, item: Slot) -> bool:
        match statement:
            case Assign(_, Apply(fn)):
                primitive = self.library[fn]
                quiet = primitive.memory == "fresh" and primitive.effect in (
                    "",
                    "reads",
                )
                return quiet and fn.startswith(("operator.", "np."))
            case Update(_, _, base, index, _):
                return item is not base and item is not index
        return False
