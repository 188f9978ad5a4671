import dpc


@dpc.grad
def loss(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v

    add(x)
    add(x * x)
    return total
