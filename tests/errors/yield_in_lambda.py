import dpc


@dpc.grad(wrt="x")
def f(x):
    source = lambda: (yield x)
    return sum(source())
