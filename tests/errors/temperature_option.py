import dpc


@dpc.value_and_grad(temperature=-0.1)
def loss(x):
    return x * x
