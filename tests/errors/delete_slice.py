import dpc


@dpc.grad
def loss(xs):
    values = [x * x for x in xs]
    del values[2:5]
    return sum(values)
