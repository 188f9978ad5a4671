import dpc


@dpc.grad
def loss(x):
    pair = (x, x * x)
    pair[0] = 2 * x
    return pair[0] + pair[1]
