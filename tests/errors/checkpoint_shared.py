import numpy as np

import dpc


@dpc.grad(checkpoint=10, branches="hard")
def loss(x):
    y = x * 1.0
    head, tail = y[:-1], y[1:]
    for _ in range(1000):
        head[0] *= tail[0]
    return np.sum(y)


loss(np.ones(3))
