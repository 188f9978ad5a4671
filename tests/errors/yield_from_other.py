import dpc


@dpc.grad
def squares(xs):
    yield from (x * x for x in xs)
