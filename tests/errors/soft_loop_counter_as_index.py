import dpc


@dpc.grad(branches="soft", loops="soft")
def loss(x: float, table):
    steps = 0
    while x < 10:
        x = x * x
        steps += 1
    return x * table[steps]
