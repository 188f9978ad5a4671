import numpy as np

import dpc


@dpc.grad
def loss(x):
    return np.sum(np.nextafter(x * x, 1.0))
