import dpc


@dpc.grad
def loss(x, program):
    scope = {"x": x}
    exec(program, scope)
    return scope["x"]
