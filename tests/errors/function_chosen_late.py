import dpc


@dpc.grad
def loss(x, functions, name):
    chosen = {"a": abs, "b": lambda v: v * v}
    chosen[name] = functions[0]
    return chosen[name](x)
