import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    y = x * x if x > 0 else None
    return x if y is None else y


loss(0.5)
