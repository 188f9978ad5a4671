import numpy as np

import dpc


@dpc.grad(wrt=(0, 1), branches="hard")
def loss(a, b):
    a *= 2.0
    return np.sum(a * b)


x = np.ones(6)
loss(x[:4], x[2:])
