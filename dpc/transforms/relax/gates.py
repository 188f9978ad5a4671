"""From tests to gates.

before                          after
`t = x > c`                     `d = x - c`, `p, q = gates(d, temperature)`
`t = a and b`                   `p = p_a * p_b`, `q = q_a + p_a * q_b`
`t = a or b`                    `p = p_a + q_a * p_b`, `q = q_a * q_b`
`t = not a`                     the weights change places

A test keeps its truth value beside its gate, for where it is not a condition.
"""

from __future__ import annotations

from collections.abc import Sequence

from dpc.ir.nodes import Apply, Assign, Atom, Const, Slot
from dpc.transforms.relax.declared import temperature_of
from dpc.transforms.relax.state import CERTAIN, Gate, Relaxation, refused

_OPPOSITE = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
COMPARISONS = {f"operator.{name}": name for name in _OPPOSITE}


def gate_of(relax: Relaxation, test: Atom) -> Gate | None:
    """The gate of a test; None if it stays hard."""
    return relax.gates.get(test) if isinstance(test, Slot) else None


def certain(relax: Relaxation, test: Atom) -> Gate:
    """The gate of a test, or its truth as one."""
    if isinstance(test, Const):
        return CERTAIN[bool(test.value)]
    found = gate_of(relax, test)
    if found is not None:
        return found
    literal = relax.build.definitions.get(test) if isinstance(test, Slot) else None
    if isinstance(literal, Const):
        return CERTAIN[bool(literal.value)]
    return Gate.of(*_pair(relax, Apply("dpc.weights", (test,)), "holds", "fails"))


def truth_of(relax: Relaxation, name: Slot, p: Atom, q: Atom) -> Atom:
    """The truth value of a name that has these weights."""
    if isinstance(p, Const) and isinstance(q, Const):
        return Const(bool(p.value))
    relax.gates[name] = Gate.of(p, q)
    relax.tests |= {name}
    relax.weights |= {a for a in (p, q) if isinstance(a, Slot)}
    bare = relax.apply("dpc.bare", p)
    return relax.build.assign(name, Apply("operator.gt", (bare, Const(0.5))))


def open_gate(relax: Relaxation, statement: Assign) -> None:
    """Emit the gate of a test, if it is one and varies."""
    call, target = statement.value, statement.target
    if isinstance(call, Slot) and call in relax.gates:
        relax.gates[target] = relax.gates[call]
    if not isinstance(call, Apply):
        return
    if target in relax.selecting:
        return
    if call.fn == "dpc.soft":
        t = temperature_of(call, relax.temperature)
        found = softened(relax, call.args[0], t, statement)
        relax.gates[target] = found
    elif call.fn == "dpc.prob":
        p = relax.apply("dpc.probability", call.args[0], name="probability")
        against = relax.apply("operator.sub", Const(1.0), p)
        relax.gates[target] = Gate.of(p, against)
    elif target not in relax.tests:
        return
    elif call.fn in COMPARISONS:
        if target not in relax.exits and any(map(relax.is_varied, call.args)):
            relax.gates[target] = _comparison(relax, target, call, relax.temperature)
    elif call.fn in ("and", "or", "operator.not_"):
        found_any = [gate_of(relax, a) for a in call.args]
        if any(gate is not None for gate in found_any):
            gates = [certain(relax, a) for a in call.args]
            relax.gates[target] = _connected(relax, call, gates)


def softened(relax: Relaxation, test: Atom, t: Atom, statement: Assign) -> Gate:
    """The gate of a test that the user wants relaxed, at a temperature."""
    call = relax.definition(test)
    if call is not None and call.fn in COMPARISONS:
        return _comparison(relax, test, call, t, "dpc.gates_of_elements")
    if call is not None and call.fn in ("operator.eq", "operator.ne"):
        return _equality(relax, call, t)
    if call is not None and call.fn in ("and", "or", "operator.not_"):
        gates = [softened(relax, a, t, statement) for a in call.args]
        return _connected(relax, call, gates)
    if gate_of(relax, test) is not None and t is not relax.temperature:
        raise refused(
            statement.span,
            "the tests in this one have been relaxed before its temperature is known",
            "write `with dpc.temperature(t):` around it",
        )
    if gate_of(relax, test) is None:
        raise refused(
            statement.span,
            "dpc.soft takes a comparison, and this test is none",
            "write dpc.soft(a > b), or dpc.prob(p) for a weight from 0 to 1",
        )
    return certain(relax, test)


