"""What lists and objects hold, as far as it is put there by statements that are seen.

A list can grow, so that facts say nothing of its elements. Over a batch the number of
their axes has to be known: it is that of all that is ever put in.
"""

from __future__ import annotations

from dpc.analysis.aliases import Aliases
from dpc.analysis.classes import Node, find
from dpc.analysis.sharing import fact_in, joins
from dpc.ir import facts as F
from dpc.ir.build import Facts
from dpc.ir.facts import ANY, Fact, join
from dpc.ir.library import Library
from dpc.ir.nodes import Apply, Assign, Atom, Const, Do, Function, Stmt, Store
from dpc.ir.walk import statements

_DISPLAYS = {"tuple": 1, "list": 1, "dict": 2}
_KEEPING = {"method.append": 1, "method.insert": 2, "method.setdefault": 2}
_ADDING = ("dpc.add_at", "np.add.at")
# The elements of their result, if it has any, are those of their operands.
_PASSING = frozenset(
    "getitem getattr sequence unpack method.copy method.pop method.get method.values "
    "method.items dpc.copy_tree dpc.accumulate dpc.added dpc.unshared dpc.gradient "
    "dpc.pop_cells np.stack np.array np.concatenate sum max min len".split()
)


class Elements:
    """The facts of elements, by the class of the containers that may hold them."""

    def __init__(
        self, function: Function, facts: Facts, aliases: Aliases, library: Library
    ) -> None:
        self.facts = facts
        self.aliases = aliases
        self.library = library
        self.known: dict[int, Fact] = {}
        for param in function.params:
            self._given(param.slot)
        for statement in statements(function.body):
            self._statement(statement)

    def of(self, container: Atom) -> Fact:
        """The fact of every element of a container."""
        node = self._inside(container)
        return ANY if node is None else self.known.get(id(node), ANY)

    def _inside(self, container: Atom) -> Node | None:
        node = self.aliases.node(container)
        if node is None or node.element is None:
            return None
        return find(node.element)

    def _put(self, container: Atom, fact: Fact) -> None:
        node = self._inside(container)
        if node is not None:
            old = self.known.get(id(node))
            self.known[id(node)] = fact if old is None else join(old, fact)

    def _given(self, slot: Atom) -> None:
        fact = fact_in(self.facts, slot)
        if fact.is_number or fact.kind in ("str", "none", "function"):
            return
        parts = [*(fact.items or ()), *(part for _, part in fact.fields or ())]
        for part in parts or [fact.element or ANY]:
            self._put(slot, part)

    def _statement(self, statement: Stmt) -> None:
        match statement:
            case Assign(target, Apply() as call):
                self._call(target, call)
            case Do(call):
                self._effect(call)
            case Store(_, base, _, value):
                if not fact_in(self.facts, base).is_array:
                    self._put(base, self._fact(value))

    def _fact(self, atom: Atom) -> Fact:
        fact = fact_in(self.facts, atom)
        return F.FLOAT if isinstance(atom, Const) and fact.kind == "float" else fact

    def _call(self, target: Atom, call: Apply) -> None:
        fn = call.fn
        if fn in _DISPLAYS:
            for atom in call.args[_DISPLAYS[fn] - 1 :: _DISPLAYS[fn]]:
                self._put(target, self._fact(atom))
        elif fn == "new":
            for _, atom in call.kwargs:
                self._put(target, self._fact(atom))
            if len(call.args) > 1:
                self._put(target, ANY)
        elif fn in ("builtins.list", "builtins.tuple") and call.args:
            self._rows(target, call.args[0])
        elif fn in _KEEPING:
            self._effect(call)
        elif not self._passes(target, call):
            self._put(target, ANY)

    def _passes(self, target: Atom, call: Apply) -> bool:
        """The result holds nothing but what its operands hold."""
        known = call.fn in _PASSING or joins(self.facts, call)
        return known or fact_in(self.facts, target).is_number

    def _rows(self, target: Atom, items: Atom) -> None:
        """An array that is walked over has rows for elements."""
        fact = fact_in(self.facts, items)
        if fact.is_number:
            row = self.library.infer("getitem", (fact, F.INT), {})
            self._put(target, row)
        elif fact.kind == "any":
            self._put(target, ANY)

    def _effect(self, call: Apply) -> None:
        fn = call.fn
        if fn in _KEEPING:
            self._put(call.args[0], self._fact(call.args[_KEEPING[fn]]))
        elif fn == "method.extend":
            self._rows(call.args[0], call.args[1])
        elif fn in _ADDING:
            if not fact_in(self.facts, call.args[0]).is_array:
                self._put(call.args[0], self._fact(call.args[2]))
        elif self.library[fn].effect == "writes" and call.args:
            self._put(call.args[0], ANY)
