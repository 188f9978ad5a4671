import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    state = [x, True] if x > 0 else [x * x, False]
    return 2 * state[0] if state[1] else state[0]


loss(0.5)
