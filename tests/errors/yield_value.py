import dpc


@dpc.grad
def orbit(x, n):
    for _ in range(n):
        x = 3.9 * x * (1 - x)
        yield x
