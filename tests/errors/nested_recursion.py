import dpc


@dpc.grad
def loss(x, n):
    def power(k):
        return x * power(k - 1) if k > 0 else 1.0

    return power(n)
