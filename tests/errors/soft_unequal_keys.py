import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    state = {"a": x, "b": 1.0} if x > 0 else {"a": x, "c": 2.0}
    return state["a"]


loss(0.5)
