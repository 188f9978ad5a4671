import dpc


def loss(x):
    return x * x


gradient = dpc.grad(loss, max_steps=50)
