import dpc


@dpc.grad(branches="smooth")
def loss(x):
    return x * x
