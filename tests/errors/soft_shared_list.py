import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    u, v = [x, 1.0], [2 * x, 3.0]
    w = u if x > 0 else v
    w[0] = x * x
    return u[0] + v[0]


loss(0.5)
