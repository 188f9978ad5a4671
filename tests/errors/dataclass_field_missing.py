from dataclasses import dataclass

import dpc


@dataclass
class State:
    position: float
    speed: float


@dpc.grad
def loss(x):
    state = State(x)
    return state.position
