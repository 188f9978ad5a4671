import itertools

import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    if any(x > 0.5 * i for i in itertools.count()):
        return x
    return 2 * x
