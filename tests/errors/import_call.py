import dpc


@dpc.grad
def loss(x):
    return __import__("math").tanh(x)
