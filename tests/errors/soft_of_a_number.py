import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    return x * dpc.soft(x)
