import dpc


@dpc.grad
def loss(x):
    return x * x, x


loss(2.5)
