import dpc

calls = 0


@dpc.grad
def loss(x):
    global calls
    calls += 1
    return x * x
