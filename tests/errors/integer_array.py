import numpy as np

import dpc


@dpc.grad(wrt="w")
def loss(x, w):
    return np.sum(x * w)


loss(np.ones(3), np.arange(3))
