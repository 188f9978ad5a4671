import dpc


@dpc.grad
def loss(x):
    return x * 1j


loss(2.5)
