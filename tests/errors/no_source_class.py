import dpc


class Model:
    def __init__(self, w):
        self.w = w


gradient = dpc.grad(Model)
