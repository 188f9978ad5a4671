import dpc


@dpc.grad(branches="soft")
def loss(n: float):
    parts = [1.0, 2.0]
    for _ in dpc.range(n, kernel="gate"):
        parts[0] = parts[0] * 2
    return parts[0]


loss(2.5)
