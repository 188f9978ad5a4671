import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    n = 2 if x > 0.5 else 3
    y = 1.0
    for _ in range(n):
        y = y * x
    return y
