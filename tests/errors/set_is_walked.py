import dpc


@dpc.grad
def f(x):
    total = 0.0
    for k in {3, 1, 2}:  # noqa: PLC0208
        total = total * x + k
    return total
