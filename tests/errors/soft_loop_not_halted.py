import dpc


@dpc.grad(branches="soft", loops="soft", temperature=0.1, max_steps=3)
def loss(x: float):
    while x < 10:
        x = x + 1
    return x


loss(1.0)
