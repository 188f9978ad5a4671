import dpc


@dpc.grad(wrt=(0, "x"))
def loss(x, y):
    return x * y
