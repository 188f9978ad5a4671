import dpc


@dpc.grad(wrt="rtae", branches="hard")
def loss(x: float, rate: float):
    return x * rate
