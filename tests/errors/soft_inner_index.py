from dataclasses import dataclass

import numpy as np

import dpc

TABLE = np.arange(4.0)


@dataclass
class Step:
    size: float
    row: int


@dpc.grad(branches="soft")
def loss(x: float):
    step = Step(x, 0) if x > 0.5 else Step(2 * x, 3)
    return TABLE[step.row] * step.size


loss(0.5)
