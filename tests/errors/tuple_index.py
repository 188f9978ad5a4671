import dpc


@dpc.grad
def loss(x):
    pair = (x, x * x)
    return pair[2]
