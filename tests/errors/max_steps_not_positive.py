import dpc


@dpc.grad(branches="soft", loops="soft", max_steps=0)
def loss(x):
    while x < 10:
        x = x * x
    return x
