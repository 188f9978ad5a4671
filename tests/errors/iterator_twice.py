import dpc


@dpc.grad
def loss(xs, ys):
    pairs = zip(xs, ys)
    total = 0.0
    for x, y in pairs:
        total += x * y
    for x, y in pairs:
        total += x
    return total
