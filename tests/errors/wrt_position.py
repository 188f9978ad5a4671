import dpc


@dpc.grad(wrt=2)
def loss(x, y):
    return x * y
