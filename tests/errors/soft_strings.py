import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    name = "left" if x > 0 else "right"
    return x * len(name)


loss(0.5)
