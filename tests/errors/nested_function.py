import numpy as np

import dpc


@dpc.grad
def loss(x):
    def residual(v):
        try:
            return np.sqrt(v)
        finally:
            print("done")

    return residual(x) + 1
