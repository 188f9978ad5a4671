import dpc


@dpc.grad
def loss(x):
    total = total + x
    return total
