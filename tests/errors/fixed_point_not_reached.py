import dpc


@dpc.grad(branches="hard")
def loss(a: float):
    x = dpc.fixed_point(lambda x: 2.0 * x + a, 1.0, max_steps=20)
    return x * x


loss(1.0)
