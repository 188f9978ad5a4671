import dpc


@dpc.grad
def loss(x):
    return x * x


loss(3)
