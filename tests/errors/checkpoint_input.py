import dpc


@dpc.grad(checkpoint=10)
def loss(x):
    for _ in range(1000):
        x = x * float(input())
    return x
