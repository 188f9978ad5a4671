import dpc


@dpc.grad
async def loss(x):
    return x * x
