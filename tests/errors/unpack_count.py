import dpc


@dpc.grad
def loss(x):
    a, b, c = x, 2 * x
    return a * b * c
