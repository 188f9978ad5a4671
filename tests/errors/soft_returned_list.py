import dpc


def parts(x):
    if x > 0:
        if x > 0.5:
            return [k * x for k in range(3)]
    return [x * x for k in range(3)]


@dpc.grad(branches="soft")
def loss(x: float):
    return sum(parts(x))


loss(0.5)
