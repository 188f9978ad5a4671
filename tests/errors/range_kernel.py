import dpc


@dpc.grad(branches="soft")
def loss(n: float):
    s = 1.0
    for _ in dpc.range(n, kernel="cubic"):
        s = 2 * s
    return s
