import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    if x > 0:
        pair = [x, 2 * x]
    return pair[0]


loss(0.5)
