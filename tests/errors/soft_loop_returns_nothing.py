import dpc


@dpc.grad(branches="soft", loops="soft")
def halved(x: float):
    while x > 0.5:
        x = x * 0.5
        if x < 0.3:
            return x


halved(0.7)
