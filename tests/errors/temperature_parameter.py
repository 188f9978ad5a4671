import dpc


@dpc.value_and_grad(branches="soft", temperature="heat")
def loss(x, t):
    return x * x
