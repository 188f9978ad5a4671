import dpc


@dpc.grad(wrt="params")
def loss(params, x):
    return params["w"] * x


loss({"w": 1, "name": "linear"}, 2.0)
