import dpc


@dpc.grad(backend="tpu")
def loss(x):
    return x * x
