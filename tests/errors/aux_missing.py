import dpc


@dpc.value_and_grad(has_aux=True)
def loss(x):
    return x * x


loss(2.5)
