"""What lists, dicts and objects hold, whoever writes to them.

Every place of the program that makes a container is a *site*, and so is every container
in the arguments. A site knows what any of its containers can hold at any time: all that
is ever stored is joined, in whatever order. Where something is stored after it has been
read, the function is lifted once more with what is known by then.

A slot has a set of sites, or None: it can be any container that came from outside or
was handed to something that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from dpc.frontend.lifting.sites import (
    NOWHERE,
    PLAIN,
    UNKNOWN,
    Cell,
    Site,
    Sites,
    at,
    bare,
    detailed,
    holds_containers,
    joined,
)
from dpc.frontend.lifting.values import Template
from dpc.ir import facts as F
from dpc.ir.facts import Fact
from dpc.ir.nodes import Atom, Const, Slot, Undefined

DEEPEST = 8  # containers in containers, of which facts tell


@dataclass(slots=True, eq=False)
class Heap:
    """All sites, by the place in the program that they stand for."""

    known: dict[object, Site] = field(default_factory=dict)
    slots: dict[Slot, Sites] = field(default_factory=dict)
    changed: bool = False
    resized: list[Sites] = field(default_factory=list)
    loops: dict[object, dict[str, Cell]] = field(default_factory=dict)
    classes: dict[Atom, type] = field(default_factory=dict)
    templates: dict[object, Template] = field(default_factory=dict)
    given_up: bool = False

    def begin(self) -> None:
        """Another round."""
        self.slots.clear()
        self.resized.clear()
        self.changed = False
        for site in self.known.values():
            site.read = False

    # Slots.

    def of(self, atom: Atom, fact: Fact) -> Sites:
        """The sites of an atom of which this is known."""
        if isinstance(atom, Slot) and atom in self.slots:
            return self.slots[atom]
        if isinstance(atom, Const | Undefined) or fact.kind in PLAIN:
            return NOWHERE
        if fact.kind == "tuple" and not holds_containers(fact):
            return NOWHERE
        return None

    def site(self, key: object, kind: str, cls: type | None = None) -> Site:
        """The site of a place."""
        found = self.known.get(key)
        if found is None or found.kind != kind or found.cls is not cls:
            found = self.known[key] = Site(kind, cls, lost=self.given_up)
        return found

    def fill(
        self,
        site: Site,
        items: Iterable[Cell] | None = None,
        fields: Iterable[tuple[object, Cell]] = (),
        rest: Cell | None = None,
    ) -> None:
        """What a container holds when it is made."""
        first, site.made = not site.made, True
        if items is not None:
            cells = list(items)
            if first:
                site.items = cells
            elif site.items is not None and len(site.items) == len(cells):
                for position, cell in enumerate(cells):
                    self._put_item(site, position, cell)
            else:
                self._resize(site)
                for cell in cells:
                    self._put_rest(site, cell)
        elif not first:
            self._resize(site)
        keys = []
        for key, cell in fields:
            keys.append(key)
            if first:
                site.fields[key] = cell
            else:
                self._put_field(site, key, cell)
        if not first and site.kind == "dict" and set(keys) != set(site.fields):
            self._unfix(site)
        if rest is not None:
            self._put_rest(site, rest)

    def adopt(self, key: object, fact: Fact, exposed: bool) -> Cell:
        """The sites of containers of which facts tell what they hold."""
        if fact.kind not in ("list", "dict", "object", "tuple"):
            return Cell(fact, NOWHERE if fact.kind in PLAIN else None)
        if fact.kind == "tuple" and not holds_containers(fact):
            return Cell(fact)
        cls = fact.value if isinstance(fact.value, type) else None
        site = self.site(key, fact.kind, cls)
        site.exposed |= exposed
        fresh = not site.made
        if fact.kind == "object" and fact.fields is None and fresh:
            site.lost = True
        items = None
        if fact.items is not None:
            parts = enumerate(fact.items)
            items = [self.adopt((key, i), part, exposed) for i, part in parts]
        fields = [
            (name, self.adopt((key, name), part, exposed))
            for name, part in fact.fields or ()
        ]
        rest = None
        if fact.element is not None:
            rest = self.adopt((key, None), fact.element, exposed)
        elif fact.items is None and fact.fields is None:
            rest = UNKNOWN
        if fresh and fact.fields is None:
            site.fixed = False
        self.fill(site, items, fields, rest)
        return Cell(bare(fact), frozenset({site}))

    # Reading.

    def whole(self, cell: Cell, depth: int = 0) -> Fact:
        """The fact with all that is known of what is inside."""
        if not cell.sites or cell.fact.kind not in ("list", "dict", "object", "tuple"):
            return cell.fact
        if depth > DEEPEST:
            return bare(cell.fact)
        facts = [self._whole(site, depth) for site in sorted(cell.sites, key=id)]
        if cell.fact.kind == "tuple":
            facts = [fact for fact in facts if fact.kind == "tuple"]
        return detailed(cell.fact, reduce(F.join, facts)) if facts else cell.fact

    def _whole(self, site: Site, depth: int) -> Fact:
        site.read = True
        if site.lost:
            return Fact(site.kind, value=site.cls)
        rest = None if site.rest is None else self.whole(site.rest, depth + 1)
        items = fields = None
        if site.items is not None:
            items = tuple([self.whole(cell, depth + 1) for cell in site.items])
        if site.kind in ("dict", "object"):
            names = all(isinstance(key, str) for key in site.fields)
            if names and (site.kind == "object" or (site.fixed and rest is None)):
                fields = tuple(
                    [(str(k), self.whole(c, depth + 1)) for k, c in site.fields.items()]
                )
            else:
                for cell in site.fields.values():
                    fact = self.whole(cell, depth + 1)
                    rest = fact if rest is None else F.join(rest, fact)
        return Fact(site.kind, "", None, items, rest, fields, site.cls)

    def get(self, sites: frozenset[Site], key: object) -> Cell:
        """What stands under a key, position or attribute that is known."""
        out: Cell | None = None
        for site in sites:
            site.read = True
            found = None if site.lost else at(site, key)
            if found is None:
                return UNKNOWN
            out = joined(out, found)
        return UNKNOWN if out is None else out

    def get_any(self, sites: frozenset[Site]) -> Cell:
        """What stands under a key or position that is not known."""
        out: Cell | None = None
        for site in sites:
            site.read = True
            if site.lost:
                return UNKNOWN
            for cell in (*(site.items or ()), *site.fields.values(), site.rest):
                out = joined(out, cell)
        return UNKNOWN if out is None else out

    # Writing.

    def put(self, sites: Sites, kind: str, key: object, cell: Cell) -> None:
        """Store under a key, position or attribute that is known."""
        for site in self.targets(sites, kind):
            if site.items is not None and isinstance(key, int):
                if -len(site.items) <= key < len(site.items):
                    self._put_item(site, key, cell)
            elif site.kind == "list":
                self._put_rest(site, cell)
            else:
                if key not in site.fields and site.kind == "dict":
                    self._unfix(site)
                self._put_field(site, key, cell)
            self._expose(site, cell)

    def put_any(self, sites: Sites, kind: str, cell: Cell) -> None:
        """Store under a key or position that is not known."""
        for site in self.targets(sites, kind):
            if site.items is not None:
                for position in range(len(site.items)):
                    self._put_item(site, position, cell)
            else:
                if site.kind == "dict":
                    self._unfix(site)
                self._put_rest(site, cell)
            self._expose(site, cell)

    def resize(self, sites: Sites, kind: str, cell: Cell | None = None) -> None:
        """The number of elements changes, and this may be among them."""
        self.resized.append(sites)
        for site in self.targets(sites, kind):
            if site.kind == "list":
                self._resize(site)
            else:
                self._unfix(site)
            if cell is not None:
                self._put_rest(site, cell)
                self._expose(site, cell)

    def write_unknown(self, cell: Cell) -> None:
        """Something is stored in what may be a list that is not known."""
        self.resize(None, "item", cell)
        self.resized.pop()

    def was_resized(self, sites: Sites, since: int) -> bool:
        """Whether a container of these sites may have changed its length."""
        for other in self.resized[since:]:
            if other is None:
                if sites is None or any(site.exposed for site in sites):
                    return True
            elif sites is None:
                if any(site.exposed for site in other):
                    return True
            elif other & sites:
                return True
        return False

    def targets(self, sites: Sites, kind: str) -> list[Site]:
        """The sites that a store reaches: all that are exposed if it is not known."""
        if sites is not None:
            return list(sites)
        wanted = ("list", "dict") if kind == "item" else ("object",)
        return [s for s in self.known.values() if s.exposed and s.kind in wanted]

    def lose(self, sites: Sites) -> None:
        """Hand containers to what is not known: it may store anything, at any time."""
        pending = list(sites or ())
        while pending:
            site = pending.pop()
            if site.lost and site.exposed:
                continue
            self._changed(site)
            site.lost = site.exposed = True
            for cell in (*(site.items or ()), *site.fields.values(), site.rest):
                pending += () if cell is None else cell.sites or ()

    def lose_exposed(self) -> None:
        """Something runs that is not known: it may write to all that it can reach."""
        self.lose(frozenset([s for s in self.known.values() if s.exposed]))

    def _expose(self, site: Site, cell: Cell) -> None:
        """What is held by a container that others reach is reached by others."""
        if not site.exposed:
            return
        for inner in cell.sites or ():
            if not inner.exposed:
                inner.exposed = True
                for part in (*(inner.items or ()), *inner.fields.values(), inner.rest):
                    if part is not None:
                        self._expose(inner, part)

    def expose(self, sites: Sites) -> None:
        """Put containers where they can be reached by what is not known."""
        for site in sites or ():
            self._expose(Site("list", exposed=True), Cell(F.ANY, frozenset({site})))

    def _put_item(self, site: Site, position: int, cell: Cell) -> None:
        assert site.items is not None
        new = joined(site.items[position], cell)
        assert new is not None
        if new != site.items[position]:
            site.items[position] = new
            self._changed(site)

    def _put_field(self, site: Site, key: object, cell: Cell) -> None:
        new = joined(site.fields.get(key), cell)
        assert new is not None
        if new != site.fields.get(key):
            site.fields[key] = new
            self._changed(site)

    def _put_rest(self, site: Site, cell: Cell) -> None:
        new = joined(site.rest, cell)
        if new != site.rest:
            site.rest = new
            self._changed(site)

    def _resize(self, site: Site) -> None:
        if site.items is not None:
            cells, site.items = site.items, None
            for cell in cells:
                site.rest = joined(site.rest, cell)
            self._changed(site)

    def _unfix(self, site: Site) -> None:
        if site.fixed:
            site.fixed = False
            self._changed(site)

    def _changed(self, site: Site) -> None:
        if site.read:
            self.changed = True
