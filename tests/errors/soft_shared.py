import numpy as np

import dpc


@dpc.grad(branches="soft")
def loss(x):
    u, v = 2 * x, 3 * x
    w = u if x[0] > 0 else v
    w[0] = 1.0
    return np.sum(u * v)


loss(np.arange(1.0, 5.0))
