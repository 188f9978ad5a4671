import math

import dpc


@dpc.grad
def loss(x):
    y = x * x
    return 2 * math.ulp(y)
