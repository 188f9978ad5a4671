import dpc


@dpc.grad(wrt="weight")
def loss(x, weights):
    return x * weights
