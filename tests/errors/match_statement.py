import dpc


@dpc.grad
def loss(x, kind):
    match kind:
        case "square":
            return x * x
        case _:
            return abs(x)
