import numpy as np

import dpc


@dpc.grad
def loss(x):
    return np.sum(x * x) + np.sum(np.real_if_close(x))
