"""A small quantum computer whose gates learn to prepare a state.

Three qubits start in |000>. Each layer turns every qubit about the y and z axes and
then entangles neighbours by controlled-Z gates. The matrices are complex, the angles
real: descent on 1 - |<goal|state>|^2 finds angles that prepare the state of
Greenberger, Horne and Zeilinger, (|000> + |111>) / sqrt 2.

    python examples/quantum.py
"""

from collections.abc import Sequence

import numpy as np

import dpc
from command import parser, progress, report
from optimisers import Adam
from style import panels, save

QUBITS, LAYERS = 3, 3
GOAL = np.zeros(2**QUBITS, dtype=complex)
GOAL[0] = GOAL[-1] = np.sqrt(0.5)


def turn(state, qubit, y, z):
    """Turn one qubit by the angles y and z: a 2 x 2 matrix on its axis."""
    c, s = np.cos(y / 2), np.sin(y / 2)
    left, right = np.exp(-0.5j * z), np.exp(0.5j * z)
    gate = np.array([[c * left, -s * left], [s * right, c * right]])
    parts = state.reshape(2**qubit, 2, -1)
    return np.einsum("ij,ajb->aib", gate, parts).reshape(-1)


def controlled_z(state, first, second):
    """Change the sign where both qubits are 1."""
    number = np.arange(2**QUBITS)
    both = (number >> (QUBITS - 1 - first)) & (number >> (QUBITS - 1 - second)) & 1
    return np.where(both == 1, -state, state)


def circuit(angles):
    """The state after all layers, from |000>; angles (layers, qubits, 2)."""
    state = np.zeros(2**QUBITS, dtype=complex)
    state[0] = 1.0
    for layer in angles:
        for qubit in range(QUBITS):
            state = turn(state, qubit, layer[qubit, 0], layer[qubit, 1])
        for qubit in range(QUBITS - 1):
            state = controlled_z(state, qubit, qubit + 1)
    return state


@dpc.value_and_grad(branches="hard")
def loss(angles):
    """One minus the fidelity of the prepared state."""
    overlap = np.sum(np.conj(GOAL) * circuit(angles))
    return 1.0 - np.abs(overlap) ** 2


def learn(rng: np.random.Generator, steps: int) -> tuple[np.ndarray, list[float]]:
    """Adam from random angles: (angles, infidelity of every step)."""
    angles, optimiser = rng.uniform(-1, 1, (LAYERS, QUBITS, 2)), Adam(rate=0.1)
    losses = []
    for _ in progress(steps, "learning"):
        value, gradient = loss(angles)
        angles = optimiser.step(angles, gradient)
        losses.append(value)
    return angles, losses


def draw(angles: np.ndarray, losses: list[float], out) -> None:
    """The infidelity, and the amplitudes of the prepared state."""
    figure, ((left, right),) = panels(2)
    left.semilogy(losses, color="tab:red")
    left.set(xlabel="step", ylabel="1 − fidelity", title="learning the angles")
    state = circuit(angles)
    overlap = np.vdot(GOAL, state)
    state = state * np.abs(overlap) / overlap  # a common phase cannot be observed
    names = [f"|{number:0{QUBITS}b}⟩" for number in range(state.size)]
    place = np.arange(state.size)
    right.bar(place - 0.2, state.real, 0.4, label="real part")
    right.bar(place + 0.2, state.imag, 0.4, label="imaginary part")
    right.axhline(np.sqrt(0.5), color="black", ls=":", label="1/√2")
    right.set_xticks(place, names, fontsize=7)
    right.set(ylabel="amplitude", ylim=(-0.2, 1.0), title="the state it prepares")
    right.legend(ncols=2, fontsize=7)
    save(figure, out)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    options = parser(__doc__, "quantum").parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    if options.source:
        print(loss.specialize(rng.uniform(-1, 1, (LAYERS, QUBITS, 2))).source)
        return {}
    angles, losses = learn(rng, 100 if options.quick else 400)
    norm = float(np.sum(np.abs(circuit(angles)) ** 2))
    report("1 - fidelity at the start", f"{losses[0]:.4f}", "-")
    report("1 - fidelity at the end", f"{losses[-1]:.1e}", "<= 1e-6")
    report("norm of the state", f"{norm:.12f}", "1")
    draw(angles, losses, options.out)
    return {"start": losses[0], "end": losses[-1], "norm": norm}


if __name__ == "__main__":
    main()
