import dpc


@dpc.grad(branches="soft")
def loss(n: float):
    s = 1.0
    for k in dpc.range(n):
        s *= 2
        if k == 7:
            break
    return s
