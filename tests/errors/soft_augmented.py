import numpy as np

import dpc


@dpc.grad(branches="soft")
def loss(x):
    y = x * 1.0
    if np.sum(y) > 0:
        y *= 2
    return np.sum(y)


print(loss.source)
