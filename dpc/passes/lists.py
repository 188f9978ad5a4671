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
from dpc.ir.facts import ANY, Fact
from dpc.ir.library import Library
from dpc.ir.nodes import (
    Apply,
    Assign,
    Atom,
    Block,
    Comment,
    Const,
    Do,
    Function,
    Pullback,
    Slot,
    Stmt,
    Store,
    Update,
)
from dpc.ir.rebuild import flat_map, map_blocks, substitute_function, with_body
from dpc.ir.walk import blocks, inner, operands, statements, vocabulary

_NUMPY = ("operator.", "np.")
_TURNED = slice(None, None, -1)


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


def _adds(statement: Stmt, items: Slot) -> bool:
    """A list is added to the whole of `items`, as it is or turned, or to one item."""
    match statement:
        case Do(Apply("dpc.accumulate", (base, _))):
            return base is items
        case Do(Apply("dpc.add_at", (base, Const(slice() as index), _))):
            return base is items and index == _TURNED
        case Update("item", "add", base, Const(int()), value):
            return base is items and value is not items
    return False


def _only_computes(statement: Stmt) -> bool:
    """Nothing is written."""
    match statement:
        case Assign(_, Apply(fn)):
            return not fn.startswith("method.")
        case Assign() | Comment():
            return True
    return False


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
        given: dict[int, tuple[Stmt, ...]] = {}
        for block in self._straight():
            for items, filling in self.appended.items():
                made = self._made_in(block, items)
                if made:
                    given.update(made)
                    gone |= {id(filling), id(self.made[items])}
        if not given:
            return self.function

        def renewed(statement: Stmt) -> tuple[Stmt, ...]:
            if id(statement) in gone:
                return ()
            if isinstance(statement, Assign) and id(statement.value) in gone:
                return ()
            if id(statement) in given:
                return given[id(statement)]
            return (map_blocks(statement, inside),)

        def inside(block: Block) -> Block:
            return flat_map(block, renewed)

        return with_body(self.function, inside(self.function.body))

    def _straight(self) -> list[Block]:
        """What is run once, from its beginning to its end."""
        body = self.function.body
        return [body, *(s.body for s in body if isinstance(s, Pullback))]

    def _made_in(self, block: Block, items: Slot) -> dict[int, tuple[Stmt, ...]]:
        """What stands in the block instead of what is added to the list there.

        A list is added to the whole of it, once, and numbers or arrays to single items.
        The whole comes first then, and items are not written in place: they are parts
        of one array.
        """
        users = self.users[items]
        added = [s for s in block if _adds(s, items)]
        wholes = [s for s in added if isinstance(s, Do)]
        taken = sum(map(self._takes, users))
        if len(wholes) != 1 or 1 + len(added) + taken != len(users):
            return {}
        whole = wholes[0]
        at = next(i for i, s in enumerate(block) if s is whole)
        early = [i for i, s in enumerate(block) if s in added and i < at]
        value = self._parts(items, whole)
        between = block[min([*early, at]) : at]
        if value is None or not all(map(self._writes_no_operand, between)):
            return {}
        made = [self._renewed(s) for s in added if isinstance(s, Update)]
        first, later = made[: len(early)], made[len(early) :]
        there = (*value, *(s for group in first for s in group))
        updates = [s for s in added if isinstance(s, Update)][len(early) :]
        return {
            **{id(block[i]): () for i in early},
            id(whole): there,
            **{id(s): new for s, new in zip(updates, later, strict=True)},
        }

    def _renewed(self, update: Update) -> tuple[Stmt, ...]:
        """`items[k] = items[k] + value`."""
        have, total = Slot("t", temp=True), Slot("t", temp=True)
        self.facts[have] = self.facts[total] = self._element(update.base)
        return (
            Assign(have, Apply("getitem", (update.base, update.index))),
            Assign(total, Apply("operator.add", (have, update.value))),
            Store("item", update.base, update.index, total, update.span),
        )

    def _writes_no_operand(self, statement: Stmt) -> bool:
        """It computes, or adds no item of a list to zeros that fill such a list."""
        if isinstance(statement, Update) and self._is_item(statement.value):
            return False
        adds = any(_adds(statement, items) for items in self.appended)
        return adds or _only_computes(statement)

    def _is_item(self, value: Atom) -> bool:
        """It may be an item of a list, or a part of one."""
        while isinstance(made := self.made.get(value), Apply):
            view = made.fn == "getitem" or self.library[made.fn].memory != "fresh"
            if not view or not made.args:
                return False
            value = made.args[0]
            if not isinstance(value, Slot) or not self.facts.get(value, ANY).is_array:
                return True
        return not isinstance(value, Const)

    def _element(self, items: Atom) -> Fact:
        fact = self.facts.get(items, ANY) if isinstance(items, Slot) else ANY
        return fact.element or ANY

    def _parts(self, items: Slot, whole: Do) -> tuple[Stmt, ...] | None:
        """The list as it is made; None where it must be filled with zeros first."""
        parts, made = whole.value.args[-1], self.made.get(whole.value.args[-1])
        if not isinstance(made, Apply) or self.reads[parts] != 1:
            return None
        filling = self.appended[items]
        if made.fn != "dpc.unstack_like" or not self._beside(made.args[1], filling):
            return None
        bar, like, axis = made.args
        dtype = self.facts.get(bar, ANY).dtype if isinstance(bar, Slot) else ""
        if len(dtype) < 2 or self._element(like).dtype != dtype:
            return None
        if isinstance(axis, Const) and axis.value == 0:
            made = Apply("builtins.list", (bar,))
        if whole.value.fn == "dpc.accumulate":
            return (Assign(items, made, whole.span),)
        turned = Slot("t", temp=True)
        self.facts[turned] = self.facts.get(items, ANY)
        backwards = Apply("getitem", (turned, whole.value.args[1]))
        return (Assign(turned, made), Assign(items, backwards, whole.span))

    def _beside(self, like: Atom, filling: Do) -> bool:
        """Whenever zeros were appended, something was appended to the list itself."""
        while (made := self._same_length(like)) is not None:
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

    def _same_length(self, items: Atom) -> Atom | None:
        """The list that this one is, or is turned around."""
        match self.made.get(items):
            case Slot() as other:
                return other
            case Apply("getitem", (other, Const(slice() as part))) if part == _TURNED:
                return other
        return None

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
