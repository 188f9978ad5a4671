import dpc


@dpc.grad(wrt="n")
def loss(x: float, n: float):
    parts = []
    for k in dpc.range(n):
        parts.append(x * k)
    return sum(parts)
