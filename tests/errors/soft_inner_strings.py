import dpc


@dpc.grad(branches="soft")
def loss(x: float):
    move = {"by": x, "to": "left"} if x > 0 else {"by": -x, "to": "right"}
    return move["by"]


loss(0.5)
