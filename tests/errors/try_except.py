import numpy as np

import dpc


@dpc.grad
def safe_log(x):
    total = 0.0
    for value in x:
        try:
            total += np.log(value)
        except ValueError:
            total += 0.0
    return total
