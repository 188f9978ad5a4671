import dpc


@dpc.grad(branches="soft")
def loss(x: float, limits):
    return dpc.soft(all(x < limit for limit in limits), 0.1) * x
