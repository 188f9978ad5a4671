import dpc


@dpc.grad(branches="soft")
def loss(x):
    if x > 0:
        y = x * x
    return y * x


loss(0.5)
