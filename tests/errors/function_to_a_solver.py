import scipy.optimize

import dpc


@dpc.grad(branches="hard")
def root(x: float):
    return scipy.optimize.brentq(lambda y: y * y - x, 0.0, 10.0)