def _comparison(
    relax: Relaxation, test: Atom, call: Apply, t: Atom, elements: str = "dpc.gates"
) -> Gate:
    op = COMPARISONS[call.fn]
    a, b = call.args if op in ("gt", "ge") else call.args[::-1]
    d = relax.apply("operator.sub", a, b)
    left, right = (_spoken(relax, atom) for atom in call.args)
    left = left if left.isidentifier() else f"number_{left}"
    names = f"{left}_{op}_{right}", f"{left}_{_OPPOSITE[op]}_{right}"
    fn = "dpc.gates" if relax.build.fact(d).is_scalar else elements
    # Between equals, and infinities, only the test itself tells.
    holds = (("holds", test),) if op in ("ge", "le") else ()
    return named_gate(relax, Apply(fn, (d, t), holds), names)


def named_gate(relax: Relaxation, call: Apply, names: tuple[str, str]) -> Gate:
    """Emit the weights of a test, and what they are functions of."""
    is_p, is_q = _pair(relax, call, *names)
    p = relax.apply("dpc.gate", is_p, is_q, *call.args, name=names[0])
    q = relax.apply("dpc.against", is_q, p, name=names[1])
    relax.weights |= {slot for slot in (p, q) if isinstance(slot, Slot)}
    return Gate(p, q, is_p, is_q)


def _equality(relax: Relaxation, call: Apply, t: Atom) -> Gate:
    """`a == b` has the weight `4pq`: 1 at equality, less with the distance."""
    d = relax.apply("operator.sub", *call.args)
    scalar = relax.build.fact(d).is_scalar
    fn = "dpc.gates" if scalar else "dpc.gates_of_elements"
    gate = named_gate(relax, Apply(fn, (d, t)), ("above", "below"))
    product = relax.apply("operator.mul", gate.p, gate.q)
    p = relax.apply("operator.mul", Const(4.0), product)
    q = relax.apply("operator.sub", Const(1.0), p)
    found = Gate.of(p, q)
    return found if call.fn == "operator.eq" else found.opposite


def _pair(
    relax: Relaxation, call: Apply, name: str, opposite: str
) -> tuple[Atom, Atom]:
    both = relax.build.computed(call)
    parts = relax.apply("unpack", both, Const(2))
    assert isinstance(parts, Slot)
    relax.build.facts[parts] = relax.build.fact(both)
    found = []
    for position, label in enumerate((name, opposite)):
        part = relax.apply("getitem", parts, Const(position), name=label)
        items = relax.build.fact(both).items
        assert isinstance(part, Slot) and items is not None
        relax.build.facts[part] = items[position]
        found.append(part)
        relax.weights.add(part)
    return found[0], found[1]


def _connected(relax: Relaxation, call: Apply, gates: Sequence[Gate]) -> Gate:
    if call.fn == "operator.not_":
        return gates[0].opposite
    return conjunction(relax, gates[0], gates[1], call.fn == "and")


def conjunction(relax: Relaxation, a: Gate, b: Gate, is_and: bool) -> Gate:
    """`a and b`; `a or b` is the opposite of both opposites."""
    if not is_and:
        return conjunction(relax, a.opposite, b.opposite, True).opposite
    p = relax.apply("operator.mul", a.p, b.p)
    q = relax.apply("operator.add", a.q, relax.apply("operator.mul", a.p, b.q))
    return Gate(p, relax.apply("dpc.against", q, p), p, q)


def _spoken(relax: Relaxation, atom: Atom) -> str:
    """An operand as a part of a name."""
    if isinstance(atom, Const):
        text = str(atom.value).replace("-", "minus_").replace(".", "_")
        text = text.removesuffix("_0")
        return text if f"x{text}".isidentifier() else "value"
    if isinstance(atom, Slot) and not atom.temp:
        return atom.name
    call = relax.definition(atom)
    if call is not None:
        if call.fn in ("getitem", "getattr"):
            return _spoken(relax, call.args[0])
        if not call.fn.startswith("operator."):
            return call.fn.rpartition(".")[2]
    return "value"
