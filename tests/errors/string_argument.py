import dpc


@dpc.grad(wrt=1)
def loss(x, mode):
    return x * x


loss(2.0, "fast")
