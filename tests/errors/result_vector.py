import numpy as np

import dpc


@dpc.grad
def loss(w):
    return w * w


loss(np.ones(3))
