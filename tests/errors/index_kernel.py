import dpc


@dpc.grad(wrt="i", branches="soft")
def loss(a, i: float):
    return dpc.index(a, i, kernel="cubic")
