import dpc


@dpc.grad(branches="soft", loops="soft")
def loss(x: float):
    while x < 10:
        y = 2 * x
        x = x * x
    return y
