import dpc


@dpc.grad
def loss(xs):
    return sum({x * x for x in xs})
