import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    parts = [k * x for k in range(3)] if x > 0 else [k * x for k in range(4)]
    return sum(parts)


loss(0.5)
