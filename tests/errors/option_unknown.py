import dpc


@dpc.grad(branch="hard")
def loss(x):
    return x * x
