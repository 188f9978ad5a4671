import numpy as np

import dpc


def norm(x):
    try:
        return np.sqrt(np.sum(x * x))
    except FloatingPointError:
        return 0.0


@dpc.grad(branches="hard")
def loss(x):
    return norm(x) ** 2
