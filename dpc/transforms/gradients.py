"""What a derivative returns: gradients with the structure of their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from dpc.analysis.fresh import makes_array
from dpc.ir.facts import Fact
from dpc.ir.gradients import gradient_of, has_floating_leaf
from dpc.ir.nodes import Apply, Atom, Const, For, If, Replay, Slot, While
from dpc.ir.plain import is_named_tuple
from dpc.ir.walk import statements
from dpc.transforms.parts import parts_of
from dpc.transforms.state import State


class Gradients:
    """The gradients of one backward sweep, which has been written.

    like: what has the structure of each parameter.
    """

    def __init__(self, state: State, like: Mapping[Slot, Atom]) -> None:
        self.state = state
        self.like = like
        self.given: set[Atom] = set()  # what is a gradient already, or a part of one

    def of(self, slot: Slot) -> Atom:
        """The gradient of a parameter, item by item if its items have adjoints."""
        state = self.state
        fact, parts = state.build.fact(slot), parts_of(state, slot)
        if not parts:
            return self.finished(slot, state.current(slot))
        if not _is_made_of_parts(fact):
            return state.build.apply("dpc.gradient", self.tree(slot), self.model(slot))
        found: list[Atom] = []
        for part in parts.values():
            kind = state.build.fact(part)
            if has_floating_leaf(kind):
                found.append(self.of(part))
            elif kind.is_number or kind.kind in ("str", "none"):
                found.append(Const(None))
            else:
                model = self.model(part)
                found.append(state.build.apply("dpc.gradient", Const(None), model))
        if fact.kind == "object":
            cls = state.build.apply("type", self.model(slot))
            made = state.build.assign(Slot("t", temp=True), Apply("new", (cls, *found)))
            # A program that this gradient is a part of finds its parts by their names.
            state.build.facts[made] = gradient_of(fact)
            return made
        return self.container(fact, parts, found)

    def model(self, slot: Slot) -> Atom:
        """What has the structure of a gradient."""
        return self.like.get(slot) or self.state.item(slot)

    def tree(self, slot: Slot) -> Atom:
        """The adjoint of a container that the runtime makes a gradient of."""
        parts = parts_of(self.state, slot)
        if not parts:
            return self.state.current(slot) or Const(None)
        trees = [self.tree(part) for part in parts.values()]
        return self.container(self.state.build.fact(slot), parts, trees)

    def container(
        self, fact: Fact, names: Iterable[object], parts: Sequence[Atom]
    ) -> Atom:
        """A container of parts: for an object a dict, for a NamedTuple a list."""
        build = self.state.build
        if fact.kind == "tuple":
            return build.apply("tuple", *parts)
        named_tuple = isinstance(fact.value, type) and issubclass(fact.value, tuple)
        if fact.kind == "list" or named_tuple:
            return build.apply("list", *parts)
        named = zip(map(Const, names), parts, strict=True)
        return build.apply("dict", *(atom for pair in named for atom in pair))

    def finished(self, slot: Slot, bar: Atom | None) -> Atom:
        """A gradient with the structure, shape and dtype of its parameter, of its
        own."""
        state = self.state
        build, fact = state.build, state.build.fact(slot)
        if bar is None:
            name = slot.name
            self.state.notes.append(f"the result does not depend on {name}: gradient 0")
            bar = Const(0.0)
            if fact.is_array and fact.dtype[:1] == "f":
                return build.apply("np.zeros_like", self.model(slot))
        if fact.kind == "float":
            known = build.fact(bar).kind == "float" and self._is_float(bar, set())
            return bar if known else build.apply("float", bar)
        if fact.rank and bar not in self.given and self._exact(slot, bar):
            self.given |= {bar, *(self._origins(bar) or ())}
            return bar
        number, have = fact.is_array and fact.rank == 0, build.fact(bar)
        if number and have.is_scalar and have.dtype == fact.dtype == "f8":
            return build.apply("np.array", bar, name=f"{slot.name}_bar")
        return build.apply("dpc.gradient", bar, self.model(slot))

    @cached_property
    def reached(self) -> dict[Atom, tuple[Atom, Atom]]:
        """What reaches the slots that go round loops or out of branches."""
        found: dict[Atom, tuple[Atom, Atom]] = {}
        for statement in statements(tuple(self.state.build.block)):
            match statement:
                case For() | While() | Replay():
                    for carry in statement.carries:
                        ends = carry.init, carry.next
                        found[carry.header] = found[carry.result] = ends
                case If(merges=merges):
                    for merge in merges:
                        found[merge.target] = merge.then, merge.orelse
        return found

    def _is_float(self, bar: Atom, seen: set[Atom]) -> bool:
        """A float of Python's, also where it comes round a loop.

        The body of a loop is swept before it is known what comes round.
        """
        build = self.state.build
        kind = build.fact(bar).kind
        if bar in seen or kind in ("int", "bool"):
            return True
        seen.add(bar)
        if kind != "float" or bar in self.state.primal:
            return kind == "float"
        sources: Sequence[Atom] = self.reached.get(bar, ())
        found = build.definition(bar)
        if found is not None and found.fn.startswith("operator."):
            sources = found.args
        return all(self._is_float(atom, seen) for atom in sources)

    def _exact(self, slot: Slot, bar: Atom) -> bool:
        """The adjoint already is a fresh array of the parameter's shape and dtype."""
        build, fact = self.state.build, self.state.build.fact(slot)
        if fact.dtype not in ("f8", "f4", "f2", "c16", "c8"):
            return False
        # What the primal returns is the caller's, who may write it.
        returned = self.state.program.function.result
        kept = not build.fact(returned).is_scalar
        if kept and self.state.aliases.reaches(returned, bar):
            return False
        have = build.fact(bar)
        if bar is self.state.buffers.get(slot) or bar is self.state.shadows.get(slot):
            return True
        same = have.shape == fact.shape and have.shape is not None
        if not same or None in have.shape or have.dtype != fact.dtype:  # type: ignore[operator]
            return False
        origins = self._origins(bar)
        return origins is not None and self.given.isdisjoint(origins)

    def _origins(self, bar: Atom) -> set[Atom] | None:
        """The new arrays that an adjoint may be, if it is sure to be one of those.

        A loop leaves what its last iteration does, or what went into it.
        """
        build, origins = self.state.build, set[Atom]()
        pending, seen = [bar], set[Atom]()
        while pending:
            atom = pending.pop()
            if atom in seen:
                continue
            seen.add(atom)
            made = build.definitions.get(atom) if isinstance(atom, Slot) else None
            if isinstance(made, Slot):
                pending.append(made)
            elif atom in self.state.owned or (
                isinstance(made, Apply)
                and (made.fn == "np.copy" or makes_array(build.library, made))
            ):
                origins.add(atom)
            elif made is None and atom in self.reached:
                pending += self.reached[atom]
            else:
                return None
        return origins


def _is_made_of_parts(fact: Fact) -> bool:
    """A list, tuple or dict, or a NamedTuple: its parts in their order make it."""
    if fact.value is None:
        return fact.kind != "object"
    return isinstance(fact.value, type) and is_named_tuple(fact.value)
