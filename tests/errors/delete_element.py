import dpc


@dpc.grad
def loss(xs):
    values = [x * x for x in xs]
    del values[0]
    return sum(values)
