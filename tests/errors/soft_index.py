import numpy as np

import dpc

TABLE = np.arange(4.0)


@dpc.grad(branches="soft")
def loss(x: float):
    i = 0 if x > 0.5 else 3
    return TABLE[i] * x
