import dpc

space = {}
exec("def loss(x):\n    return x * x\n", space)

gradient = dpc.grad(space["loss"])
