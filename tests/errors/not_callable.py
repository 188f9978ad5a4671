import dpc

gradient = dpc.grad(3.0)
