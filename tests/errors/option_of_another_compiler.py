import dpc


@dpc.grad(has_aux=True)
def loss(x: float):
    return x * x, "aux"
