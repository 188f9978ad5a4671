import dpc


@dpc.grad(checkpoint="log")
def loss(x):
    for _ in range(1000):
        x = x - 0.1 * x * x
    return x
