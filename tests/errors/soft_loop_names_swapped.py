import numpy as np

import dpc


@dpc.grad(loops="soft")
def loss(x: float, c: float):
    v, w = np.ones(3) * x, np.zeros(3)
    while np.sum(w) < c:
        v, w = w, v
        v[0] += x
    return np.sum(v * v)
