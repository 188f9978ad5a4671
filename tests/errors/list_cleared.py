import dpc


@dpc.grad
def loss(xs):
    values = [x * x for x in xs]
    first = values[0]
    values.clear()
    values.append(first)
    return sum(values)
