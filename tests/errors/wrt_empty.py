import dpc


def loss(x, y):
    return x * y


gradient = dpc.grad(loss, wrt=())
