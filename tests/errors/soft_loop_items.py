import dpc


@dpc.grad(branches="soft", loops="soft")
def loss(x: float):
    last = [0.0, 0.0]
    while x < 10:
        last[0] = x
        x = x * x
    return last[0]
