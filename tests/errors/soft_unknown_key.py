import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    state = {0: x, 1: 2 * x}
    if x > 0:
        for k in range(2):
            state[k] = state[k] * x
    return state[0] + state[1]


loss(0.5)
