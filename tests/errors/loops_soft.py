import dpc


@dpc.grad(loops="soft")
def loss(x):
    while x < 10:
        x = x * x
    return x
